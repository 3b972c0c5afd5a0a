// Elements. Whatever comes from data goes in as text: nothing here parses HTML.

const byId = (id) => document.getElementById(id);

/** An element with properties (text, class, attributes, on<Event> handlers) and children. */
function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "text") element.textContent = value;
    else if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** A path of the results as an address beside this page; names may hold #, ? and %. */
function address(path) {
  return "../" + path.split("/").map(encodeURIComponent).join("/");
}

/** Show a rectangle of a sprite, scaled to `width` pixels; the same element can be given another one. */
function showSprite(box, thumb, width) {
  let inner = box.firstChild;
  if (!inner) box.append((inner = el("div", { class: "sprite" })));
  const [path, left, top, across, down] = thumb;
  const scale = width / across;
  box.style.height = `${Math.round(down * scale)}px`;
  inner.style.width = `${across}px`;
  inner.style.height = `${down}px`;
  inner.style.transform = `scale(${scale})`;
  const image = `url("${address(path).replaceAll('"', "%22")}")`;
  if (inner.dataset.image !== image) {
    inner.style.backgroundImage = image;
    inner.dataset.image = image;
  }
  inner.style.backgroundPosition = `-${left}px -${top}px`;
}

let toastTimer = 0;

/** Say something in passing, to eyes and to screen readers. */
function say(words) {
  byId("said").textContent = words;
  const toast = byId("toast");
  toast.textContent = words;
  toast.classList.add("shown");
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => toast.classList.remove("shown"), 2200);
}

const plural = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
