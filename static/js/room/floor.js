// Who has the floor: the round and whose turn it is, raised hands. Reactions are in reactions.js.
import { $, $$, fill, glossary, redraw, words } from "./dom.js";
import { now } from "./clock.js";
import { hide, show } from "./over.js";
import { startReactions } from "./reactions.js";
import { sortable } from "./sort.js";

const STALE = 20_000; // milliseconds after which something that happened is no news

export function start(room) {
  const said = glossary($("#floor-words"));
  const marks = { hand: new Set(), turn: new Set() };
  const ask = (what, given) => room.ask(what, given).catch(() => {});
  const nameOf = (key) => room.people.get(key)?.name || "";

  // A mark behind a name in the list of people.
  function mark() {
    for (const row of $$("#people > [data-key]")) {
      const place = $(".person-marks", row);
      for (const old of $$("[data-floor]", place)) old.remove();
      for (const [name, keys] of Object.entries(marks)) {
        if (!keys.has(row.dataset.key)) continue;
        const one = document.createElement("span");
        one.dataset.floor = name;
        one.title = said[name];
        const word = document.createElement("span");
        word.className = "visually-hidden";
        word.textContent = said[name];
        one.append(...[...$(`#floor-icons [data-icon="${name}"]`).children].map((i) => i.cloneNode(true)), word);
        place.append(one);
      }
    }
  }

  hands(room, { ask, nameOf, mark, marks });
  round(room, { ask, nameOf, mark, marks, said });
  startReactions(room, said);
  room.on("people", mark);
}

function hands(room, { ask, nameOf, mark, marks }) {
  const root = $("#floor-hands");
  const list = $("[data-hands]", root);
  let up = [], order = null, place = null;

  function draw() {
    marks.hand = new Set(up);
    const mine = up.includes(room.me?.key);
    const shown = (order && room.me?.leads ? order.filter((key) => up.includes(key)) : [...up].sort((a, b) => nameOf(a).localeCompare(nameOf(b))))
      .filter((key) => room.people.has(key));
    root.hidden = !shown.length;
    $("[data-count]", root).textContent = shown.length ? `(${shown.length})` : "";
    redraw(list, shown.map((key) => {
      const row = fill($("#hand-row"), {});
      for (const spot of $$("[data-t=name]", row)) spot.textContent = nameOf(key);
      row.dataset.key = key;
      row.classList.toggle("is-gone", !room.people.get(key)?.here);
      return row;
    }));
    const next = $("[data-call-next]", root);
    if (next) {
      next.hidden = !shown.length;
      next.dataset.key = shown[0] || "";
      const text = $("span", next);
      text.textContent = words(text.dataset.words, { name: nameOf(shown[0]) });
    }
    const own = $("[data-mine]", root);
    own.hidden = !mine || !place;
    own.textContent = words(root.dataset.place, { n: place });
    room.badge?.("people", room.me?.leads ? shown.length : 0, "hands");
    mark();
  }

  list.addEventListener("click", (event) => {
    const deed = event.target.closest("[data-deed]")?.dataset.deed;
    const key = event.target.closest("[data-key]")?.dataset.key;
    if (deed) ask(deed === "call" ? "hand.call" : "hand.lower_for", { key });
  });
  $("[data-call-next]", root)?.addEventListener("click", (event) => ask("hand.call", { key: event.currentTarget.dataset.key }));
  $("[data-clear]", root)?.addEventListener("click", () => ask("hand.clear"));

  room.part("hands", (found) => { ({ up, order, place } = found); draw(); });
  room.on("hands", (found) => {
    const more = found.up.filter((key) => !up.includes(key) && key !== room.me?.key);
    up = found.up;
    if (!up.includes(room.me?.key)) place = null;
    for (const key of more) room.announce(words(root.dataset.sayUp, { name: nameOf(key) }));
    draw();
  });
  room.on("hands.order", (found) => { order = found.order; draw(); });
  room.on("hands.place", (found) => { place = found.place; draw(); });
  room.on("hands.called", ({ key, at }) => {
    if (now() - Date.parse(at) > STALE) return;
    if (key === room.me?.key) {
      room.toast(root.dataset.sayMe);
      room.announce(root.dataset.sayMe, { own: true });
    } else room.announce(words(root.dataset.sayCalled, { name: nameOf(key) }));
    document.dispatchEvent(new CustomEvent("room:called", { detail: { key } }));
  });
  room.on("people", draw);
}

