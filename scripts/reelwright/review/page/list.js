// The list: only what is in sight is in the document, whatever the number of things.

const SHAPES = {
  cards: { least: 172, text: 58, gap: 8 },
  lines: { least: 100000, height: 92, bare: 74, gap: 6, picture: 132, small: 96 },
  strips: { least: 340, text: 34, gap: 8 },
};

/** Between two fillings while somebody rushes by at half a screen a frame: nobody reads that, and it costs memory. */
const RUSH_MS = 80;

class List {
  constructor(box, canvas, choose) {
    this.box = box;
    this.canvas = canvas;
    this.choose = choose;
    this.view = null;
    this.cards = new Map();
    this.spare = [];
    this.waiting = false;
    this.top = 0;
    box.addEventListener("scroll", () => this.later(), { passive: true });
    new ResizeObserver(() => { this.measure(); this.draw(true); this.reveal(); }).observe(box);
    canvas.addEventListener("click", (event) => {
      const card = event.target.closest(".card");
      if (card) choose(card.item);
    });
  }

  show(view) {
    if (this.view?.kind.layout !== view.kind.layout) this.drop();
    this.view = view;
    this.measure();
    this.draw(true);
  }

  drop() {
    this.canvas.replaceChildren();
    this.cards.clear();
    this.spare = [];
  }

  /** How many stand side by side, and how high they are. */
  measure() {
    if (!this.view) return;
    const shape = SHAPES[this.view.kind.layout];
    const room = this.box.clientWidth - 2 * shape.gap;
    this.gap = shape.gap;
    this.columns = Math.max(1, Math.floor((room + shape.gap) / (shape.least + shape.gap)));
    this.width = Math.floor((room - (this.columns - 1) * shape.gap) / this.columns);
    const thumb = this.view.kind.items.find((item) => item.thumb)?.thumb;
    this.picture = shape.picture ? (room < 480 ? shape.small : shape.picture) : this.width;
    const picture = thumb ? Math.round((this.width * thumb[4]) / thumb[3]) : 0;
    this.height = shape.height ? (thumb ? shape.height : shape.bare) : picture + shape.text;
    const rows = Math.ceil(this.view.shown.length / this.columns);
    this.canvas.style.height = `${rows * (this.height + this.gap) + this.gap}px`;
  }

  later() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      const moved = Math.abs(this.box.scrollTop - this.top);
      this.top = this.box.scrollTop;
      if (moved > this.height) spritesOfPage.rest();
      if (moved > this.box.clientHeight / 2 && performance.now() - this.drawn < RUSH_MS) this.later();
      else this.draw(false);
    });
  }

  /** Put what is in sight, and a row beyond, into the document; `fresh`: fill in again what is there. */
  draw(fresh) {
    if (!this.view || !this.box.clientHeight) return;
    this.drawn = performance.now();
    const step = this.height + this.gap;
    const first = Math.max(0, Math.floor(this.box.scrollTop / step) - 1) * this.columns;
    const last = Math.min(
      this.view.shown.length,
      (Math.ceil((this.box.scrollTop + this.box.clientHeight) / step) + 1) * this.columns,
    );
    for (const [index, card] of this.cards) {
      if (index >= first && index < last && card.item === this.view.shown[index]) continue;
      this.cards.delete(index);
      this.spare.push(card);
    }
    for (let index = first; index < last; index += 1) {
      const known = this.cards.get(index);
      if (known && !fresh) continue;
      const card = known ?? this.spare.pop() ?? this.canvas.appendChild(this.makeCard());
      this.cards.set(index, card);
      this.fill(card, index);
    }
    for (const card of this.spare) {
      card.hidden = true;
      card.removeAttribute("id");
      card.setAttribute("aria-selected", "false");
    }
  }

  makeCard() {
    const card = el("div", { class: `card ${this.view.kind.layout}`, role: "option" });
    card.picture = el("div", { class: "thumb" });
    card.badge = el("span", { class: "badge" });
    card.name = el("span", { class: "name", dir: "auto" });
    card.now = el("span", { class: "now", dir: "auto" });
    card.words = el("span", { class: "words", dir: "auto" });
    card.append(card.picture, card.badge, el("div", { class: "label" }, card.name, card.now, card.words));
    return card;
  }

  fill(card, index) {
    const { kind, shown, current } = this.view;
    const item = shown[index];
    const row = Math.floor(index / this.columns);
    card.item = item;
    card.hidden = false;
    card.id = `item-${index}`;
    card.style.width = `${this.width}px`;
    card.style.height = `${this.height}px`;
    const left = this.gap + (index % this.columns) * (this.width + this.gap);
    card.style.transform = `translate(${left}px, ${this.gap + row * (this.height + this.gap)}px)`;
    const state = this.view.stateOf(item);
    setText(card.badge, (!kind.edits && state.rows.map((row) => row.value).filter(Boolean).join(", ")) || state.label);
    card.badge.dataset.tone = state.stale ? "stale" : state.word?.tone ?? "none";
    card.badge.classList.toggle("pending", this.view.store.isPending(kind.domain, item));
    setText(card.name, item.title);
    setText(card.now, item.now);
    if (kind.layout === "lines") setText(card.words, textOf(kind, item, state.row).slice(0, 400));
    card.dataset.out = item.facets?.state?.includes("left out") ? "yes" : "";
    card.setAttribute("aria-selected", item === current);
    card.setAttribute("aria-setsize", shown.length);
    card.setAttribute("aria-posinset", index + 1);
    card.setAttribute("aria-label", `${item.title}, ${state.label}, ${item.now}`.slice(0, 300));
    card.picture.hidden = !item.thumb;
    card.picture.style.width = `${this.picture}px`;
    if (item.thumb) showSprite(card.picture, item.thumb, this.picture);
    if (item === current) this.box.setAttribute("aria-activedescendant", card.id);
  }

  /** Fill in again the card of one thing, where it is in sight. */
  refresh() {
    for (const [index, card] of this.cards) this.fill(card, index);
    if (!this.view.current) this.box.removeAttribute("aria-activedescendant");
  }

  /** Scroll so that the current one is in sight. */
  reveal() {
    if (!this.view?.current) return;
    const index = this.view.shown.indexOf(this.view.current);
    if (index < 0) return;
    const top = Math.floor(index / this.columns) * (this.height + this.gap);
    const bottom = top + this.height + 2 * this.gap;
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    else if (bottom > this.box.scrollTop + this.box.clientHeight) this.box.scrollTop = bottom - this.box.clientHeight;
    this.draw(false);
  }
}

/** Set an element's text in the node that it has: thousands of new ones a second are work for the collector. */
function setText(element, text) {
  if (!element.firstChild) element.append("");
  if (element.firstChild.data !== text) element.firstChild.data = text;
}

/** What a thing's text is, edits included. */
const textOf = (kind, item, row) => (row && kind.edits && row.decision === kind.edits ? row.value : item.text ?? "");
