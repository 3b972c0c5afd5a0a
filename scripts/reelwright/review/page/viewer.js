// The selected thing: what it looks like, what is known of it, and the buttons that decide.

class Viewer {
  /** `act` has decide(word, value), note(text), undo(), move(step). */
  constructor(box, act) {
    this.box = box;
    this.act = act;
    this.player = new Player();
  }

  show(view, auto) {
    const item = view?.current;
    this.view = view;
    this.item = item;
    this.editor = null;
    this.note = null;
    if (!item) {
      this.player.stop();
      this.box.replaceChildren(el("p", { class: "hint", text: "Nothing is selected." }));
      return;
    }
    this.media = this.mediaOf(item, auto);
    this.head = el("div", { class: "head" });
    this.buttons = el("div", { class: "buttons", role: "group", "aria-label": "Decide" });
    this.told = el("div", { class: "told" });
    this.box.replaceChildren(...[this.head, this.media, this.buttons, this.told].filter(Boolean));
    this.box.scrollTop = 0;
    this.update();
  }

  mediaOf(item, auto) {
    if (item.video) {
      this.player.load(item, auto);
      return this.player.box;
    }
    this.player.stop();
    if (item.strip) return filmStrip(item, this.box.clientWidth - 28);
    if (item.pictures) return pictures(item);
    return null;
  }

  /** Say again what is decided; the media goes on as it is. */
  update() {
    if (!this.item) return;
    const { item, view } = this;
    const state = view.stateOf(item);
    this.head.replaceChildren(
      el("h2", { text: item.title, dir: "auto" }),
      el("p", { class: "now" }, el("span", { class: "muted", text: "The build: " }),
        el("span", { text: item.now || "nothing said", dir: "auto" })),
    );
    this.buttons.replaceChildren(...this.choices(item, state.row));
    this.told.replaceChildren(
      ...[this.stand(state), this.edit(item, state.row), this.noteField(state.row), this.textOf(item, state.row), this.facts(item)]
        .filter(Boolean),
    );
  }

  choices(item, row) {
    const button = (word, value, label, key, tone, meaning) => {
      const on = row && row.decision === word && (value === "" || row.value === value);
      return el("button", { type: "button", class: "choice", "data-tone": tone, "aria-pressed": on ? "true" : "false",
        title: meaning, onclick: () => this.act.decide(word, value) },
      key ? el("kbd", { text: key }) : null, el("span", { text: label, dir: "auto" }));
    };
    const own = (item.choices ?? []).map(([word, value, label], at) =>
      button(word, value, label, String(at + 1), "good", value));
    const common = this.view.kind.words.map((word) =>
      button(word.word, "", word.label, [word.key, word.letter.toUpperCase()].filter(Boolean).join(" "), word.tone, word.meaning));
    return [...own, ...common];
  }

  stand(state) {
    if (state.row) {
      const { row } = state;
      const words = `${state.label}${row.value && !this.view.kind.edits ? ` ${row.value}` : ""}, by ${row.reviewer}, ${when(row)}`;
      return el("p", { class: "stand", text: words, dir: "auto" });
    }
    if (!state.stale) return null;
    const was = this.view.kind.wordBy.get(state.stale.decision)?.label ?? state.stale.decision;
    return el("p", { class: "stand stale", dir: "auto",
      text: `It has changed since ${state.stale.reviewer} said ${was} (${when(state.stale)}): look again.` });
  }

  /** The field of a word that asks for something, shown where it was called for. */
  edit(item, row) {
    const word = this.view.kind.wordBy.get(this.asking);
    if (!word?.asks || this.askedFor !== item) return null;
    const long = word.word === this.view.kind.edits;
    const value = row?.decision === word.word ? row.value : long ? item.text ?? "" : item.choices?.[0]?.[1] ?? "";
    const field = el(long ? "textarea" : "input", { id: "edit", dir: "auto", rows: long ? "7" : undefined });
    field.value = value;
    const done = () => { this.asking = null; this.act.decide(word.word, field.value.replace(/\s+/g, " ").trim()); };
    const leave = () => { this.asking = null; this.update(); this.act.focus(); };
    field.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { event.stopPropagation(); leave(); }
      if (event.key === "Enter" && (!long || event.ctrlKey || event.metaKey)) { event.preventDefault(); done(); }
    });
    this.editor = field;
    return el("div", { class: "edit" }, el("label", { for: "edit", text: word.asks }), field,
      el("div", { class: "row" }, el("button", { type: "button", class: "primary", text: "Save", onclick: done }),
        el("button", { type: "button", class: "quiet", text: "Cancel", onclick: leave })));
  }

  /** Open the field of a word. */
  ask(word) {
    this.asking = word;
    this.askedFor = this.item;
    this.update();
    this.editor?.focus();
  }

  noteField(row) {
    const field = el("input", { id: "note", type: "text", dir: "auto", autocomplete: "off", placeholder: "Why (optional)" });
    field.value = row?.reason ?? this.draft ?? "";
    field.addEventListener("input", () => { this.draft = field.value; });
    field.addEventListener("change", () => this.act.note(field.value.trim()));
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === "Escape") { field.blur(); this.act.focus(); }
    });
    this.note = field;
    return el("div", { class: "note" }, el("label", { for: "note" }, "Note ", el("kbd", { text: "N" })), field);
  }

  textOf(item, row) {
    const text = textOf(this.view.kind, item, row);
    return text && !(this.editor && this.view.kind.edits) ? el("p", { class: "text", text, dir: "auto" }) : null;
  }

  facts(item) {
    const facts = (item.facts ?? []).filter(([, value]) => value);
    return facts.length
      ? el("dl", {}, ...facts.flatMap(([name, value]) => [el("dt", { text: name }), el("dd", { text: value, dir: "auto" })]))
      : null;
  }
}

/** When a decision was made, in the reader's own time. */
function when(row) {
  const moment = new Date(row.time);
  return Number.isNaN(moment.getTime()) ? row.time : moment.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}
