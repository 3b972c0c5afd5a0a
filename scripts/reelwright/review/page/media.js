// What is looked at: a clip that plays in place, pictures, a film strip.

const FRAME_STEP_MARGIN = 0.5;

class Player {
  /** One video element for all clips; its source is set a moment after a clip is chosen, so that flicking stays quick. */
  constructor() {
    this.video = el("video", { loop: true, muted: true, playsinline: true, preload: "auto", tabindex: "-1" });
    this.cover = el("div", { class: "cover" });
    this.play = el("button", { type: "button", class: "quiet", "aria-label": "Play or pause (space)", text: "▶",
      onclick: () => this.toggle() });
    this.seek = el("input", { type: "range", min: "0", max: "1", step: "1", value: "0", "aria-label": "Frame" });
    this.where = el("output", { class: "where" });
    const back = el("button", { type: "button", class: "quiet", text: "‹", "aria-label": "One frame back (comma)",
      onclick: () => this.step(-1) });
    const on = el("button", { type: "button", class: "quiet", text: "›", "aria-label": "One frame on (full stop)",
      onclick: () => this.step(1) });
    this.box = el("div", { class: "player" }, el("div", { class: "screen" }, this.cover, this.video),
      el("div", { class: "controls" }, this.play, back, on, this.seek, this.where));
    this.seek.addEventListener("input", () => { this.video.pause(); this.goTo(Number(this.seek.value)); });
    for (const event of ["play", "pause"]) this.video.addEventListener(event, () => this.sayState());
    for (const event of ["timeupdate", "seeked", "loadedmetadata"]) this.video.addEventListener(event, () => this.sayWhere());
    this.video.addEventListener("loadeddata", () => this.box.classList.add("ready"));
    this.video.addEventListener("click", () => this.toggle());
    this.video.addEventListener("error", () => {
      if (this.video.getAttribute("src")) this.where.textContent = "can't be played";
    });
  }

  load(item, auto) {
    const [path, fps] = item.video;
    this.fps = fps;
    this.path = path;
    this.box.classList.remove("ready");
    this.release();
    this.where.textContent = "";
    this.cover.hidden = !item.thumb;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (item.thumb) showSprite(this.cover, item.thumb, this.cover.clientWidth || 320);
      this.video.src = address(path);
      if (auto) this.video.play().catch(() => {});
    }, 90);
  }

  stop() {
    clearTimeout(this.timer);
    this.release();
  }

  /** Let go of the clip before: what it has decoded would stay until the browser collects it. */
  release() {
    this.video.pause();
    if (!this.video.getAttribute("src")) return;
    this.video.removeAttribute("src");
    this.video.load();
  }

  toggle() {
    if (this.video.paused) this.video.play().catch(() => {});
    else this.video.pause();
  }

  get frames() { return Math.max(1, Math.round((this.video.duration || 0) * this.fps)); }

  get frame() { return Math.min(this.frames - 1, Math.floor(this.video.currentTime * this.fps + 1e-3)); }

  /** The middle of a frame's time, so that no rounding shows its neighbour. */
  goTo(frame) {
    const wanted = (frame + this.frames) % this.frames;
    this.video.currentTime = (wanted + FRAME_STEP_MARGIN) / this.fps;
  }

  step(by) {
    this.video.pause();
    this.goTo(this.frame + by);
  }

  sayState() {
    this.play.textContent = this.video.paused ? "▶" : "❚❚";
  }

  sayWhere() {
    if (!Number.isFinite(this.video.duration)) return;
    this.seek.max = this.frames - 1;
    this.seek.value = this.frame;
    this.where.textContent = `${this.frame + 1} / ${this.frames}`;
  }
}

/** A film strip: its frames in two rows, with a line where the new shot begins. */
function filmStrip(item, width) {
  const [path, left, top, across, down] = item.thumb;
  const count = item.strip.length;
  const frame = across / count;
  const columns = 3;
  const each = Math.floor(width / columns) - 4;
  const box = el("div", { class: "strip" });
  item.strip.forEach((words, at) => {
    const picture = el("div", { class: "thumb" });
    picture.style.width = `${each}px`;
    showSprite(picture, [path, left + at * frame, top, frame, down], each);
    box.append(el("figure", { class: item.mark && at >= item.mark ? "after" : "before" }, picture,
      el("figcaption", { text: words })));
  });
  return box;
}

/** A thing's thumbnail, larger. */
function enlarged(item, width) {
  const box = el("div", { class: "thumb" });
  box.style.width = `${width}px`;
  showSprite(box, item.thumb, width);
  return box;
}

/** Pictures below one another, each with its words; loaded when they come into sight. */
function pictures(item) {
  return el("div", { class: "pictures" }, ...item.pictures.map(([path, words]) =>
    el("figure", {}, el("a", { href: address(path), target: "_blank", rel: "noopener" },
      el("img", { src: address(path), alt: words, loading: "lazy", decoding: "async" })),
    el("figcaption", { text: words, dir: "auto" }))));
}
