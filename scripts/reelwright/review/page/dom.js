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
