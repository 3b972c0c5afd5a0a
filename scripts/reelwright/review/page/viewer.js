// The selected thing: what it looks like, what is known of it, and the buttons that decide.

class Viewer {
  /** `act` has decide(word, value), note(text), undo(), move(step). The parts stay and say something else about the next thing:
   * elements that are made anew and thrown away pile up until the browser collects them. */
  constructor(box, act) {
    this.box = box;
    this.act = act;
    this.player = new Player();
    this.nothing = el("p", { class: "hint", text: "Nothing is selected." });
    this.title = el("h2", { dir: "auto" });
    this.now = el("span", { dir: "auto" });
    this.head = el("div", { class: "head" }, this.title,
      el("p", { class: "now" }, el("span", { class: "muted", text: "The build: " }), this.now));
    this.buttons = el("div", { class: "buttons", role: "group", "aria-label": "Decide" });
    this.stand = el("p", { dir: "auto" });
    this.asks = el("div", { class: "edit" });
    this.note = this.noteField();
    this.text = el("p", { class: "text", dir: "auto" });
    this.facts = el("dl");
    this.told = el("div", { class: "told" }, this.stand, this.asks,
      el("div", { class: "note" }, el("label", { for: "note" }, "Note ", el("kbd", { text: "N" })), this.note), this.text, this.facts);
  }

  show(view, auto) {
    const item = view?.current;
    this.view = view;
    this.item = item;
    const media = item ? this.mediaOf(item, auto) : null;
    if (!item?.video) this.player.stop();
    if (media !== this.media) this.media?.remove();
    this.media = media;
    if (!item) {
      this.box.replaceChildren(this.nothing);
      return;
    }
    if (this.box.firstChild !== this.head) this.box.replaceChildren(this.head, this.buttons, this.told);
    if (media && !media.isConnected) this.head.after(media);
    this.box.scrollTop = 0;
    this.update();
  }

  mediaOf(item, auto) {
    if (item.video) {
      this.player.load(item, auto);
      return this.player.box;
    }
    if (item.strip) return filmStrip(item, this.box.clientWidth - 28);
    if (item.pictures) return pictures(item);
    return item.thumb ? enlarged(item, Math.min(this.box.clientWidth - 28, this.box.clientHeight / 2, 2 * item.thumb[3])) : null;
  }

  /** Say again what is decided; the media goes on as it is. */
  update() {
    if (!this.item) return;
    const { item, view } = this;
    const state = view.stateOf(item);
    setText(this.title, item.title);
    setText(this.now, item.now || "nothing said");
    this.sayChoices(item, state.rows);
    this.sayStand(state);
    this.edit(item, state.rows);
    if (document.activeElement !== this.note) this.note.value = state.row?.reason ?? this.draft ?? "";
    const text = this.editor && view.kind.edits ? "" : textOf(view.kind, item, state.row);
    this.text.hidden = !text;
    setText(this.text, text);
    this.sayFacts((item.facts ?? []).filter(([, value]) => value));
  }

  /** The buttons that decide: what this thing alone can be, then the words of its kind. */
  sayChoices(item, rows) {
    const { kind } = this.view;
    const own = item.choices ?? [];
    const button = (word, value, label, key, tone, meaning) => {
      const made = el("button", { type: "button", class: "choice", "data-tone": tone, title: meaning, onclick: () => this.act.decide(word, value) },
        key ? el("kbd", { text: key }) : null, el("span", { text: label, dir: "auto" }));
      const says = (row) => row.decision === word && (value ? row.value === value : !own.some((one) => one[0] === word && one[1] === row.value));
      made.says = (said) => said.some(says);
      return made;
    };
    if (this.offers !== kind || own.length) {
      this.buttons.replaceChildren(...own.map(([word, value, label], at) => button(word, value, label, String(at + 1), "good", value)),
        ...kind.words.filter((word) => word.key || word.letter).map((word) => button(word.word, "", word.label, [word.key, word.letter.toUpperCase()].filter(Boolean).join(" "), word.tone, word.meaning)));
    }
    this.offers = own.length ? null : kind;
    for (const one of this.buttons.children) one.setAttribute("aria-pressed", String(one.says(rows)));
  }

