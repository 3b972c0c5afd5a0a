// The side: facets with counts.

const SHOWN_VALUES = 8;

class Facets {
  constructor(box, changed) {
    this.box = box;
    this.changed = changed;
    this.open = new Set();
    this.folded = new Set();
  }

  show(view) {
    const focused = document.activeElement?.dataset?.facet;
    this.box.replaceChildren(...view.facets.map(([name, title]) => this.facet(view, name, title)).filter(Boolean));
    if (focused) this.box.querySelector(`[data-facet="${CSS.escape(focused)}"]`)?.focus();
  }

  /** Show the counts of decisions again, in the same order: others don't depend on what is decided. */
  count(view) {
    const counts = view.counts.get("decision");
    const shown = [...this.box.querySelectorAll('[data-facet^="decision "].value')];
    if (shown.length !== counts.size || !shown.every((button) => counts.has(button.value))) this.show(view);
    else for (const button of shown) setText(button.lastChild, counts.get(button.value).toLocaleString("en"));
  }

  facet(view, name, title) {
    const chosen = view.chosen.get(name) ?? new Set();
    const counts = new Map(view.counts.get(name));
    for (const value of chosen) if (!counts.has(value)) counts.set(value, 0);
    if (!counts.size || (counts.size === 1 && !chosen.size && name !== "decision")) return null;
    const sorted = [...counts].sort(name === "episode" ? (a, b) => (a[0] < b[0] ? -1 : 1) : (a, b) => b[1] - a[1]);
    const all = this.open.has(name) || sorted.length <= SHOWN_VALUES + 2;
    const values = all ? sorted : sorted.filter(([value], at) => at < SHOWN_VALUES || chosen.has(value));
    const key = `${view.name} ${name}`;
    const body = el("div", { class: "values", role: "group", "aria-label": title, hidden: this.folded.has(key) },
      ...values.map(([value, count]) => el("button", {
        type: "button", class: "value", value, "aria-pressed": chosen.has(value) ? "true" : "false", "data-facet": `${name} ${value}`.slice(0, 120),
        onclick: () => { view.toggle(name, value); this.changed(); },
      }, el("span", { class: "what", text: value, dir: "auto" }), el("span", { class: "count", text: count.toLocaleString("en") }))),
      all ? null : el("button", { type: "button", class: "more", text: `${sorted.length - values.length} more`,
        onclick: () => { this.open.add(name); this.show(view); } }));
    return el("section", { class: "facet" },
      el("h2", {}, el("button", { type: "button", "aria-expanded": this.folded.has(key) ? "false" : "true", text: title,
        "data-facet": `${name} title`, onclick: () => { if (!this.folded.delete(key)) this.folded.add(key); this.show(view); } })), body);
  }
}
