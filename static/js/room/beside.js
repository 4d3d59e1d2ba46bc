// Rooms beside the room: the line over the stage that says where one is. What leaders do with them is in beside_lead.js.
import { $, fill, words } from "./dom.js";
import { lead } from "./beside_lead.js";
import { clock, timeLeft } from "./beside_time.js";

export function start(room) {
  const over = $("#over-stage");
  const said = $("#beside-words").dataset;
  let mine = null; // the room beside they are in
  let called = false;
  let coming = "";
  let told = new Set();
  let line = null;
  let supported = null;
  let warned = false;

  function draw() {
    if (!mine) {
      line?.remove();
      line = null;
      return;
    }
    if (!line) {
      line = fill($("#beside-here"));
      line.addEventListener("click", pressed);
      over.prepend(line);
    }
    const own = mine.private && !room.me.leads;
    text("where", where());
    text("note", called ? (coming ? words(said.coming, { name: coming }) : said.called) : "");
    control("help").hidden = room.me.leads || mine.private || called;
    $(".beside-consent", line).hidden = !own;
    control("tell").hidden = told.has(room.me.key);
    control("untell").hidden = !told.has(room.me.key);
    tick();
  }
  // For a leader: with whom. For whoever was taken aside it is a leader, whichever comes and goes.
  function where() {
    if (!mine.private) return words(said.moved, { room: mine.name });
    const others = [...room.people.values()].filter((one) => one.beside === mine.id && one.key !== room.me.key);
    return room.me.leads && others.length ? words(said.privateWith, { names: others.map((one) => one.name).join(", ") }) : said.private;
  }
  const text = (name, value) => { $(`[data-t="${name}"]`, line).textContent = value; };
  const control = (name) => $(`[data-control="${name}"]`, line);

  function tick() {
    if (!line) return;
    if (!mine?.closes_at) {
      text("left", "");
      return;
    }
    const left = timeLeft(mine.closes_at);
    text("left", words(said.left, { time: left.text }));
    line.classList.toggle("is-late", left.seconds <= 60);
    if (left.seconds <= 60 && left.seconds > 0 && !warned) {
      warned = true;
      room.toast(said.minute);
      room.announce(said.minute, { own: true });
    }
    if (left.seconds > 60) warned = false;
  }
  setInterval(tick, 1000);

  async function pressed(event) {
    const what = event.target.closest("[data-control]")?.dataset.control;
    const deed = { help: ["beside.help"], back: ["beside.back"], tell: ["beside.tell", { told: true }], untell: ["beside.tell", { told: false }] }[what];
    if (deed) await room.ask(...deed).catch(() => {});
  }

  function drawSupported() {
    const names = [...told].filter((key) => key !== room.me.key).map((key) => room.people.get(key)?.name).filter(Boolean);
    supported?.remove();
    supported = null;
    if (!names.length) return;
    const sentence = words(names.length > 1 ? said.several : said.supported, { names: names.join(", ") });
    supported = fill($("#beside-note"), { text: sentence });
    over.append(supported);
  }

  function moved(to, { quietly = false } = {}) {
    const before = mine;
    mine = to;
    warned = false;
    if (before?.id !== to?.id) {
      called = false;
      coming = "";
    }
    room.beside = mine;
    draw();
    if (quietly || before?.id === to?.id) return;
    room.announce(mine ? line.querySelector("[data-t=where]").textContent : said.back, { own: true });
    room.emit("beside", mine);
  }

  room.part("beside", (now) => {
    clock.ahead = Date.parse(now.now) - Date.now();
    told = new Set(now.told);
    called = now.called;
    moved(now.mine, { quietly: true });
    drawSupported();
  });
  room.on("you.moved", ({ beside }) => moved(beside));
  room.on("beside.until", ({ closes_at }) => {
    if (mine && !mine.private) mine.closes_at = closes_at;
    draw();
  });
  room.on("beside.help", (now) => {
    called = now.called;
    coming = now.coming || "";
    if (called) room.announce(coming ? words(said.coming, { name: coming }) : said.called, { own: true });
    draw();
  });
  room.on("beside.told", ({ key, told: may }) => {
    if (may) told.add(key); else told.delete(key);
    draw();
    drawSupported();
    if (may && supported && key !== room.me.key) room.announce(supported.textContent);
  });
  room.on("people", () => {
    drawSupported();
    draw();
  });
  room.on("beside.word", ({ text: heard, from }) => {
    const word = fill($("#beside-heard"), { text: words(said.word, { name: from, text: heard }) });
    $("[data-control=close]", word).addEventListener("click", () => word.remove());
    over.append(word);
    room.announce(word.querySelector("[data-t]").textContent, { own: true });
    setTimeout(() => word.remove(), 60000);
  });
  if ($("#beside")) lead(room);
}
