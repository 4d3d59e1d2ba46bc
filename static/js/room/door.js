// The door: the waiting screen of whoever is at it, and for leaders who is there, their cards, letting in, putting out.
import { $, $$, fill, glossary, redraw, words } from "./dom.js";
import { isQuiet } from "./say.js";

const QUIET_FOR = 4000; // milliseconds in which whoever knocks next is of the same coming

export function start(room) {
  waiting(room);
  if ($("#door-panel")) leading(room);
}

function waiting(room) {
  const screen = $("#door-waiting");
  const title = $("#waiting-title");
  const word = $("#door-word");
  let locked = screen.dataset.locked === "1";

  function draw() {
    const state = room.me?.state;
    if (state !== "waiting" && state !== "preparing") return;
    const shown = state === "waiting" ? ["waiting"] : locked ? ["locked"] : ["preparing"];
    title.textContent = shown[0] === "locked" ? screen.dataset.shut : screen.dataset[shown[0]];
    for (const element of $$("[data-when]", screen)) element.hidden = !shown.includes(element.dataset.when);
    if (state === "waiting") word.hidden = true;
  }

  room.on("state", draw);
  room.on("you", ({ state }) => {
    if (state === "waiting") room.announce(screen.dataset.sayKnocked, { own: true });
  });
  room.on("door.locked", (data) => {
    locked = data.locked;
    draw();
    room.announce(locked ? screen.dataset.shut : screen.dataset.sayOpen, { own: true });
  });
  room.on("door.word", ({ text }) => {
    $("[data-t=text]", word).textContent = text;
    word.hidden = false;
    room.announce(text, { urgent: true });
  });
  $("#door-knock").addEventListener("click", async () => {
    try {
      await room.ask("door.knock");
    } catch (no) {
      if (no.code === "locked") {
        locked = true;
        draw();
      } else if (["no_arrival", "not_signed"].includes(no.code) && $("#door-back")) {
        location.assign($("#door-back").href);
      }
    }
  });
}

