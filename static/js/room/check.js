// The closing check: a quiet offer to those in care, its four questions in the panel, sent without leaving the room.
import { $, $$ } from "./dom.js";

const TWICE = 700; // milliseconds: a nervous double tap takes nothing back

// Whether the agenda has come to it.
export const isBegun = ({ steps = [] }) => steps.some((step) => step.kind === "closing_check" && step.began_at);

export function start(room) {
  const section = $("#check");
  if (!section) return;
  const place = $("#check-form");
  const strip = $("#check-strip");
  $("#over-stage").append(strip);
  let open = false, done = false;

  // What the portal answers is a fragment of a page of ours. Scripts in it would not run.
  function put(html) {
    const found = new DOMParser().parseFromString(html, "text/html");
    place.replaceChildren(...found.body.childNodes);
    done = Boolean($("[data-check-done]", place));
    if (done) finished();
  }
  function finished() {
    done = true;
    strip.hidden = true;
    room.badge("own", 0, "check");
  }
  function notToday() {
    place.textContent = place.dataset.notToday;
    finished();
    room.toast(place.dataset.notToday);
  }

  async function show() {
    if (open) return;
    open = true;
    section.hidden = false;
    try {
      const answer = await fetch(section.dataset.address, { headers: { "X-Nobody-Asked": "1" }, redirect: "manual" });
      if (!answer.ok) throw new Error(String(answer.status));
      put(await answer.text());
    } catch {
      open = false; // the next picture tries again
      place.textContent = place.dataset.away;
      return;
    }
    if (done) return;
    strip.hidden = false;
    room.badge("own", 1, "check");
    room.announce(section.dataset.say, { own: true });
  }

  async function send(form) {
    const button = $("button.btn-primary", form);
    button.disabled = true;
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual" });
      if (!answer.ok && answer.status !== 422) throw new Error(String(answer.status));
      put(await answer.text());
      if (done) $("#check-title").focus();
      else ($("[role=alert]", place) || place).scrollIntoView({ block: "nearest" });
    } catch {
      button.disabled = false;
      room.toast(place.dataset.away);
    }
  }

  place.addEventListener("submit", (event) => {
    event.preventDefault();
    send(event.target);
  });
  const chosen = new Map();
  place.addEventListener("click", (event) => {
    if (event.target.closest("[data-check-not-today]")) notToday();
    // Pressing an answer again takes it back: a blank is an answer of its own.
    const since = chosen.get(event.target);
    if (since !== undefined && performance.now() - since > TWICE) event.target.checked = false;
    for (const radio of $$("input[type=radio]", place)) {
      if (!radio.checked) chosen.delete(radio);
      else if (!chosen.has(radio)) chosen.set(radio, performance.now());
    }
  });
  $("[data-answer]", strip).addEventListener("click", () => {
    strip.hidden = true;
    room.open("own");
    section.scrollIntoView({ block: "start" });
    $("#check-title").focus();
  });
  $("[data-not-today]", strip).addEventListener("click", notToday);

  room.part("check", (check) => { if (check.open) show(); });
  room.on("check.open", show);
  room.on("agenda", (agenda) => { if (isBegun(agenda)) show(); });
}
