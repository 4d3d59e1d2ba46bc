// The whiteboard: opened by a leader over the stage, the same for all, whoever comes late included.
import { $, $$ } from "./dom.js";
import { hand } from "./board_hand.js";
import { Board, INKS, NOTES, Outbox } from "./board_model.js";
import { notes } from "./board_notes.js";
import { View } from "./board_view.js";

const MEMBERS_WAIT = 3000; // milliseconds that those in care leave it to the leaders to put a lost board back
const PIECE = 40000; // characters of what is put back at a time

export function start(room) {
  const main = $(".room-main");
  const pane = $("#board-pane").content.firstElementChild.cloneNode(true);
  pane.hidden = true;
  main.insertBefore(pane, $("#stage"));
  const board = new Board();
  let settings = { open: false, all_draw: true, may_save: false };
  let tool = "pen";
  let hidden = false; // by themselves
  let held = null; // what happened while the whole board was asked for
  let wiped = false; // and whether it was cleared then
  let restoring = false;

  const mayDraw = () => settings.open && (settings.all_draw || room.me?.leads);
  const may = (item) => mayDraw() && (room.me?.leads || !item.by || item.by === room.me?.key);
  const view = new View($("#board-paper", pane), { may, dragged: (id, x, y) => act({ op: "move", id, x, y }) });
  const list = notes(room, pane, board, { may, mayDraw, act });
  const outbox = new Outbox(send);

  // --- what is done here
  function act(op, { remember = true } = {}) {
    if (remember) board.remember(op);
    if (op.op === "add") op = { op: "add", item: { ...op.item, by: undefined } };
    changed(board.apply(op));
    if (op.op === "add") board.items.get(op.item.id).by ??= room.me.key;
    outbox.push(op);
    buttons();
  }

  async function send(ops) {
    let lost = false;
    try {
      ({ lost } = await room.ask("board.op", { ops }, { silent: true }));
    } catch (no) {
      if (no.code === "away" || no.code === "too_fast") throw "again";
      if (no.message) room.toast(no.message);
      outbox.drop();
      board.forget();
      await sync();
    }
    if (lost) throw "again"; // everybody hears that it is lost, and puts it back
  }

  // --- what is heard
  function changed(id) {
    const item = id && board.items.get(id);
    if (!item) return;
    view.draw(item);
    if (item.kind === "note") list.draw();
  }

  function hear(ops) {
    if (held) {
      held.push(...ops);
      return;
    }
    let added = false;
    for (const op of ops) {
      const ours = outbox.newer(op); // what one moved on since is not moved back by the news of the step before
      changed(board.apply(ours ?? op));
      list.heard(op);
      added ||= op.op === "add" || op.op === "back";
    }
    if (added) view.order(board.shown());
  }

  // The whole board, from the server; then what happened meanwhile, and what of ours is still on its way.
  async function sync({ again = true } = {}) {
    if (held) return;
    held = [];
    wiped = false;
    let found = null;
    try {
      found = await room.ask("board.get", {}, { silent: true });
    } catch { /* it is asked for again with the next picture */ }
    const happened = held;
    held = null;
    if (found?.lost && again) {
      await restore();
      return;
    }
    if (found) board.reset(wiped ? [] : found.items);
    for (const op of [...happened, ...outbox.pending()]) board.apply(op);
    redraw();
  }

  async function restore() {
    if (restoring) return;
    restoring = true;
    await putBack().finally(() => { restoring = false; });
    await sync({ again: false });
  }

  async function putBack() {
    if (!room.me.leads) {
      await new Promise((resolve) => setTimeout(resolve, MEMBERS_WAIT));
      const found = await room.ask("board.get", {}, { silent: true }).catch(() => null);
      if (!found?.lost) return;
    }
    const mine = board.shown().filter((item) => item.n !== undefined && (room.me.leads || item.by === room.me.key));
    let piece = [], size = 0;
    const put = () => room.ask("board.put", { items: piece }, { silent: true }).catch(() => {});
    for (const item of mine) {
      const length = JSON.stringify(item).length;
      if (piece.length && (size + length > PIECE || piece.length >= 100)) {
        await put();
        piece = [];
        size = 0;
      }
      piece.push(item);
      size += length;
    }
    await put();
  }

  function redraw() {
    view.drawAll(board.shown());
    list.draw();
    buttons();
  }

  // --- open and closed
  function set(now) {
    const was = settings;
    settings = { ...settings, ...now };
    if (settings.open && !was.open) hidden = false;
    show();
    if (settings.open !== was.open && room.me) room.announce(settings.open ? pane.dataset.sayOpened : pane.dataset.sayClosed);
    if (settings.open && !was.open) sync();
  }

  function show() {
    const shown = settings.open && !hidden;
    pane.hidden = !shown;
    main.classList.toggle("has-board", shown);
    $("#board-tools").hidden = !settings.open && !room.me?.leads;
    $("#board-show").hidden = !settings.open || !hidden;
    $("#board-is-open").hidden = !shown;
    if ($("#board-open")) $("#board-open").hidden = settings.open;
    $("#board-save", pane).hidden = !settings.may_save;
    $("#board-only", pane).hidden = mayDraw();
    $("#board-bar", pane).hidden = $("#board-inks", pane).hidden = !mayDraw();
    for (const [id, name] of [["all", "all_draw"], ["saving", "may_save"]]) {
      if ($(`#board-${id}`, pane)) $(`#board-${id}`, pane).checked = settings[name];
    }
    if ($("#board-keep", pane)) $("#board-keep", pane).hidden = !settings.keeps;
    view.setMoving(tool === "move");
    list.draw();
    buttons();
  }

  function buttons() {
    $("#board-undo", pane).disabled = !board.done.length || !mayDraw();
    $("#board-redo", pane).disabled = !board.undone.length || !mayDraw();
  }

  function step(from, to, which) {
    const one = from.pop();
    if (!one?.[which]) return;
    act(one[which], { remember: false });
    to.push(one);
    buttons();
  }
  const undo = () => step(board.done, board.undone, "back");
  const redo = () => step(board.undone, board.done, "again");

  function erase(id) {
    const item = id && board.items.get(id);
    if (item && !item.gone && may(item)) act({ op: "gone", id });
  }

  hand($("#board-paper", pane), view, {
    tool: () => tool,
    ink: () => $("[name=ink]:checked", pane).value,
    may: mayDraw,
    add: (item) => act({ op: "add", item }),
    go: (op) => act(op, { remember: false }),
    erase,
    write: list.write,
  });

  const tools = $$(".board-tool[data-tool]", pane);
  tools.forEach((button) => button.addEventListener("click", () => {
    tool = button.dataset.tool;
    tools.forEach((one) => one.setAttribute("aria-pressed", String(one === button)));
    $("#board-paper", pane).dataset.tool = tool;
    view.setMoving(tool === "move");
  }));
  for (const [name, colors] of [["ink", INKS], ["paper", NOTES]]) {
    $$(`[name=${name}]`, pane).forEach((input) => input.parentElement.style.setProperty("--ink-of", colors[input.value]));
  }
  const press = (id, deed) => $(`#board-${id}`)?.addEventListener("click", deed);
  const ask = (what, given) => room.ask(what, given).then(() => true, () => false);
  press("undo", undo);
  press("redo", redo);
  press("in", () => view.zoom(1.25));
  press("out", () => view.zoom(0.8));
  press("fit", () => view.fit());
  press("open", () => ask("board.set", { open: true }));
  press("close", () => ask("board.set", { open: false }));
  press("show", () => { hidden = false; show(); });
  press("hide", () => { hidden = true; show(); $("#board-show").focus(); });
  press("clear", () => confirm(pane.dataset.sayClear) && ask("board.clear"));
  press("notes-toggle", () => {
    const notesShown = $("#board-notes", pane);
    notesShown.hidden = !notesShown.hidden;
    $("#board-notes-toggle", pane).setAttribute("aria-expanded", String(!notesShown.hidden));
  });
  press("save", async () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await view.picture());
    link.download = "whiteboard.png";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  });
  $("#board-all", pane)?.addEventListener("change", (event) => ask("board.set", { all_draw: event.target.checked }));
  $("#board-saving", pane)?.addEventListener("change", (event) => ask("board.set", { may_save: event.target.checked }));
  $("#board-keep", pane)?.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await ask("board.keep", { title: $("#board-title", pane).value })) room.toast(pane.dataset.sayKept);
  });
  pane.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z" || event.target.closest("textarea, input[type=text], #board-title")) return;
    event.preventDefault();
    if (event.shiftKey) redo(); else undo();
  });
  document.addEventListener("click", (event) => {
    const more = $("#board-more", pane);
    if (more?.open && !more.contains(event.target)) more.open = false;
  });

  room.part("board", (now) => {
    const was = settings.open;
    set(now);
    if (now.open && was) sync();
  });
  room.on("board.now", set);
  room.on("board.op", ({ ops }) => hear(ops));
  room.on("board.lost", () => sync());
  room.on("board.cleared", () => {
    held = held && [];
    wiped = true;
    board.reset([]);
    board.forget();
    redraw();
    room.announce(pane.dataset.sayCleared);
  });
  room.on("people", () => list.draw());
}
