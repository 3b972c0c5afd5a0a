// Decisions: those of the files (as built, or as served), and those made here that no file has yet.

/** `side` is the word, where a domain keeps a decision of each word about a thing. */
const keyOf = (item, sha256, side = "") => `${item}\u0000${sha256}${side && "\u0000"}${side}`;
const timeOf = (row) => Date.parse(row.time);
const sameWord = (a, b) => a.decision === b.decision && a.value === b.value;

class Store {
  /** `files`: domain -> rows. `apart`: domain -> its words, where it has a decision of each about a thing.
   * `memory` is a Storage; what is pending is kept there row by row, so that nothing is lost. */
  constructor(project, files, apart, memory) {
    this.prefix = `reelwright:${project}:`;
    this.apart = apart;
    this.memory = memory;
    this.files = new Map();
    this.pending = new Map();
    /** Keys of what is being sent: a file may have it by now, whatever is known here. */
    this.onWay = new Set();
    this.stories = [];
    this.conflicts = [];
    this.full = false;
    this.listeners = [];
    for (const [domain, rows] of Object.entries(files)) this.setFile(domain, rows);
    this.recall();
  }

  onChange(listener) { this.listeners.push(listener); }

  changed(domain, item) { for (const listener of this.listeners) listener(domain, item); }

  /** Take what a file has now; pending decisions that it holds, or that are older than its own, are pending no more. */
  setFile(domain, rows) {
    const file = { rows: new Map(), byItem: new Map() };
    for (const row of rows) {
      file.rows.set(this.keyOfRow(domain, row), row);
      file.byItem.set(row.item, row);
    }
    this.files.set(domain, file);
    if (!this.pending.has(domain)) this.pending.set(domain, new Map());
    for (const [key, entry] of [...this.pending.get(domain)]) this.settle(domain, key, entry);
  }

  /** Which of a thing's decisions a word is about; empty where there is one alone. */
  side(domain, word) { return this.apart[domain] ? word : ""; }

  keyOfRow(domain, row) { return keyOf(row.item, row.sha256, this.side(domain, row.decision)); }

  /** The keys of all decisions about a thing, made once: they are asked for of every thing after each decision. */
  keysOf(domain, item) { return (item.keys ??= (this.apart[domain] ?? [""]).map((side) => keyOf(item.item, item.sha256, side))); }

  settle(domain, key, entry) {
    const there = this.files.get(domain).rows.get(key);
    if (entry.row === null) {
      if (!there) this.forget(domain, key);
      return;
    }
    if (!there) return;
    if (sameWord(there, entry.row) && there.reason === entry.row.reason) this.forget(domain, key);
    else if (entry.seen !== there.time && timeOf(there) > timeOf(entry.row)) {
      this.conflicts.push({ domain, kept: there, dropped: entry.row, why: "the file is newer" });
      this.forget(domain, key);
    }
  }

  /** Read what an earlier visit left. */
  recall() {
    for (let at = 0; at < this.memory.length; at += 1) {
      const name = this.memory.key(at);
      if (!name.startsWith(this.prefix)) continue;
      const rest = name.slice(this.prefix.length);
      const domain = rest.slice(0, rest.indexOf(":"));
      if (!this.files.has(domain)) continue;
      try {
        const key = rest.slice(domain.length + 1);
        this.pending.get(domain).set(key, JSON.parse(this.memory.getItem(name)));
      } catch { /* Somebody else's entry. */ }
    }
    for (const [domain, entries] of this.pending)
      for (const [key, entry] of [...entries]) this.settle(domain, key, entry);
  }

  remember(domain, key, entry) {
    this.pending.get(domain).set(key, entry);
    try {
      this.memory.setItem(`${this.prefix}${domain}:${key}`, JSON.stringify(entry));
    } catch {
      this.full = true;
    }
  }

  forget(domain, key) {
    this.pending.get(domain).delete(key);
    this.memory.removeItem(`${this.prefix}${domain}:${key}`);
  }

