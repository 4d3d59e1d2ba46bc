// What is one's own: “I’m not OK”, stepping away, technical trouble. It reaches the leaders by the socket, or where that is slow by HTTP.
import { $, words } from "./dom.js";
import { startGrounding } from "./ground.js";
import { startNotes } from "./notes.js";

const SOCKET_WITHIN = 3000; // milliseconds; then by HTTP as well: one call is opened however often it comes

// By the socket, and when that does not answer in time by HTTP too. Rejects when neither reached the house.
export async function askSurely(room, what, given = {}) {
  const over = new Promise((_resolve, reject) => setTimeout(() => reject({ code: "slow", message: "" }), SOCKET_WITHIN));
  try {
    return await Promise.race([room.ask(what, given, { silent: true, byHttp: false }), over]);
  } catch (no) {
    if (!["away", "slow", "too_fast"].includes(no.code)) throw no;
    return room.askByHttp(what, given);
  }
}

export function start(room) {
  const ground = startGrounding(room);
  startNotes(room);
  startNotOk(room, ground);
  startAway(room);
  startTrouble(room);
}

function startNotOk(room, ground) {
  const card = $("#not-ok-card");
  const title = $("#not-ok-title");
  const text = $("#not-ok-text");
  const button = $("#not-ok");
  $("#room").append(card); // seen from anywhere, at the door too

  function shown(stage, name = "") {
    card.dataset.stage = stage;
    title.textContent = words(title.dataset[stage], { name });
    text.textContent = text.dataset[stage] || "";
    $("#not-ok-form").hidden = $("#not-ok-mistake").hidden = !["told", "taken"].includes(stage);
    button?.classList.toggle("is-told", ["told", "taken"].includes(stage));
  }

  async function press() {
    const again = !card.hidden && ["told", "taken"].includes(card.dataset.stage);
    card.hidden = false;
    if (!again) shown("sending");
    title.focus();
    try {
      known(await askSurely(room, "call.not_ok"));
    } catch (no) {
      shown("failed");
      if (no.message) text.textContent = no.message;
    }
    room.announce(title.textContent, { urgent: true });
  }

  function known(call) {
    shown(call.closed ? "closed" : call.taken_by ? "taken" : "told", call.taken_by);
  }

  async function more(said) {
    try {
      known(await askSurely(room, "call.not_ok", { text: said }));
      return true;
    } catch (no) {
      room.toast(no.message || title.dataset.failed);
      return false;
    }
  }

  document.addEventListener("click", (event) => { if (event.target.closest("#not-ok, [data-not-ok]")) press(); });
  $("#not-ok-close").addEventListener("click", () => { card.hidden = true; (button || $("#main")).focus(); });
  $("#not-ok-breathe").addEventListener("click", () => ground.show("box"));
  $("#not-ok-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const field = $("#not-ok-words");
    if (field.value.trim() && (await more(field.value))) field.value = "";
  });
  $("#not-ok-mistake").addEventListener("click", async ({ currentTarget }) => {
    if (!(await more(currentTarget.dataset.words))) return;
    room.toast(currentTarget.dataset.sent);
    card.hidden = true;
  });
  room.on("own.call", (call) => {
    if (call.kind !== "not_ok") return;
    const was = card.dataset.stage;
    known(call);
    if (was !== card.dataset.stage && card.dataset.stage !== "told") room.announce(title.textContent, { own: true });
  });
  room.part("own", ({ calls }) => {
    const mine = calls.find((call) => call.kind === "not_ok");
    if (mine) known(mine);
    else if (["told", "taken"].includes(card.dataset.stage)) shown("closed"); // while this page was away
  });
}

function startAway(room) {
  const button = $("#own-away");
  const strip = $("#away-strip");
  $("#over-stage").append(strip);
  let away = false;

  function shown(now) {
    away = now;
    const label = $("span", button);
    button.setAttribute("aria-pressed", String(away));
    label.textContent = away ? label.dataset.away : label.dataset.here;
    strip.hidden = !away;
  }
  const change = () => room.ask(away ? "own.back" : "own.away").catch(() => {});
  button.addEventListener("click", change);
  $("[data-back]", strip).addEventListener("click", () => { change(); button.focus(); });
  room.part("own", (own) => shown(own.away));
  room.on("people.changed", (what) => { if (what.key === room.me.key && "away" in what) shown(what.away); });
}

function startTrouble(room) {
  const form = $("#own-trouble-form");
  const told = $("#own-trouble-told");
  const line = $("span", told);

  function shown(call) {
    const open = Boolean(call && !call.closed);
    form.hidden = open;
    told.hidden = !open;
    if (open) line.textContent = call.taken_by ? words(line.dataset.taken, { name: call.taken_by }) : line.dataset.told;
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const given = new FormData(form);
    const text = [given.get("what"), given.get("text").trim()].filter(Boolean).join(". ");
    try {
      shown(await askSurely(room, "call.trouble", { text }));
      form.reset();
      $("#own-works").focus();
      room.announce(line.textContent, { own: true });
    } catch (no) {
      if (no.message) room.toast(no.message);
    }
  });
  $("#own-works").addEventListener("click", () => room.ask("call.works_again").catch(() => {}));
  room.part("own", ({ calls }) => shown(calls.find((call) => call.kind === "trouble")));
  room.on("own.call", (call) => { if (call.kind === "trouble") shown(call); });
}
