// Dialogs: keys, who reviews, and the decisions with their files.

function openDialog(title, ...content) {
  const dialog = byId("dialog");
  const close = el("button", { type: "button", class: "quiet close", text: "Close", onclick: () => dialog.close() });
  dialog.replaceChildren(el("div", { class: "row spread" }, el("h2", { id: "dialog-title", text: title }), close),
    ...content.filter(Boolean));
  if (!dialog.open) dialog.showModal();
  return dialog;
}

const KEYS = [
  ["1 2 3", "decide as the buttons say, or by letter: T (TRAIN), E (EVAL_ONLY), X (EXCLUDE); then on to the next"],
  ["J K", "next, the one before; arrows go up and down by a row too"],
  ["U", "next undecided"],
  ["Z", "undo"],
  ["N", "note: why"],
  ["I", "edit the text, or write what it maps to"],
  ["Space", "play, pause"],
  [", .", "one frame back, on"],
  ["/", "search"],
  ["A", "go on by itself after a decision, or stay"],
  ["[ ]", "tab before, next tab"],
  ["Esc", "leave a field; clear the search"],
  ["?", "this help"],
];

function helpDialog(kind) {
  const words = kind ? kind.words.map((word) => [`${word.key} ${word.letter.toUpperCase()}`.trim(), `${word.label}: ${word.meaning}`]) : [];
  const table = (rows) => el("dl", { class: "keys" }, ...rows.flatMap(([key, meaning]) => [
    el("dt", {}, ...key.split(" ").filter(Boolean).map((one) => el("kbd", { text: one }))), el("dd", { text: meaning })]));
  openDialog("Keys", kind ? el("p", { text: kind.about }) : null, kind ? el("h3", { text: kind.title }) : null, table(words),
    el("h3", { text: "Everywhere" }), table(KEYS));
}

/** Ask who decides; calls `done` with the name. */
function reviewerDialog(name, done) {
  const field = el("input", { id: "reviewer", type: "text", required: true, autocomplete: "name", maxlength: "80" });
  field.value = name;
  const form = el("form", { method: "dialog", onsubmit: (event) => {
    event.preventDefault();
    const said = field.value.replace(/\s+/g, " ").trim();
    if (!said) return;
    byId("dialog").close();
    done(said);
  } }, el("p", { text: "Each decision says who made it. The name stays in this browser." }),
  el("label", { for: "reviewer", text: "Your name or initials" }), field,
  el("div", { class: "row" }, el("button", { type: "submit", class: "primary", text: "Go on" })));
  openDialog("Who reviews?", form);
  field.focus();
}

/** The decisions: what is new, how it gets into its file, and what doesn't fit. */
function decisionsDialog(app) {
  const { store, index, served } = app;
  const again = () => decisionsDialog(app);
  const files = [...store.files.keys()].map((domain) => fileRow(app, domain, again));
  const bring = el("input", { type: "file", accept: ".csv,text/csv", multiple: true, id: "bring" });
  const told = el("div", { id: "brought", role: "status" });
  bring.addEventListener("change", async () => {
    const words = [];
    for (const file of bring.files) words.push(bringFile(app, file.name, await file.text()));
    again();
    byId("brought").replaceChildren(...words.map((word) => el("p", { text: word })));
    app.refresh();
  });
  openDialog("Decisions",
    el("p", { text: served.on
      ? `Saved as you go, in ${served.folder}. The next build applies them.`
      : `Kept in this browser until you save them. Put the files into ${index.folder}; the next build applies them.` }),
    served.failed ? el("p", { class: "bad", text: served.failed }) : null,
    store.full ? el("p", { class: "bad", text: "This browser's memory for the page is full: save the files now." }) : null,
    el("table", {}, el("thead", {}, el("tr", {}, ...["File", "Rows", "New here"].map((text) => el("th", { text, scope: "col" })), el("td"))),
      el("tbody", {}, ...files)),
    el("div", { class: "row" }, el("label", { for: "bring", text: "Merge a file (the newest decision wins):" }), bring), told,
    listed("Conflicts", store.conflicts.map((one) => `${one.domain}: ${one.kept.item}: ${one.kept.reviewer} said ${short(one.kept)}, `
      + `${one.dropped.reviewer} said ${short(one.dropped)}; kept is the first (${one.why})`)),
    listed("When the pages were made", Object.entries(index.states).flatMap(([domain, state]) => [
      ...state.stale.map((row) => `${domain}: ${row.item} has changed since ${row.reviewer} said ${short(row)}: look again`),
      ...state.unknown.map((row) => `${domain}: there is no ${row.item} any more (${row.reviewer} said ${short(row)})`),
      ...state.conflicts.map(({ kept, dropped }) => `${domain}: ${kept.item}: ${kept.reviewer} said ${short(kept)}, ${dropped.reviewer} said ${short(dropped)}: the build wants one`),
      ...state.problems,
    ])));
}

const short = (row) => `${row.decision} ${row.value}`.trim().slice(0, 120);

const LISTED = 200;

function listed(title, lines) {
  if (!lines.length) return null;
  const more = lines.length > LISTED ? [el("li", { text: `and ${lines.length - LISTED} more` })] : [];
  return el("section", {}, el("h3", { text: `${title} (${lines.length})` }),
    el("ul", { class: "listing" }, ...lines.slice(0, LISTED).map((text) => el("li", { text, dir: "auto" })), ...more));
}

function fileRow(app, domain, again) {
  const rows = app.store.rows(domain);
  const fresh = app.store.count(domain);
  const save = el("button", { type: "button", class: fresh && !app.served.on ? "primary" : "quiet", text: "Save", "aria-label": `Save ${domain}.csv`, disabled: !rows.length,
    onclick: () => { saveFile(`${domain}.csv`, formatDecisions(app.store.rows(domain))); say(`${domain}.csv is in your downloads`); } });
  return el("tr", {}, el("td", { text: `${domain}.csv` }), el("td", { text: String(rows.length) }), el("td", { text: String(fresh) }), el("td", {}, save));
}

function saveFile(name, text) {
  const link = el("a", { href: URL.createObjectURL(new Blob([text], { type: "text/csv" })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** Merge one file that somebody brings; its name says the domain. Returns what became of it. */
function bringFile(app, name, text) {
  const domain = [...app.store.files.keys()].find((one) => name.toLowerCase().startsWith(one));
  if (!domain) return `${name}: its name should begin as one of ${[...app.store.files.keys()].join(", ")}`;
  const { rows, problems } = readDecisions(text, app.index.states[domain].words);
  const before = app.store.conflicts.length;
  const taken = app.store.merge(domain, rows);
  const clashes = app.store.conflicts.length - before;
  return [`${name}: ${plural(rows.length, "row")}, ${taken} taken`, clashes ? plural(clashes, "conflict") : "", ...problems.slice(0, 20)]
    .filter(Boolean).join("; ");
}
