// Where the page is served by `make review`, decisions go straight into the files; from disk there is no such thing.

const RETRY_MS = 5000;

class Served {
  constructor(store, said) {
    this.store = store;
    this.said = said;
    this.on = false;
    this.busy = false;
    this.failed = "";
  }

  /** Ask what the files say now; false where nobody serves this page. */
  async begin() {
    if (!location.protocol.startsWith("http")) return false;
    const answer = await this.call("GET");
    if (!answer) return false;
    this.on = true;
    this.reviewer = answer.reviewer;
    this.folder = answer.folder;
    for (const [domain, rows] of Object.entries(answer.decisions)) if (this.store.files.has(domain)) this.store.setFile(domain, rows);
    this.store.onChange(() => this.save());
    this.save();
    return true;
  }

  async call(method, body) {
    try {
      const answer = await fetch("/decisions", {
        method,
        headers: { "Content-Type": "application/json", "X-Reelwright": "review" },
        body: body && JSON.stringify(body),
      });
      if (answer.ok) {
        this.failed = "";
        return await answer.json();
      }
      this.failed = (await answer.text()).slice(0, 300);
    } catch (error) {
      this.failed = "the server is not there any more: decisions stay in this browser";
    }
    return null;
  }

  /** Send what is pending, a domain at a time; what comes meanwhile goes with the next round. */
  async save() {
    if (!this.on || this.busy) return;
    this.busy = true;
    try {
      let domain;
      while ((domain = [...this.store.files.keys()].find((name) => this.store.count(name)))) {
        const sent = this.store.changes(domain);
        this.store.onWay = new Set(this.store.pending.get(domain).keys());
        const answer = await this.call("POST", { domain, ...sent });
        this.store.onWay.clear();
        if (!answer) break;
        this.settle(domain, sent, answer);
      }
    } finally {
      this.busy = false;
      this.said();
      clearTimeout(this.again);
      if (this.failed) this.again = setTimeout(() => this.save(), RETRY_MS);
    }
  }

  settle(domain, sent, answer) {
    const { store } = this;
    for (const { row } of sent.set) this.done(domain, store.keyOfRow(domain, row), row);
    for (const one of sent.unset) this.done(domain, keyOf(one.item, one.sha256, one.decision), null);
    for (const one of answer.conflicts) store.conflicts.push({ domain, ...one });
    store.setFile(domain, answer.rows);
  }

  /** What was sent is pending no more, unless it was changed while it was on its way. */
  done(domain, key, row) {
    const now = this.store.pending.get(domain).get(key);
    if (!now) return;
    const same = row === null ? now.row === null : now.row !== null && sameRow(now.row, row);
    if (same) this.store.forget(domain, key);
    else this.store.remember(domain, key, { row: now.row, seen: row?.time ?? "" });
  }
}
