// Notes for everybody: as a list that is read, and everything done to them by keyboard too.
import { $, fill, redraw, words } from "./dom.js";
import { HEIGHT, NOTE, WIDTH, newId } from "./board_model.js";

const STEP = 20; // units an arrow key moves a note
const KEYS = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };

export function notes(room, pane, board, { may, mayDraw, act }) {
  const list = $("#board-list", pane);
  const dialog = $("#board-dialog", pane);
  const text = $("#board-text", pane);
  let writing = null; // {id} of a note that is changed, {x, y} of a new one

  function draw() {
    const shown = board.shown().filter((item) => item.kind === "note");
    $("#board-no-notes", pane).hidden = shown.length > 0;
    $("#board-add", pane).hidden = !mayDraw();
    redraw(list, shown.map(row));
  }

  function row(item) {
    const name = item.by === room.me?.key ? pane.dataset.sayMine : room.people.get(item.by)?.name || "";
    const element = fill($("#board-note-row", pane), { text: item.text, by: name });
    element.dataset.key = item.id;
    element.dataset.paper = item.color;
    $(".board-note-tools", element).hidden = !may(item);
    element.addEventListener("click", (event) => {
      const what = event.target.closest("[data-control]")?.dataset.control;
      if (what === "edit") write(item.id);
      if (what === "gone") {
        act({ op: "gone", id: item.id });
        room.announce(pane.dataset.sayGone, { own: true });
        (list.querySelector("[data-control=gone]") || $("#board-add", pane)).focus();
      }
    });
    element.addEventListener("keydown", (event) => {
      const step = event.target.closest("[data-control=move]") && KEYS[event.key];
      if (!step) return;
      event.preventDefault();
      const inside = (value, most) => Math.min(most, Math.max(0, value));
      const at = board.items.get(item.id) ?? item; // the whole board may have come anew since
      act({ op: "move", id: item.id, x: inside(at.x + step[0], WIDTH - NOTE.width), y: inside(at.y + step[1], HEIGHT - NOTE.height) });
    });
    return element;
  }

  // A new note at a place of the board, or another wording of one.
  function write(id, at) {
    const item = id && board.items.get(id);
    if (id && (item?.kind !== "note" || !may(item))) return;
    writing = item ? { id } : { x: at.x, y: at.y };
    text.value = item?.text || "";
    if (item) $(`[name=paper][value=${item.color}]`, dialog).checked = true;
    dialog.showModal();
    text.focus();
  }

  // Where there is room for one: beside each other, then in the next row.
  function free() {
    const shown = board.shown().filter((item) => item.kind === "note");
    for (let y = 40; y + NOTE.height < HEIGHT; y += NOTE.height + 20) {
      for (let x = 40; x + NOTE.width < WIDTH; x += NOTE.width + 20) {
        if (!shown.some((item) => Math.abs(item.x - x) < NOTE.width && Math.abs(item.y - y) < NOTE.height)) return { x, y };
      }
    }
    return { x: 60, y: 60 };
  }

  $("#board-note", pane).addEventListener("submit", () => {
    const value = text.value.trim();
    if (!value || !writing) return;
    const color = $("[name=paper]:checked", dialog).value;
    const { x, y } = writing;
    if (writing.id) act({ op: "edit", id: writing.id, text: value, color });
    else act({ op: "add", item: { id: newId(), kind: "note", color, text: value, x: Math.min(x, WIDTH - NOTE.width), y: Math.min(y, HEIGHT - NOTE.height) } });
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("#board-note", pane).requestSubmit();
  });
  $("#board-cancel", pane).addEventListener("click", () => dialog.close());
  $("#board-add", pane).addEventListener("click", () => write(null, free()));

  // What others write is said.
  function heard(op) {
    if (op.op !== "add" || op.item.kind !== "note" || op.item.by === room.me?.key) return;
    room.announce(words(pane.dataset.sayNote, { name: room.people.get(op.item.by)?.name || "", text: op.item.text }));
  }

  return { draw, write, heard };
}
