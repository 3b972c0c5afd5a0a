// Which things are shown, in which order: search, facets with counts, sorting.

const UNDECIDED = "undecided";
const STALE = "changed since";

/** Words without case and accents. */
const plainWords = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

class View {
  /** One tab: a kind's things and what is chosen of them. `preset` is a facet and value that it begins with. */
  constructor(name, kind, store, preset) {
    this.name = name;
    this.kind = kind;
    this.store = store;
    this.preset = preset;
    this.query = "";
    this.sort = "";
    this.chosen = new Map();
    this.shown = [];
    this.counts = new Map();
    this.current = null;
    this.decided = 0;
    this.left = 0;
    this.clear();
  }

  clear() {
    this.query = "";
    this.chosen = new Map();
    if (this.preset) this.chosen.set(this.preset.facet, new Set([this.preset.value]));
  }

  get facets() { return [["decision", "Decision"], ...this.kind.facets]; }

  /** The decision on a thing: its rows, the newest of them, the word of its kind, and what to call it. */
  stateOf(item) {
    const { domain, wordBy } = this.kind;
    const rows = this.store.rowsOf(domain, item);
    const row = rows[0] ?? null;
    const stale = row ? null : this.store.staleOf(domain, item);
    return { rows, row, word: row ? wordBy.get(row.decision) : null, stale, label: this.labelOf(item) };
  }

  /** What to call the decision on a thing. Asked of all things after each decision: it makes nothing new. */
  labelOf(item, row = this.store.rowOf(this.kind.domain, item)) {
    const { domain, wordBy } = this.kind;
    if (row && this.kind.apart) return `${this.store.rowsOf(domain, item).length} of ${this.kind.words.length} decided`;
    if (row) return wordBy.get(row.decision)?.label ?? row.decision;
    return this.store.staleOf(domain, item) ? STALE : UNDECIDED;
  }

  toggle(facet, value) {
    const values = this.chosen.get(facet) ?? new Set();
    if (!values.delete(value)) values.add(value);
    if (values.size) this.chosen.set(facet, values);
    else this.chosen.delete(facet);
  }

  /** Find what is shown, and how many each value of a facet would show beside what else is chosen. */
  compute() {
    const words = plainWords(this.query).split(/\s+/).filter(Boolean);
    const facets = this.kind.facets.map(([name]) => [name, new Map(), this.chosen.get(name)]);
    const decision = this.chosen.get("decision");
    this.counts = new Map(facets.map(([name, counts]) => [name, counts]));
    this.shown = [];
    /** Things that fit all but what is chosen of decisions. */
    this.fitting = [];
    for (const item of this.kind.items) {
      if (words.length && !words.every((word) => searchable(item).includes(word))) continue;
      let fails = 0;
      let failed = null;
      for (const [name, , chosen] of facets) {
        if (!chosen || (item.facets?.[name] ?? []).some((value) => chosen.has(value))) continue;
        fails += 1;
        failed = name;
      }
      if (fails === 0) this.fitting.push(item);
      if (fails > 1 || (decision && !decision.has(this.labelOf(item)))) continue;
      if (fails === 0) this.shown.push(item);
      for (const [name, counts] of facets) {
        if (fails && failed !== name) continue;
        for (const value of item.facets?.[name] ?? []) counts.set(value, (counts.get(value) ?? 0) + 1);
      }
    }
    this.recount();
    this.order();
  }

  /** After a decision: count again what depends on decisions alone; everything, where these are chosen or sorted by.
   * Returns whether it was everything. */
  recompute() {
    const all = this.chosen.has("decision") || this.sort === "undecided";
    if (all) this.compute();
    else this.recount();
    return all;
  }

  recount() {
    const { domain } = this.kind;
    const counts = new Map();
    this.left = 0;
    for (const item of this.kind.items) {
      item.said = this.store.rowOf(domain, item);
      if (!item.said) this.left += 1;
    }
    for (const item of this.fitting) {
      const label = this.labelOf(item, item.said);
      counts.set(label, (counts.get(label) ?? 0) + 1);
    }
    this.counts.set("decision", counts);
    this.decided = 0;
    for (const item of this.shown) if (item.said) this.decided += 1;
  }

  order() {
    if (!this.sort) return;
    const down = this.sort.startsWith("-");
    const name = this.sort.replace(/^-/, "");
    if (name === "undecided") {
      const rank = (item) => (this.store.rowOf(this.kind.domain, item) ? 1 : 0);
      this.shown.sort((a, b) => rank(a) - rank(b));
      return;
    }
    const value = (item) => item.sorts?.[name] ?? (down ? -Infinity : Infinity);
    this.shown.sort((a, b) => { const x = value(a), y = value(b); return x === y ? 0 : (x < y) === down ? 1 : -1; });
  }
}

/** Make the words of all things while nothing else is to be done, so that the first search is as quick as the next. */
function prepareSearch(items, from = 0) {
  if (from >= items.length || !window.requestIdleCallback) return;
  requestIdleCallback((deadline) => {
    let at = from;
    while (at < items.length && deadline.timeRemaining() > 4) searchable(items[at++]);
    prepareSearch(items, at);
  });
}

/** All words of a thing that a search looks at, made when first asked for. */
function searchable(item) {
  item.plain ??= plainWords(
    [item.item, item.title, item.now, item.text ?? "", ...(item.facts ?? []).map((fact) => fact[1])].join("\n"),
  );
  return item.plain;
}
