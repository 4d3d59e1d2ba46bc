// Cards above the leaders' stage: who is not OK, who has trouble, who dropped out. Urgent, and no more of it than is needed.
import { $, $$, fill, glossary, words } from "./dom.js";
import { writeTo } from "./leader.js";

export function startCards(room, root) {
  const place = $("#care-cards");
  const said = glossary($("#card-words"));
  const cards = new Map(); // uid → {element, data, kind}
  $("#over-stage").prepend(place);

  const clock = (text) => new Date(text).toLocaleTimeString(room.data.language, { hour: "numeric", minute: "2-digit" });
  const address = (text, uid) => text.replace(root.dataset.nobody, uid);

  function put(uid, element, data) {
    const known = cards.get(uid);
    if (known) known.data = data;
    else {
      element.dataset.uid = uid;
      // The gravest stands first: not OK, dropped out, then the rest; the oldest of each first.
      const after = [...cards.values()].find((one) => weight(one.data) > weight(data));
      place.insertBefore(element, after?.element || null);
      cards.set(uid, { element, data });
    }
    counted();
  }
  const weight = (data) => ({ not_ok: 0, trouble: 2 })[data.kind] ?? 1;
  function drop(uid) {
    const known = cards.get(uid);
    if (!known) return;
    const focused = known.element.contains(document.activeElement);
    known.element.remove();
    cards.delete(uid);
    counted();
    if (focused) ($(".alert-card-title", place) || $("#main")).focus();
  }
  function counted() {
    place.hidden = cards.size === 0;
    room.badge("leader", cards.size, "cards");
  }

  function call(data, { news = false } = {}) {
    if (data.closed) {
      drop(data.uid);
      return;
    }
    const title = words(said[data.kind], { name: data.name });
    const isNew = !cards.has(data.uid);
    const element = cards.get(data.uid)?.element || fill($("#call-card"), { title });
    element.dataset.kind = data.kind;
    $(".alert-card-words", element).textContent = data.text;
    $(".alert-card-taken", element).textContent = data.taken_by ? words(said.taken, { name: data.taken_by }) : "";
    $("[data-do=take]", element).hidden = Boolean(data.taken_by);
    const gentle = data.kind === "not_ok";
    $("[data-do=ground]", element).hidden = !gentle;
    $("[data-do=private]", element).hidden = true; // see aside
    const concern = $("[data-do=concern]", element);
    concern.hidden = !gentle || !data.patient;
    if (data.patient) concern.href = address(root.dataset.concern, data.patient);
    put(data.uid, element, data);
    tick();
    if (isNew && news) room.announce(title, { urgent: gentle });
  }

  function lost(data, { news = false } = {}) {
    if (data.outcome) {
      if (cards.has(data.uid) && data.outcome === "returned") {
        const line = words(said.returned, { name: data.name });
        room.toast(line);
        room.announce(line);
      }
      drop(data.uid);
      return;
    }
    const title = words(said.lost, { name: data.name });
    const isNew = !cards.has(data.uid);
    const element = cards.get(data.uid)?.element || fill($("#lost-card"), { title });
    $("[data-do=called]", element).hidden = Boolean(data.called_at);
    put(data.uid, element, data);
    tick();
    if (isNew && news) room.announce(title, { urgent: true });
  }

  // Not offered once they are together; another program makes its own rooms.
  function aside(element, key) {
    const together = room.beside?.private && room.people.get(key)?.beside === room.beside.id;
    $("[data-do=private]", element).hidden = together || room.data.backend === "link";
  }

  // Where they are, minutes since a call, and the time until a lost person is called.
  function tick() {
    for (const { element, data } of cards.values()) {
      const place = $(".alert-card-where", element);
      const there = place && room.whereIs?.(room.people.get(data.key)?.beside);
      const where = !there ? "" : there.aside ? there.name : words(said.where, { room: there.name });
      if (place && place.textContent !== where) place.textContent = where;
      if (data.kind === "not_ok") aside(element, data.key);
      const minutes = Math.max(0, Math.floor((Date.now() - new Date(data.at || data.lost_at)) / 60000));
      $(".alert-card-when", element).textContent = minutes ? words(said.ago, { n: minutes }) : said.now;
      if (!data.lost_at) continue;
      const left = Math.ceil((new Date(data.call_at) - Date.now()) / 1000);
      const due = left <= 0 && !data.called_at;
      const timer = $(".lost-timer span", element);
      const text = data.called_at ? words(said.called, { name: data.called_by, time: clock(data.called_at) })
        : due ? said.call : words(said.wait, { time: `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` });
      if (timer.textContent !== text) timer.textContent = text;
      if (due && !element.classList.contains("is-due")) room.announce(`${words(said.lost, { name: data.name })}. ${said.call}`, { urgent: true });
      element.classList.toggle("is-due", due);
      $("[data-do=number]", element).classList.toggle("btn-primary", due);
    }
  }
  setInterval(tick, 1000);
  room.on("besides", tick);
  room.on("people", tick);

  async function numbers(uid, element) {
    const shown = $(".lost-numbers", element);
    try {
      const answer = await fetch(address(root.dataset.lost, uid), { redirect: "manual" });
      if (!answer.ok) throw new Error(String(answer.status));
      shown.replaceChildren(...new DOMParser().parseFromString(await answer.text(), "text/html").body.childNodes);
      $("[data-do=number]", element).hidden = true;
    } catch {
      shown.textContent = said.number_away;
    }
    shown.hidden = false;
  }

  place.addEventListener("click", ({ target }) => {
    const what = target.closest("[data-do]")?.dataset.do;
    const element = target.closest(".alert-card");
    const uid = element?.dataset.uid;
    if (!what || !uid) return;
    const { key } = cards.get(uid).data;
    if (what === "open") {
      $("#drawer-close").click();
      $(".alert-card-title", element).focus();
    } else if (what === "take") room.ask("call.take", { uid }).catch(() => {});
    else if (what === "write") writeTo(room, key);
    else if (what === "private") {
      // Who goes with them has taken it on.
      if (!cards.get(uid).data.taken_by) room.ask("call.take", { uid }).catch(() => {});
      document.dispatchEvent(new CustomEvent("room:private", { detail: { key } }));
    }
    else if (what === "ground") room.ask("leader.ground", { exercise: "senses", key }).catch(() => {});
    else if (what === "number") numbers(uid, element);
    else if (what === "called") room.ask("drop_out.called", { uid }).catch(() => {});
  });
  place.addEventListener("submit", async (event) => {
    event.preventDefault();
    const element = event.target.closest(".alert-card");
    const given = Object.fromEntries(new FormData(event.target));
    const what = element.dataset.kind === "lost" ? "drop_out.end" : "call.close";
    try {
      await room.ask(what, { uid: element.dataset.uid, ...given });
    } catch (no) {
      $(`[name="${no.field}"]`, element)?.focus();
    }
  });

  room.part("care", (care) => {
    if (!care) return;
    const open = new Set([...care.calls, ...care.drop_outs].map((one) => one.uid));
    for (const uid of [...cards.keys()]) if (!open.has(uid)) drop(uid);
    care.calls.forEach((one) => call(one));
    care.drop_outs.forEach((one) => lost(one));
    const urgent = $$("[data-kind=not_ok] .alert-card-title", place).map((one) => one.textContent);
    if (urgent.length) room.announce(urgent.join(". "), { urgent: true });
  });
  room.on("call", (data) => call(data, { news: true }));
  room.on("drop_out", (data) => lost(data, { news: true }));
}