  rowAt(domain, key) {
    const entry = this.pending.get(domain).get(key);
    return entry ? entry.row : this.files.get(domain).rows.get(key) ?? null;
  }

  /** The decisions that hold about a thing as it is, the newest first. */
  rowsOf(domain, item) {
    const rows = this.keysOf(domain, item).map((key) => this.rowAt(domain, key));
    return rows.filter(Boolean).sort((a, b) => timeOf(b) - timeOf(a));
  }

  /** The newest of them; null where there is none. */
  rowOf(domain, item) {
    let newest = null;
    for (const key of this.keysOf(domain, item)) {
      const row = this.rowAt(domain, key);
      if (row && (!newest || timeOf(row) > timeOf(newest))) newest = row;
    }
    return newest;
  }

  /** Of a thing about which no decision holds: one about it as it was before; null where there is none. */
  staleOf(domain, item) {
    const row = this.files.get(domain).byItem.get(item.item);
    return row && row.sha256 !== item.sha256 ? row : null;
  }

  isPending(domain, item) { return this.keysOf(domain, item).some((key) => this.pending.get(domain).has(key)); }

  /** Decide with a word; `row` null takes the decision back. */
  put(domain, item, word, row, { story = true } = {}) {
    const key = keyOf(item.item, item.sha256, this.side(domain, word));
    const before = this.pending.get(domain).get(key);
    const there = this.files.get(domain).rows.get(key);
    if (story) this.stories.push({ domain, item, word, row: this.rowAt(domain, key) });
    const asInFile = row === null ? !there : there && sameRow(there, row);
    if (asInFile && !this.onWay.has(key)) this.forget(domain, key);
    else this.remember(domain, key, { row, seen: before ? before.seen : there ? there.time : "" });
    this.changed(domain, item);
  }

  /** Take back the last change; returns what it was about. */
  undo() {
    const story = this.stories.pop();
    if (!story) return null;
    this.put(story.domain, story.item, story.word, story.row, { story: false });
    return story;
  }

  /** Merge rows of a file that somebody brings: the newest decision about a thing wins, contradictions are listed. */
  merge(domain, rows) {
    let taken = 0;
    for (const row of rows) {
      const item = { item: row.item, sha256: row.sha256 };
      const mine = this.rowAt(domain, this.keyOfRow(domain, row));
      if (mine && sameWord(mine, row)) continue;
      if (mine) {
        const theirs = timeOf(row) > timeOf(mine);
        this.conflicts.push({ domain, kept: theirs ? row : mine, dropped: theirs ? mine : row, why: "the newer one" });
        if (!theirs) continue;
      }
      this.put(domain, item, row.decision, row);
      taken += 1;
    }
    return taken;
  }

  /** What is pending in a domain: rows to write and rows to take out, each with the time of what it replaces. */
  changes(domain) {
    const set = [];
    const unset = [];
    for (const [key, entry] of this.pending.get(domain)) {
      const [item, sha256, decision = ""] = key.split("\u0000");
      if (entry.row) set.push({ row: entry.row, seen: entry.seen });
      else unset.push({ item, sha256, decision, seen: entry.seen });
    }
    return { set, unset };
  }

  count(domain) { return this.pending.get(domain).size; }

  get unsaved() { return [...this.pending.values()].reduce((sum, entries) => sum + entries.size, 0); }

  /** All rows that the file of a domain should have: those it has, in their order, then new ones by time. */
  rows(domain) {
    const pending = new Map(this.pending.get(domain));
    const rows = [];
    for (const [key, row] of this.files.get(domain).rows) {
      const entry = pending.get(key);
      pending.delete(key);
      if (!entry) rows.push(row);
      else if (entry.row) rows.push(entry.row);
    }
    const fresh = [...pending.values()].map((entry) => entry.row).filter(Boolean);
    return [...rows, ...fresh.sort((a, b) => timeOf(a) - timeOf(b))];
  }
}

const sameRow = (a, b) => COLUMNS.every((column) => a[column] === b[column]);