  sayStand({ rows, row, stale }) {
    const { kind } = this.view;
    this.stand.hidden = !row && !stale;
    this.stand.className = stale ? "stand stale" : "stand";
    const said = (one) => `${kind.wordBy.get(one.decision)?.label ?? one.decision}${one.value && !kind.edits ? ` ${one.value}` : ""}`;
    if (row) setText(this.stand, rows.map((one) => `${said(one)}, by ${one.reviewer}, ${when(one)}`).join("; "));
    else if (stale) {
      setText(this.stand, `It has changed since ${stale.reviewer} said ${said(stale)} (${when(stale)}): look again.`);
    }
  }

  /** The field of a word that asks for something, shown where it was called for. */
  edit(item, rows) {
    const word = this.view.kind.wordBy.get(this.asking);
    const asked = word?.asks && this.askedFor === item ? word : null;
    // What somebody is writing stays, whatever is said again meanwhile.
    if (asked && asked === this.asked) return;
    this.asked = asked;
    this.asks.hidden = !asked;
    this.editor = null;
    if (!asked) return;
    const long = word.word === this.view.kind.edits;
    const row = rows.find((one) => one.decision === word.word);
    const value = row ? row.value : long ? item.text ?? "" : item.choices?.find((one) => one[0] === word.word)?.[1];
    const field = el(long ? "textarea" : word.values.length ? "select" : "input", { id: "edit", dir: "auto", rows: long ? "7" : undefined });
    if (word.values.length) field.append(...this.values(item, word).map((one) => el("option", { value: one, text: one })));
    field.value = value ?? word.values[0] ?? "";
    const done = () => { this.asking = null; this.act.decide(word.word, field.value.replace(/\s+/g, " ").trim()); };
    const leave = () => { this.asking = null; this.update(); this.act.focus(); };
    field.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { event.stopPropagation(); leave(); }
      if (event.key === "Enter" && (!long || event.ctrlKey || event.metaKey)) { event.preventDefault(); done(); }
    });
    this.editor = field;
    this.asks.replaceChildren(el("label", { for: "edit", text: word.asks }), field,
      el("div", { class: "row" }, el("button", { type: "button", class: "primary", text: "Save", onclick: done }),
        el("button", { type: "button", class: "quiet", text: "Cancel", onclick: leave })));
  }

  /** All that can be written with a word: its own values, and the titles of things that share the facet it names. */
  values(item, word) {
    const share = (one) => one !== item && one.facets[word.among]?.some((name) => item.facets[word.among].includes(name));
    return [...word.values, ...(word.among ? this.view.kind.items.filter(share).map((one) => one.title) : [])];
  }

  /** Open the field of a word. */
  ask(word) {
    this.asking = word;
    this.askedFor = this.item;
    this.update();
    this.editor?.focus();
  }

  noteField() {
    const field = el("input", { id: "note", type: "text", dir: "auto", autocomplete: "off", placeholder: "Why (optional)" });
    field.addEventListener("input", () => { this.draft = field.value; });
    field.addEventListener("change", () => this.act.note(field.value.trim()));
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === "Escape") { field.blur(); this.act.focus(); }
    });
    return field;
  }

  sayFacts(facts) {
    while (this.facts.children.length < 2 * facts.length) this.facts.append(el("dt"), el("dd", { dir: "auto" }));
    [...this.facts.children].forEach((cell, at) => {
      const fact = facts[at >> 1];
      cell.hidden = !fact;
      if (fact) setText(cell, fact[at & 1]);
    });
    this.facts.hidden = !facts.length;
  }
}

/** When a decision was made, in the reader's own time. */
function when(row) {
  const moment = new Date(row.time);
  return Number.isNaN(moment.getTime()) ? row.time : moment.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}
