// Small pictures out of sprites. Browsers keep every picture that was ever shown decoded, half a gigabyte of them; so sprites are
// decoded here, a few at a time, each picture is painted where it is shown, and sprites that are done with are closed.

const SPRITES_KEPT = 10;
const SPRITES_AT_ONCE = 2;
const REST_MS = 120;

class Sprites {
  constructor() {
    this.kept = new Map();
    this.asked = new Map();
    this.resting = 0;
    this.loading = new Set();
    // The same elements again and again: what they have decoded goes when they load the next.
    this.images = Array.from({ length: SPRITES_AT_ONCE }, () => new Image());
  }

  /** Paint a rectangle of a sprite (path; left, top, width, height) on a canvas, when it is there. */
  paint(canvas, thumb) {
    const [path, , , width, height] = thumb;
    const name = thumb.join();
    if (canvas.shows === name) return;
    canvas.shows = name;
    canvas.thumb = thumb;
    if (canvas.width !== Math.round(width) || canvas.height !== height) {
      canvas.width = Math.round(width);
      canvas.height = height;
    }
    const sprite = this.kept.get(path);
    if (sprite) {
      this.kept.delete(path);
      this.kept.set(path, sprite);
      this.put(canvas, sprite);
      return;
    }
    // Hidden, not cleared: whatever is drawn on a canvas costs a copy of it in the next frame.
    canvas.hidden = true;
    const waiting = this.asked.get(path) ?? new Set();
    this.asked.delete(path);
    this.asked.set(path, waiting.add(canvas));
    this.pump();
  }

  /** Load nothing while somebody rushes by: nobody sees it, and every sprite costs time and memory. */
  rest() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => { this.resting = 0; this.pump(); }, REST_MS);
  }

  put(canvas, sprite) {
    const [, left, top, width, height] = canvas.thumb;
    canvas.hidden = false;
    canvas.getContext("2d").drawImage(sprite, left, top, width, height, 0, 0, canvas.width, canvas.height);
  }

  /** Load what was asked for last and is still wanted: who scrolls by fast leaves the rest behind. */
  pump() {
    while (!this.resting && this.loading.size < SPRITES_AT_ONCE) {
      // Who asks for one that is being loaded gets it when it is there.
      const path = [...this.asked.keys()].findLast((one) => !this.loading.has(one));
      if (path === undefined) return;
      const canvases = [...this.asked.get(path)].filter((canvas) => canvas.thumb[0] === path && canvas.isConnected && !canvas.parentElement.closest("[hidden]"));
      this.asked.delete(path);
      if (canvases.length) this.load(path, canvases);
    }
  }

  async load(path, canvases) {
    this.loading.add(path);
    const image = this.images.pop();
    try {
      await new Promise((resolve, reject) => {
        image.onload = resolve;
        image.onerror = reject;
        image.src = address(path);
      });
      const sprite = await createImageBitmap(image);
      this.kept.set(path, sprite);
      const late = this.asked.get(path) ?? [];
      this.asked.delete(path);
      for (const canvas of [...canvases, ...late]) if (canvas.thumb[0] === path) this.put(canvas, sprite);
      this.drop();
    } catch {
      for (const canvas of canvases) canvas.shows = "";
    } finally {
      this.images.push(image);
      this.loading.delete(path);
      this.pump();
    }
  }

  drop() {
    for (const [path, sprite] of this.kept) {
      if (this.kept.size <= SPRITES_KEPT) return;
      this.kept.delete(path);
      sprite.close();
    }
  }
}

const spritesOfPage = new Sprites();

/** Show a rectangle of a sprite in a box, scaled to `width` pixels; the same box can be given another one. */
function showSprite(box, thumb, width) {
  let canvas = box.firstChild;
  if (!canvas) box.append((canvas = el("canvas", { class: "sprite", "aria-hidden": "true" })));
  box.style.height = `${Math.round((thumb[4] * width) / thumb[3])}px`;
  spritesOfPage.paint(canvas, thumb);
}
