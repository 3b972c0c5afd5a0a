// Keys: one a decision, no modifiers; fields keep theirs.

function wireKeys(app) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || byId("dialog").open) return;
    const target = event.target;
    if (target.matches("input:not([type=range]), textarea, select")) {
      if (event.key === "Escape" && target.id === "search") leaveSearch(app);
      else if (event.key === "Enter" && target.id === "search") byId("list").focus();
      return;
    }
    if (target.getAttribute("role") === "tab" && tabKey(app, event)) return;
    if ((event.key === " " || event.key === "Enter") && target.matches("button, a, summary")) return;
    if (event.key.startsWith("Arrow") && target.matches("input[type=range]")) return;
    const act = action(app, event.key);
    if (!act) return;
    event.preventDefault();
    act();
  });
}

function leaveSearch(app) {
  byId("search").value = "";
  app.view.query = "";
  app.refilter();
  byId("list").focus();
}

function tabKey(app, event) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step) return false;
  event.preventDefault();
  turnTab(app, step).then(() => document.querySelector('[role=tab][aria-selected="true"]').focus());
  return true;
}

function turnTab(app, step) {
  const names = app.index.tabs.map((tab) => tab.name);
  return app.open(names[(names.indexOf(app.view.name) + step + names.length) % names.length]);
}

/** What a key does now; undefined where it does nothing. */
function action(app, key) {
  if (!app.view) return undefined;
  const { view, viewer } = app;
  const lower = key.length === 1 ? key.toLowerCase() : key;
  const choice = /^[1-8]$/.test(key) ? view.current?.choices?.[Number(key) - 1] : undefined;
  if (choice) return () => app.decide(choice[0], choice[1]);
  const word = view.kind.words.find((one) => one.key === key || (one.letter && one.letter === lower));
  if (word) return () => app.decide(word.word);
  const asking = view.kind.words.find((one) => one.asks);
  const across = app.list.columns ?? 1;
  const keys = {
    j: () => app.move(1), k: () => app.move(-1), ArrowRight: () => app.move(1), ArrowLeft: () => app.move(-1),
    ArrowDown: () => app.move(across), ArrowUp: () => app.move(-across),
    PageDown: () => app.move(across * 4), PageUp: () => app.move(-across * 4),
    Home: () => app.move(-Infinity), End: () => app.move(Infinity),
    u: () => { const next = app.nextUndecided(); if (next) app.select(next); else say("Everything here is decided"); },
    z: () => app.undo(),
    n: () => viewer.note.focus(),
    i: asking && (() => viewer.ask(asking.word)),
    " ": () => { if (view.current?.video) viewer.player.toggle(); },
    ",": () => { if (view.current?.video) viewer.player.step(-1); },
    ".": () => { if (view.current?.video) viewer.player.step(1); },
    "/": () => { app.showSide(true); byId("search").focus(); byId("search").select(); },
    "?": () => helpDialog(view.kind),
    a: () => { app.auto = !app.auto; app.set("auto", app.auto ? "on" : "off"); say(app.auto ? "Goes on after a decision" : "Stays after a decision"); },
    "[": () => turnTab(app, -1), "]": () => turnTab(app, 1),
    Escape: () => app.showSide(false),
  };
  return keys[lower] || undefined;
}