function leading(room) {
  const panel = $("#door-panel");
  const list = $("#door-list");
  const said = glossary($("#door-words"));
  const there = new Map(); // key → row, in the order of the picture and of knocking
  const open = new Map(); // key → the card's element, kept while the list is drawn anew
  let isLocked = false;

  function note(one) {
    const since = one.knocked_at && one.state === "waiting" ? Math.floor((Date.now() - Date.parse(one.knocked_at)) / 60000) : 0;
    return [
      one.state === "preparing" ? said.preparing : "", one.here ? "" : said.gone, one.part === "visitor" ? said.visitor : "",
      one.private === false ? said.not_private : "", one.confirmed_at ? said.confirmed : "",
      since > 0 ? words(said.since, { n: since }) : "",
    ].filter(Boolean).join(" · ");
  }

  function stop(one) {
    if (!one.stop) return "";
    const names = one.licensed.join(", ");
    const more = one.stop !== "not_licensed" ? "" : words(names ? said.licensed_there : said.nobody_there, { place: one.place, names });
    return [words(said[one.stop], { place: one.place }), more].filter(Boolean).join(" ");
  }

  function row(one) {
    const why = stop(one);
    const element = fill($("#door-row"), { name: one.name, note: note(one), stop: why });
    element.dataset.key = one.key;
    const place = $(".door-stop", element);
    place.hidden = !why;
    place.classList.toggle("is-soft", one.stop !== "not_licensed");
    $("[data-control=admit]", element).disabled = Boolean(one.stop) || isLocked;
    $("[data-control=away]", element).hidden = one.state !== "waiting";
    const card = open.get(one.key);
    if (card) {
      $(".door-card", element).replaceWith(card);
      $("[data-control=card]", element).setAttribute("aria-expanded", String(!card.hidden));
    }
    return element;
  }

  // Somebody who reads or writes in a card is not disturbed by what happens to others.
  function draw() {
    const writing = document.activeElement?.closest(".door-help") ? document.activeElement : null;
    const all = [...there.values()];
    const at = all.filter((one) => one.state !== "removed")
      .sort((a, b) => (a.knocked_at || "9").localeCompare(b.knocked_at || "9"));
    const removed = all.filter((one) => one.state === "removed");
    redraw(list, at.map(row));
    redraw($("#door-removed-list"), removed.map((one) => {
      const element = fill($("#door-removed-row"), { name: one.name });
      element.dataset.key = one.key;
      return element;
    }));
    writing?.focus();
    const knocking = at.filter((one) => one.state === "waiting");
    $("#door-removed").hidden = !removed.length;
    $("#door-empty").hidden = at.length > 0;
    $("#door-all").hidden = knocking.length < 2;
    $("#door-admit-confirmed").disabled = !knocking.some((one) => one.confirmed_at);
    $("#door-count").textContent = at.length ? `(${at.length})` : "";
    room.badge("people", knocking.length, "door");
  }

  function lockDrawn(locked) {
    isLocked = locked;
    $("#door-lock").setAttribute("aria-pressed", String(locked));
    $("#door-locked").hidden = !locked;
    draw();
  }

  room.part("door", (people) => {
    there.clear();
    for (const one of people) there.set(one.key, one);
    for (const key of open.keys()) if (!there.has(key)) open.delete(key);
    draw();
  });
  room.part("room", ({ locked }) => lockDrawn(locked));
  room.on("room.locked", ({ locked }) => lockDrawn(locked));
  room.on("door.changed", (one) => { there.set(one.key, one); draw(); });
  room.on("door.knock", (one) => {
    there.set(one.key, one);
    draw();
    knocked(one.name);
  });
  // When a session begins everybody knocks: one sentence that grows, not one over the other, and one sound for those who come together.
  let knocks = { line: null, names: [], at: -QUIET_FOR };
  function knocked(name) {
    const again = performance.now() - knocks.at < QUIET_FOR || knocks.line?.isConnected;
    if (performance.now() - knocks.at >= QUIET_FOR) chime();
    const waits = new Set([...there.values()].filter((one) => one.state === "waiting").map((one) => one.name));
    const names = again ? [...knocks.names.filter((one) => one !== name && waits.has(one)), name] : [name];
    const text = names.length > 1
      ? words(panel.dataset.sayKnockAll, { names: new Intl.ListFormat(room.data.language).format(names) })
      : words(panel.dataset.sayKnock, { name });
    room.announce(words(panel.dataset.sayKnock, { name }), { own: true });
    knocks.line?.remove();
    knocks = { line: room.isOpen("people") ? null : room.toast(text), names, at: performance.now() };
  }
  room.on("door.left", ({ key }) => { there.delete(key); open.delete(key); draw(); });
  setInterval(draw, 60_000);

  // --- what is asked
  const ask = (what, given) => room.ask(what, given).catch(() => {});
  $("#door-lock").addEventListener("click", () => ask("door.lock", { locked: !isLocked }));
  const admitAll = async (confirmed) => {
    const done = await ask("door.admit_all", { confirmed });
    for (const { key, message } of done?.kept || []) {
      room.toast(words(panel.dataset.sayKept, { name: there.get(key)?.name || "", message }));
    }
    if (done) room.announce(words(panel.dataset.sayIn, { n: done.count }), { own: true });
  };
  $("#door-admit-all").addEventListener("click", () => admitAll(false));
  $("#door-admit-confirmed").addEventListener("click", () => admitAll(true));

  panel.addEventListener("click", (event) => {
    const control = event.target.closest("[data-control]");
    const key = control?.closest("[data-key]")?.dataset.key;
    if (!key || control.disabled) return;
    const name = there.get(key)?.name || "";
    if (control.dataset.control === "admit") ask("door.admit", { key });
    if (control.dataset.control === "card") toggle(key, control);
    if (control.dataset.control === "away") why("away", name, (text) => room.ask("door.turn_away", { key, words: text }, { silent: true }));
    if (control.dataset.control === "readmit") why("readmit", name, (text) => room.ask("door.readmit", { key, why: text }, { silent: true }));
  });
  panel.addEventListener("change", async (event) => {
    if (event.target.dataset.control !== "confirm") return;
    const key = event.target.closest("[data-key]").dataset.key;
    const { checked, dataset } = event.target;
    try {
      await room.ask("door.confirm", { key, aloud: checked, said: dataset.said || "" });
    } catch (no) {
      event.target.checked = !checked;
      const card = event.target.closest(".door-card");
      if (no.code === "said_anew" && card) await fetched(key, card);
    }
  });
  panel.addEventListener("submit", async (event) => {
    const form = event.target.closest("[data-control=help]");
    if (!form) return;
    event.preventDefault();
    const key = form.closest("[data-key]").dataset.key;
    const given = Object.fromEntries(new FormData(form));
    if (await room.ask("door.help", { key, ...given }).then(() => true, () => false)) room.toast(panel.dataset.saidSaved);
  });

  // --- a card: fetched anew each time it is opened, so that each reading is on the record
  async function toggle(key, button) {
    const place = button.closest(".door-row").querySelector(".door-card");
    if (open.has(key)) {
      open.delete(key);
      place.hidden = true;
      place.replaceChildren();
      button.setAttribute("aria-expanded", "false");
      return;
    }
    open.set(key, place);
    if (!(await fetched(key, place))) open.delete(key);
    draw();
  }

  async function fetched(key, place) {
    try {
      const answer = await fetch(panel.dataset.card.replace("KEY", key), { redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      place.replaceChildren(...page.body.children);
      place.hidden = false;
      return true;
    } catch {
      room.toast(panel.dataset.failed);
      return false;
    }
  }

  // Of somebody who is in: where they are is wanted most when something happens.
  async function showCard(key) {
    if (await fetched(key, $("#door-card-facts"))) $("#door-card").showModal();
  }
  $("#door-card").addEventListener("close", () => $("#door-card-facts").replaceChildren());

  // --- a reason, or a sentence
  const dialog = $("#door-why");
  const text = $("#door-why-text");
  let deed = null;
  function why(what, name, done) {
    $("#door-why-title").textContent = words(said[`${what}_title`], { name });
    $("label", dialog).textContent = said[`${what}_label`];
    $("#door-why-do").textContent = said[`${what}_do`];
    $("#door-why-do").classList.toggle("btn-danger", what === "remove");
    $("#door-why-error").textContent = "";
    text.value = "";
    deed = done;
    $("#door-why-what").textContent = said[`${what}_what`] || "";
    $("#door-why-no").textContent = said[`${what}_no`] || said.no;
    dialog.showModal();
    text.focus();
  }
  $("form", dialog).addEventListener("submit", async (event) => {
    if (event.submitter?.value !== "do") return;
    event.preventDefault();
    try {
      await deed(text.value);
      dialog.close();
    } catch (no) {
      $("#door-why-error").textContent = no.message || "";
      text.focus();
    }
  });

  // From the menu of somebody who is in.
  room.on("person.card", ({ key }) => showCard(key));
  room.on("person.remove", ({ key, name }) => {
    why("remove", name, async (reason) => {
      await room.ask("door.remove", { key, why: reason }, { silent: true });
      room.toast(words(said.removed, { name }));
      room.announce(words(said.removed, { name }), { own: true });
    });
  });
}

// Two soft tones. A page nobody has touched yet may make no sound: then there is none.
function chime() {
  if (isQuiet() || !window.AudioContext) return;
  const sound = new AudioContext();
  if (sound.state !== "running") {
    sound.close();
    return;
  }
  [523, 659].forEach((pitch, place) => {
    const [tone, volume] = [sound.createOscillator(), sound.createGain()];
    const from = sound.currentTime + place * 0.18;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0, from);
    volume.gain.linearRampToValueAtTime(0.06, from + 0.03);
    volume.gain.exponentialRampToValueAtTime(0.0001, from + 0.5);
    tone.connect(volume).connect(sound.destination);
    tone.start(from);
    tone.stop(from + 0.5);
  });
  setTimeout(() => sound.close(), 1200);
}
