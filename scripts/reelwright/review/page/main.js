// The page: loads what there is, and joins list, viewer, filters and decisions.

class App {
  constructor(index) {
    this.index = index;
    this.kinds = new Map();
    this.views = new Map();
    const states = Object.entries(index.states);
    this.store = new Store(index.project, Object.fromEntries(states.map(([name, one]) => [name, one.rows])),
      Object.fromEntries(states.filter(([, one]) => one.apart).map(([name, one]) => [name, one.words])), localStorage);
    this.served = new Served(this.store, () => this.sayUnsaved());
    this.list = new List(byId("list"), byId("canvas"), (item) => { this.select(item); });
    this.facets = new Facets(byId("facets"), () => this.refilter());
    this.viewer = new Viewer(byId("viewer"), {
      decide: (word, value) => this.decide(word, value),
      note: (text) => this.note(text),
      focus: () => byId("list").focus({ preventScroll: true }),
    });
    this.setting = (name, usual) => localStorage.getItem(`reelwright-setting:${name}`) ?? usual;
    this.set = (name, value) => localStorage.setItem(`reelwright-setting:${name}`, value);
    this.auto = this.setting("auto", "on") === "on";
    this.plays = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  async begin() {
    const { index } = this;
    document.title = `Review of ${index.show}`;
    byId("project").textContent = index.show;
    this.theme(this.setting("theme", ""));
    this.wire();
    this.tabs = index.tabs.map((tab) => this.tab(tab));
    byId("tabs").replaceChildren(...this.tabs);
    await this.served.begin();
    this.sayUnsaved();
    const wanted = new URLSearchParams(location.hash.slice(1));
    const first = index.tabs.find((tab) => tab.name === wanted.get("kind")) ?? index.tabs.find((tab) => tab.items) ?? index.tabs[0];
    if (!first) {
      byId("empty").hidden = false;
      byId("empty").textContent = "There is nothing to review yet.";
      return;
    }
    await this.open(first.name, wanted);
    this.store.onChange((domain, item) => this.changed(domain, item));
  }

  tab(tab) {
    return el("button", { type: "button", role: "tab", id: `tab-${tab.name}`, "aria-controls": "panel", "aria-selected": "false", tabindex: "-1",
      onclick: () => this.open(tab.name) }, el("span", { text: tab.title }), el("span", { class: "count", text: tab.undecided.toLocaleString("en") }));
  }

  wire() {
    byId("search").addEventListener("input", (event) => {
      clearTimeout(this.searching);
      this.searching = setTimeout(() => { this.view.query = event.target.value; this.refilter(); }, 120);
    });
    byId("sort").addEventListener("change", (event) => { this.view.sort = event.target.value; this.refilter(); });
    byId("clear").addEventListener("click", () => { this.view.preset = null; this.view.clear(); byId("search").value = ""; this.refilter(); });
    byId("filters").addEventListener("click", () => this.showSide(!document.body.classList.contains("side")));
    byId("done").addEventListener("click", () => { this.showSide(false); byId("list").focus(); });
    byId("decisions").addEventListener("click", () => decisionsDialog(this));
    byId("help").addEventListener("click", () => helpDialog(this.view?.kind));
    byId("theme").addEventListener("click", () => {
      const now = document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
      const other = now === "dark" ? "light" : "dark";
      this.theme(other);
      this.set("theme", other);
    });
    window.addEventListener("storage", (event) => {
      if (!event.key?.startsWith(this.store.prefix)) return;
      for (const entries of this.store.pending.values()) entries.clear();
      this.store.recall();
      this.refresh();
    });
    window.addEventListener("hashchange", () => {
      const wanted = new URLSearchParams(location.hash.slice(1));
      if (location.hash !== this.written && this.index.tabs.some((tab) => tab.name === wanted.get("kind"))) this.open(wanted.get("kind"), wanted);
    });
    wireKeys(this);
  }

  theme(name) { document.documentElement.dataset.theme = name; }

  showSide(open) {
    document.body.classList.toggle("side", open);
    byId("filters").setAttribute("aria-expanded", String(open));
  }

  /** Open a tab; `wanted` may say what is chosen in it. */
  async open(name, wanted) {
    const tab = this.index.tabs.find((one) => one.name === name);
    const kind = await this.kind(tab.of ?? tab.name);
    if (this.views.get(name)?.kind !== kind) this.views.set(name, new View(name, kind, this.store, tab.of ? { facet: tab.facet, value: tab.value } : null));
    const view = (this.view = this.views.get(name));
    if (wanted) this.take(view, wanted);
    for (const [at, one] of this.index.tabs.entries()) {
      const on = one.name === name;
      this.tabs[at].setAttribute("aria-selected", String(on));
      this.tabs[at].tabIndex = on ? 0 : -1;
      if (on) this.tabs[at].scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    byId("panel").setAttribute("aria-labelledby", `tab-${name}`);
    document.body.dataset.layout = kind.layout;
    byId("search").value = view.query;
    const sorts = kind.sorts.flatMap(([key, title]) => [[key, `${title}, least first`], [`-${key}`, `${title}, most first`]]);
    byId("sort").replaceChildren(...[["", "Order of the season"], ["undecided", "Undecided first"], ...sorts].map(([value, text]) => el("option", { value, text })));
    byId("sort").value = view.sort;
    byId("missing").hidden = !tab.missing.length;
    byId("missing").textContent = tab.missing.length ? `Not shown: ${tab.missing.join("; ")}` : "";
    byId("list").scrollTop = 0;
    this.refilter();
    if (view.current) this.list.reveal();
    prepareSearch(kind.items);
    document.documentElement.dataset.ready = name;
    requestAnimationFrame(() => { window.reelwright.openedAt ??= performance.now(); });
  }

  take(view, wanted) {
    view.query = wanted.get("q") ?? view.query;
    view.sort = wanted.get("sort") ?? view.sort;
    for (const [key, value] of wanted) {
      if (!key.startsWith("f.")) continue;
      const name = key.slice(2);
      view.chosen.set(name, (view.chosen.get(name) ?? new Set()).add(value));
    }
    const item = wanted.get("item");
    if (item) view.current = view.kind.items.find((one) => one.item === item) ?? view.current;
  }

  /** The things of a kind, loaded when first asked for. */
  kind(name) {
    if (!this.kinds.has(name)) {
      this.kinds.set(name, new Promise((resolve, reject) => {
        const script = el("script", { src: `data/${name}.js` });
        waiting.set(name, (data) => script.remove() ?? resolve(Object.assign(data, { wordBy: new Map(data.words.map((word) => [word.word, word])) })));
        script.addEventListener("error", () => reject(new Error(`data/${name}.js is not there`)));
        document.head.append(script);
      }));
    }
    return this.kinds.get(name);
  }

  refilter() {
    const { view } = this;
    view.compute();
    if (!view.shown.includes(view.current)) view.current = view.shown[0] ?? null;
    this.list.show(view);
    this.list.reveal();
    this.list.refresh();
    this.facets.show(view);
    this.viewer.show(view, this.plays);
    this.sayProgress();
    this.remember();
  }

  /** Say again what depends on decisions, as little of it as will do: what is thrown away stays until the browser collects it. */
  refresh() {
    const { view } = this;
    if (!view) return;
    if (view.recompute()) {
      this.list.show(view);
      this.facets.show(view);
    } else {
      this.list.refresh();
      this.facets.count(view);
    }
    if (this.viewer.item === view.current) this.viewer.update();
    this.sayProgress();
    this.sayUnsaved();
  }

  sayProgress() {
    const { view } = this;
    const open = view.shown.length - view.decided;
    byId("progress").textContent = `${open.toLocaleString("en")} of ${view.shown.length.toLocaleString("en")} undecided`;
    byId("share").value = view.shown.length ? view.decided / view.shown.length : 0;
    byId("empty").hidden = view.shown.length > 0;
    byId("empty").textContent = view.kind.items.length ? "Nothing fits these filters." : "There is nothing of this kind.";
    byId("clear").hidden = !view.query && !view.chosen.size;
    for (const [at, tab] of this.index.tabs.entries()) {
      if (tab.name !== view.name) continue;
      const count = tab.of ? open : view.left;
      this.tabs[at].lastChild.textContent = count.toLocaleString("en");
    }
  }

  sayUnsaved() {
    const count = this.store.unsaved;
    const words = this.served.failed && count ? `${count} not saved` : this.served.on ? "Saved" : count ? `${count} to save` : "Decisions";
    byId("unsaved").textContent = words;
    byId("decisions").dataset.state = this.served.failed && count ? "bad" : count && !this.served.on ? "waits" : "";
  }

  remember() {
    const { view } = this;
    const parts = new URLSearchParams({ kind: view.name });
    if (view.query) parts.set("q", view.query);
    if (view.sort) parts.set("sort", view.sort);
    for (const [name, values] of view.chosen) for (const value of values) parts.append(`f.${name}`, value);
    if (view.current) parts.set("item", view.current.item);
    this.written = `#${parts}`;
    clearTimeout(this.remembering);
    this.remembering = setTimeout(() => { try { history.replaceState(null, "", this.written); } catch { /* Too often for some browsers. */ } }, 150);
  }

  select(item) {
    this.view.current = item;
    this.list.refresh();
    this.show();
  }

  /** Show the selected one, in the list and beside it. */
  show() {
    this.viewer.draft = "";
    this.list.reveal();
    this.viewer.show(this.view, this.plays);
    this.remember();
  }

  move(by) {
    const { shown, current } = this.view;
    if (!shown.length) return;
    const at = shown.indexOf(current);
    this.select(shown[Math.min(shown.length - 1, Math.max(0, at + by))]);
  }

  nextUndecided(from = this.view.shown.indexOf(this.view.current)) {
    const { shown, kind } = this.view;
    for (let step = 1; step <= shown.length; step += 1) {
      const item = shown[(from + step) % shown.length];
      if (!this.store.rowOf(kind.domain, item)) return item;
    }
    return null;
  }

  decide(word, value = "") {
    const { view } = this;
    const item = view.current;
    if (!item) return;
    const known = view.kind.wordBy.get(word);
    if (known.asks && !value) { this.viewer.ask(word); return; }
    const reviewer = this.served.reviewer || this.setting("reviewer", "");
    if (!reviewer) {
      reviewerDialog("", (name) => { this.set("reviewer", name); this.decide(word, value); });
      return;
    }
    const reason = this.viewer.note.value.trim();
    const row = { item: item.item, sha256: item.sha256, decision: word, value, reason, reviewer, time: new Date().toISOString() };
    const next = this.after(item);
    this.viewer.draft = "";
    this.store.put(view.kind.domain, item, word, row);
    say(`${known.label}${value && !view.kind.edits ? ` ${value}` : ""}: ${item.title.slice(0, 60)}`);
    if (this.auto && next) view.current = next;
    this.refresh();
    if (view.current !== item) this.show();
    byId("list").focus({ preventScroll: true });
  }

  /** Where to go on after a decision: the next undecided one below, else the next of any kind. */
  after(item) {
    const { shown, kind } = this.view;
    const at = shown.indexOf(item);
    return shown.find((one, place) => place > at && !this.store.rowOf(kind.domain, one)) ?? shown[at + 1] ?? null;
  }

  note(text) {
    const { view } = this;
    const row = view.current && this.store.rowOf(view.kind.domain, view.current);
    if (!row || row.reason === text) return;
    this.store.put(view.kind.domain, view.current, row.decision, { ...row, reason: text, time: new Date().toISOString() });
    this.refresh();
  }

  async undo() {
    const story = this.store.undo();
    if (!story) { say("Nothing to undo"); return; }
    if (story.domain !== this.view.kind.domain) {
      const tab = this.index.tabs.find((one) => !one.of && one.domain === story.domain);
      await this.open(tab.name);
    }
    this.refresh();
    if (this.view.shown.includes(story.item)) this.select(story.item);
    say(`Taken back: ${(story.item.title ?? story.item.item).slice(0, 60)}`);
  }

  changed() { this.sayUnsaved(); }
}

const waiting = new Map();

window.reelwright = {
  /** Called by data/index.js. */
  index(json) {
    const app = new App(JSON.parse(json));
    window.reelwright.app = app;
    app.begin().catch((error) => {
      byId("empty").hidden = false;
      byId("empty").textContent = `These pages can't be shown: ${error.message}. Copy the whole folder of results.`;
    });
  },
  /** Called by data/<kind>.js. */
  kind(name, json) { waiting.get(name)(JSON.parse(json)); },
};