function round(room, { ask, nameOf, mark, marks, said }) {
  const root = $("#floor-round");
  const list = $("[data-turns]", root);
  const starting = $("[data-start]", root);
  let held = null, step = null, planned = null, drawnOnce = false;

  const inCare = () => [...room.people.values()].filter((p) => p.here && ["member", "visitor"].includes(p.part));
  const waiting = () => held.turns.filter((t) => t.state === "waiting" && !t.again);
  const kindNow = () => ({ check_in: "check_in", closing: "closing" })[step?.kind] || "other";

  function rows() {
    if (held) {
      const known = new Set(held.turns.map((t) => t.key));
      const late = inCare().filter((p) => !known.has(p.key)).map((p) => ({ key: p.key, name: p.name, state: "late" }));
      return [...held.turns, ...late];
    }
    if (!planned) return [];
    planned = [...planned.filter((key) => room.people.get(key)?.here), ...inCare().map((p) => p.key).filter((key) => !planned.includes(key))];
    return planned.map((key) => ({ key, name: nameOf(key), state: "planned" }));
  }

  function draw() {
    root.hidden = !held && !room.me?.leads;
    const title = $("#round-title");
    title.textContent = title.dataset[{ check_in: "checkIn", closing: "closing" }[held?.kind] || "other"];
    marks.turn = new Set(held?.now ? [held.now] : []);
    if (!sorted?.isBusy()) redraw(list, rows().map(row));
    if (starting) {
      starting.hidden = Boolean(held);
      $("[data-end]", root).hidden = !held;
    }
    card();
    mark();
    document.dispatchEvent(new CustomEvent("room:turn", { detail: { key: held?.now || null } }));
  }

  function row(turn) {
    const state = turn.again ? "again" : turn.state;
    const element = fill($("#turn-row"), { state: said[state] || "" });
    for (const spot of $$("[data-t=name]", element)) spot.textContent = turn.name;
    element.dataset.key = turn.key;
    element.dataset.state = state;
    const movable = state === "planned" ? rows().map((t) => t.key) : held ? waiting().map((t) => t.key) : [];
    const at = movable.indexOf(turn.key);
    const may = { up: at > 0, down: at >= 0 && at < movable.length - 1, give: Boolean(held) && ["waiting", "again", "late"].includes(state) };
    for (const button of $$("[data-deed]", element)) button.hidden = !may[button.dataset.deed];
    return element;
  }

  function card() {
    const turn = held?.turns.find((t) => t.key === held.now);
    if (!turn || step?.kind === "break") { hide("turn"); return; }
    const text = root.dataset;
    const deeds = { done: () => ask("round.done", { key: turn.key }), pass: () => ask("round.pass", { key: turn.key }) };
    if (turn.key === room.me?.key) {
      show("turn", $("#turn-mine"), { title: text.mine, text: turn.again ? text.again : text.mineText }, deeds);
      return;
    }
    const then = held.turns.find((t) => t.state === "waiting" && t.key !== turn.key && room.people.get(t.key)?.here);
    const gone = room.me?.leads && !room.people.get(turn.key)?.here;
    const words_ = gone ? words(text.lost, { name: turn.name }) : !then ? text.last : then.key === room.me?.key ? text.thenMe : words(text.then, { name: then.name });
    show("turn", $("#turn-card"), { title: words(text.turn, { name: turn.name }), text: words_ }, deeds);
  }

  function heard(found) {
    const before = held?.now;
    const was = held;
    held = found.round;
    if (held) planned = null;
    room.roundIsOn = Boolean(held);
    room.roundsHeld = new Set(found.held); // steps in which none is offered again
    draw();
    room.emit("round.changed", held);
    if (drawnOnce && held?.now && held.now !== before) {
      const mine = held.now === room.me?.key;
      room.announce(mine ? `${root.dataset.mine}. ${root.dataset.mineText}` : words(root.dataset.turn, { name: held.turns.find((t) => t.key === held.now).name }), { own: mine });
    } else if (drawnOnce && was && !held) room.announce(root.dataset.sayEnd);
    drawnOnce = true;
  }

  function reorder(key, to) {
    const keys = held ? waiting().map((t) => t.key) : [...planned];
    keys.splice(to, 0, ...keys.splice(keys.indexOf(key), 1));
    const spoken = () => room.announce(words(root.dataset.moved, { name: nameOf(key), n: to + 1 }), { own: true });
    if (held) { ask("round.order", { keys }).then(spoken); return; }
    planned = keys;
    draw();
    spoken();
  }

  list.addEventListener("click", (event) => {
    const deed = event.target.closest("[data-deed]")?.dataset.deed;
    if (!deed) return;
    const key = event.target.closest("[data-key]").dataset.key;
    const keys = held ? waiting().map((t) => t.key) : planned;
    if (deed === "give") ask("round.call", { key });
    else reorder(key, keys.indexOf(key) + (deed === "up" ? -1 : 1));
  });
  $("[data-end]", root)?.addEventListener("click", () => ask("round.end", { on: held?.id }));
  const chosen = () => $("[name=order]:checked", root).value;
  const plan = () => { planned = chosen() === "given" ? inCare().map((p) => p.key) : null; draw(); };
  $(".round-order", root)?.addEventListener("change", plan);
  $("[data-begin]", root)?.addEventListener("click", () => ask("round.start", { kind: kindNow(), order: chosen(), keys: planned || [], on: step?.id ?? null }));
  room.on("round.plan", () => {
    const own = $("[name=order][value=given]", root);
    own.checked = true;
    plan();
    own.focus();
  });
  const sorted = starting && sortable(list, {
    may: (one) => one.dataset.state === (held ? "waiting" : "planned"),
    done: (moved) => {
      const keys = [...list.children].filter((one) => one.dataset.state === moved.dataset.state).map((one) => one.dataset.key);
      reorder(moved.dataset.key, keys.indexOf(moved.dataset.key));
      draw();
    },
  });

  document.addEventListener("room:step", ({ detail }) => { step = detail; draw(); });
  room.part("round", heard);
  room.on("round", heard);
  room.on("people", draw);
}
