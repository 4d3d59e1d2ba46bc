// The leaders' panel: the balance of talk, each person's ratings and tools, what is for everybody, guidelines that were not kept.
import { startCards } from "./cards.js";
import { isBegun } from "./check.js";
import { $, $$, fill, glossary, redraw, words } from "./dom.js";

const EVERY = 20000; // milliseconds between two looks at the balance while the panel is open
const SCALES = ["tone", "engagement"];

// The chat begins a private line to somebody.
export const writeTo = (room, key, text = "") => room.emit("write", { key, text });

export function start(room) {
  const root = $("#lead");
  if (!root) return;
  const said = glossary($("#lead-words"));
  const ratings = {};
  let balance = null;
  startCards(room, root);

  const percent = (share) => new Intl.NumberFormat(room.data.language, { style: "percent" }).format(share);
  const long = (seconds) => (seconds < 60 ? words(said.seconds, { n: seconds }) : words(said.minutes, { n: Math.round(seconds / 60) }));

  // --- the balance: words first, bars second
  async function look() {
    try {
      balance = await room.ask("leader.balance", {}, { silent: true, byHttp: false }); // by itself: never by HTTP, where it would count as somebody being there
      draw();
    } catch { /* the next look */ }
  }
  setInterval(() => { if (room.connected && !document.hidden && room.isOpen("leader")) look(); }, EVERY);
  room.on("opened", (name) => { if (name === "leader" && room.connected) { look(); climate(); } });

  function summary() {
    const members = balance.people.filter((one) => !one.leads);
    const names = (found) => new Intl.ListFormat(room.data.language).format(found.map((one) => one.name));
    const silent = members.filter((one) => one.is_silent), much = members.filter((one) => one.takes_much);
    const lines = [];
    if (balance.leaders === null) lines.push(said.early);
    else {
      if (much.length) lines.push(words(said.much, { names: names(much) }));
      if (silent.length) lines.push(words(said.silent, { names: names(silent) }));
      else if (members.length) lines.push(said.even);
      lines.push(words(said.leaders, { share: percent(balance.leaders) }));
    }
    $("#lead-summary").replaceChildren(...lines.map((text) => Object.assign(document.createElement("p"), { textContent: text })));
  }

  function says(line) {
    if (!line) return "";
    const now = balance.leaders === null ? "" // nobody was heard, or nobody can be
      : line.is_silent ? said.was_silent
      : line.takes_much ? words(said.was_much, { share: percent(line.share) })
        : line.share === null ? "" : words(said.was, { share: percent(line.share), time: long(line.seconds) });
    const before = balance.before && !line.leads ? (line.before === null ? said.first : words(said.before, { share: percent(line.before) })) : "";
    return [now, before].filter(Boolean).join(" · ");
  }

  function rated(key) {
    return SCALES.map((scale) => `${said[scale]} ${ratings[key]?.[scale] ?? said.unrated}`).join(" · ");
  }

  function draw() {
    if (balance) summary();
    const open = new Set($$("#lead-people details[open]").map((one) => one.closest("li").dataset.key));
    const lines = new Map((balance?.people || []).map((line) => [line.key, line]));
    const place = (person) => { const n = [...lines.keys()].indexOf(person.key); return n < 0 ? 99 : n; };
    const people = [...room.people.values()].filter((one) => one.key !== room.me?.key && one.part !== "supervisor");
    people.sort((a, b) => place(a) - place(b) || a.name.localeCompare(b.name));
    redraw($("#lead-people"), people.map((one) => row(one, lines.get(one.key), open.has(one.key))));
    who(people);
  }

  function row(person, line, open) {
    const care = ["member", "visitor"].includes(person.part);
    const element = fill($("#lead-person"), {
      name: person.name, says: says(line), rated: care ? rated(person.key) : "", menu: words(said.menu, { name: person.name }),
    });
    element.dataset.key = person.key;
    element.classList.toggle("is-silent", Boolean(line?.is_silent && balance.leaders !== null));
    $(".lead-bar", element).hidden = balance?.leaders === null;
    element.classList.toggle("is-much", Boolean(line?.takes_much));
    $(".lead-bar > span", element).style.setProperty("--share", String(line?.share ?? 0));
    $("details", element).open = open;
    if (care) $(".lead-scales", element).append(...SCALES.map((scale) => steps(person, scale)));
    return element;
  }

  function steps(person, scale) {
    const set = fill($("#lead-scale"), { scale: said[scale] });
    const now = ratings[person.key]?.[scale];
    for (let value = 0; value <= 4; value += 1) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "lead-step";
      button.textContent = String(value);
      button.dataset.control = `${scale}-${value}`;
      button.dataset.rate = scale;
      button.dataset.value = String(value);
      button.setAttribute("aria-pressed", String(now === value));
      button.setAttribute("aria-label", words(said.rate, { scale: said[scale], name: person.name, value }));
      $(".lead-steps", set).append(button);
    }
    return set;
  }

  $("#lead-people").addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    const key = target.closest("li")?.dataset.key;
    if (!button || !key) return;
    const { control, rate, value } = button.dataset;
    if (rate) room.ask("leader.rate", { key, scale: rate, value: Number(value) }).catch(() => {});
    else if (control === "person") room.emit("person", { key });
  });

  // --- for everybody
  async function exercise(name) {
    try {
      await room.ask("leader.ground", { exercise: name });
      room.toast(said.shown);
    } catch { /* said already */ }
  }
  for (const button of $$("#panel-leader .lead-ground [data-ground]")) {
    button.addEventListener("click", () => exercise(button.dataset.ground));
  }
  $("#lead-mute").addEventListener("click", async () => {
    const { but } = await room.ask("leader.mute_others").catch(() => ({ but: null }));
    if (but !== null) room.toast(but ? words(said.spared, { name: but }) : said.all_muted);
  });
  $("#lead-unmute").addEventListener("click", () => room.ask("leader.unmute_all").then(() => room.toast(said.unmuted), () => {}));

  const lock = $("#lead-lock");
  function locked(now) {
    lock.setAttribute("aria-pressed", String(now));
    $("span", lock).textContent = now ? said.unlock : said.lock;
  }
  lock.addEventListener("click", () => room.ask("door.lock", { locked: lock.getAttribute("aria-pressed") !== "true" }).catch(() => {}));
  room.part("room", (found) => locked(found.locked));
  room.on("room.locked", (found) => locked(found.locked));

  // --- the closing check
  const check = $("#lead-check");
  let isOpen = false;
  async function climate() {
    if (!isOpen) return;
    const place = $("#lead-climate");
    try {
      const answer = await fetch(root.dataset.check, { headers: { "X-Nobody-Asked": "1" }, redirect: "manual" });
      if (!answer.ok) return;
      place.replaceChildren(...new DOMParser().parseFromString(await answer.text(), "text/html").body.childNodes);
      place.hidden = false;
    } catch { /* the next look */ }
  }
  function opened() {
    isOpen = check.disabled = true;
    climate();
  }
  check.addEventListener("click", () => room.ask("leader.check").catch(() => {}));
  room.part("check", (found) => { if (found.open) opened(); });
  room.on("check.open", opened);
  room.on("agenda", (agenda) => { if (isBegun(agenda)) opened(); });
  setInterval(() => { if (room.connected && !document.hidden && room.isOpen("leader")) climate(); }, EVERY);

  // --- guidelines
  const which = $("#breach-which");
  const own = $("#breach-own");
  function guidelines(list) {
    const lines = [...list, said.own_words];
    which.replaceChildren(...lines.map((text, n) => new Option(text, n < list.length ? text : "")));
    own.hidden = which.value !== "";
  }
  function who(people) {
    const list = $("#breach-who");
    const now = list.value;
    const care = people.filter((one) => ["member", "visitor"].includes(one.part));
    list.replaceChildren(...care.map((one) => new Option(one.name, one.key)));
    if (care.some((one) => one.key === now)) list.value = now;
  }
  function logged(breach) {
    if ($(`#lead-breaches [data-uid="${breach.uid}"]`)) return;
    const line = document.createElement("li");
    line.dataset.uid = breach.uid;
    line.textContent = `${breach.name}: ${breach.guideline}`;
    $("#lead-breaches").append(line);
  }
  which.addEventListener("change", () => { own.hidden = which.value !== ""; });
  $("#lead-breach").addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    const given = new FormData(form);
    try {
      await room.ask("leader.breach", {
        key: given.get("key"), guideline: which.value || own.value, text: given.get("text"), done: given.get("done"),
      });
      form.reset();
      own.hidden = which.value !== "";
      room.toast(said.logged);
    } catch { /* said already */ }
  });

  room.part("care", (care) => {
    if (!care) return;
    for (const key of Object.keys(ratings)) delete ratings[key];
    Object.assign(ratings, care.ratings);
    guidelines(care.guidelines);
    $("#lead-breaches").replaceChildren();
    care.breaches.forEach(logged);
    draw();
  });
  room.on("rating", ({ key, scale, value }) => {
    ratings[key] = { ...ratings[key], [scale]: value };
    draw();
  });
  room.on("breach", logged);
  room.on("people", draw);
}
