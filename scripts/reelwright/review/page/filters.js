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
    this.clear();
  }

  clear() {
    this.query = "";
    this.chosen = new Map();
    if (this.preset) this.chosen.set(this.preset.facet, new Set([this.preset.value]));
  }

  get facets() { return [["decision", "Decision"], ...this.kind.facets]; }

  /** What a thing says under a facet. */
  values(item, facet) {
    if (facet !== "decision") return item.facets?.[facet] ?? [];
    return [this.stateOf(item).label];
  }

  /** The decision on a thing: its row, the word of its kind, and what to call it. */
  stateOf(item) {
    const { domain, wordBy } = this.kind;
    const row = this.store.rowOf(domain, item);
    if (row) return { row, word: wordBy.get(row.decision), label: wordBy.get(row.decision)?.label ?? row.decision };
    const stale = this.store.staleOf(domain, item);
    return { row: null, word: null, stale, label: stale ? STALE : UNDECIDED };
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
    const facets = this.facets.map(([name]) => name);
    this.counts = new Map(facets.map((name) => [name, new Map()]));
    this.shown = [];
    this.decided = 0;
    for (const item of this.kind.items) {
      if (words.length && !words.every((word) => searchable(item).includes(word))) continue;
      let failed = null;
      let fails = 0;
      const said = facets.map((name) => this.values(item, name));
      facets.forEach((name, at) => {
        const chosen = this.chosen.get(name);
        if (chosen && !said[at].some((value) => chosen.has(value))) { fails += 1; failed = name; }
      });
      if (fails === 0) {
        this.shown.push(item);
        if (this.store.rowOf(this.kind.domain, item)) this.decided += 1;
      }
      if (fails > 1) continue;
      facets.forEach((name, at) => {
        if (fails === 1 && failed !== name) return;
        const counts = this.counts.get(name);
        for (const value of said[at]) counts.set(value, (counts.get(value) ?? 0) + 1);
      });
    }
    this.order();
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

/** All words of a thing that a search looks at, made when first asked for. */
function searchable(item) {
  item.plain ??= plainWords(
    [item.item, item.title, item.now, item.text ?? "", ...(item.facts ?? []).map((fact) => fact[1])].join("\n"),
  );
  return item.plain;
}
