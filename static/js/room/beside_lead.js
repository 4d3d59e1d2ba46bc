// What leaders do with rooms beside: plan, place, open, hear calls, bring back; and take somebody aside.
import { $, fill, redraw, words } from "./dom.js";
import { timeLeft } from "./beside_time.js";

export function lead(room) {
  const panel = $("#beside");
  const said = panel.dataset;
  const over = $("#over-stage");
  let now = { rooms: [], private: [], help: [], apart: [] };
  const calls = new Map(); // key → the line over the stage

  const isOpen = () => now.rooms.some((one) => one.open);
  const nameOf = (key) => room.people.get(key)?.name || "";
  const ask = (what, given) => room.ask(what, given).then(() => true, () => false);
  const inCare = () => [...room.people.values()].filter((p) => p.part === "member" || p.part === "visitor");

  function draw() {
    const open = isOpen();
    $("#beside-make").hidden = now.rooms.length > 0;
    $("#beside-plan").hidden = !now.rooms.length;
    $("#beside-open").hidden = $("#beside-drop").hidden = open;
    $("#beside-running").hidden = !open;
    $("#beside-more").hidden = !now.rooms[0]?.closes_at;
    redraw($("#beside-rooms"), now.rooms.map(roomCard));
    const placed = new Set(now.rooms.flatMap((one) => (one.open ? one.inside : one.placed)));
    const aside = new Set(now.private.flatMap((one) => one.inside));
    const none = inCare().filter((p) => p.here && !placed.has(p.key) && !aside.has(p.key));
    $("#beside-none").hidden = !none.length;
    redraw($("#beside-none ul"), none.map((p) => person(p.key, "")));
    redraw($("#beside-private ul"), now.private.map(pair));
    $("#beside-private").hidden = !now.private.length;
    drawApart();
    drawCalls();
    tick();
  }

  function roomCard(one) {
    const card = fill($("#beside-room"), { name: one.name });
    card.dataset.key = one.id;
    const keys = one.open ? one.inside : one.placed;
    const visit = $("[data-control=visit]", card);
    visit.hidden = !one.open || room.beside?.id === one.id;
    visit.setAttribute("aria-label", `${visit.textContent.trim()}: ${one.name}`);
    visit.addEventListener("click", () => ask("beside.visit", { beside: one.id }));
    $(".beside-nobody", card).hidden = keys.length > 0;
    $("ul", card).append(...keys.map((key) => person(key, one.id)));
    return card;
  }

  function person(key, where) {
    const row = fill($("#beside-person"), { name: nameOf(key) });
    row.dataset.key = key;
    const choice = $("select", row);
    if (room.people.get(key)?.part === "lead" || room.people.get(key)?.part === "co") {
      choice.remove();
      return row;
    }
    choice.setAttribute("aria-label", words(said.sayMove, { name: nameOf(key) }));
    for (const one of now.rooms) choice.append(new Option(one.name, one.id));
    choice.value = where;
    choice.addEventListener("change", () => place(key, choice.value ? Number(choice.value) : null));
    return row;
  }

  async function place(key, beside) {
    try {
      await room.ask("beside.place", { key, beside }, { silent: true });
    } catch (no) {
      if (no.code === "apart" && confirm(said.sayEven)) await ask("beside.place", { key, beside, even_so: true });
      else if (no.code !== "apart" && no.message) room.toast(no.message);
      draw();
    }
  }

  function pair(one) {
    const names = one.inside.map(nameOf).filter(Boolean).join(" · ");
    const row = fill($("#beside-pair-row"), { name: names, note: one.told ? said.sayTold : "" });
    row.dataset.key = `private-${one.id}`;
    $("[data-control=join]", row).hidden = one.inside.includes(room.me.key);
    $("[data-control=join]", row).addEventListener("click", () => ask("beside.visit", { beside: one.id }));
    $("[data-control=end]", row).addEventListener("click", () => ask("beside.end", { beside: one.id }));
    return row;
  }

  function drawApart() {
    const where = (key) => now.rooms.find((one) => (one.open ? one.inside : one.placed).includes(key))?.id;
    const together = now.apart.filter(([one, other]) => where(one) !== undefined && where(one) === where(other));
    const place = $("#beside-apart");
    place.hidden = !together.length;
    place.textContent = together.map((two) => words(said.sayApart, { names: two.map(nameOf).join(", ") })).join(" ");
  }

  function drawCalls() {
    for (const [key, line] of calls) {
      if (now.help.some((call) => call.key === key)) continue;
      line.remove();
      calls.delete(key);
    }
    for (const call of now.help) {
      const where = now.rooms.find((one) => one.inside.includes(call.key));
      const text = words(said.sayHelp, { name: call.name, room: where?.name || "" });
      let line = calls.get(call.key);
      if (!line) {
        line = fill($("#beside-call"), { text });
        $("[data-control=coming]", line).addEventListener("click", () => ask("beside.coming", { key: call.key }));
        $("[data-control=go]", line).addEventListener("click", () => {
          const there = now.rooms.find((one) => one.inside.includes(call.key));
          if (there) ask("beside.visit", { beside: there.id });
        });
        calls.set(call.key, line);
        over.prepend(line);
        room.announce(text, { urgent: true });
      }
      $("[data-t=coming]", line).textContent = call.taken_by;
      $("[data-control=coming]", line).hidden = Boolean(call.taken_by);
    }
    room.badge("tools", now.help.filter((call) => !call.taken_by).length, "help");
  }

  function tick() {
    const until = now.rooms.find((one) => one.open)?.closes_at;
    const place = $("#beside-left");
    place.hidden = !until;
    if (until) place.textContent = words(said.sayLeft, { time: timeLeft(until).text });
  }
  setInterval(tick, 1000);

  $("#beside-make").addEventListener("submit", (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    const names = String(form.get("names")).split("\n").map((name) => name.trim()).filter(Boolean);
    ask("beside.make", { count: Number(form.get("count")), names, how: form.get("how") });
  });
  $("#beside-open").addEventListener("submit", (event) => {
    event.preventDefault();
    const minutes = new FormData(event.target).get("minutes");
    ask("beside.open", { minutes: minutes ? Number(minutes) : null });
  });
  $("#beside-say").addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = $("#beside-word").value.trim();
    if (text && (await ask("beside.say", { text }))) $("#beside-word").value = "";
  });
  $("#beside-drop").addEventListener("click", () => ask("beside.drop"));
  $("#beside-close").addEventListener("click", () => ask("beside.close"));
  $("#beside-more").addEventListener("click", async () => {
    if (await ask("beside.more", { minutes: 5 })) room.toast(said.sayMore);
  });

  // Where somebody is who is in this room beside (its number): {name, aside: in private}; null for the room itself.
  room.whereIs = (id) => {
    if (now.private.some((one) => one.id === id)) return { name: said.sayPrivate, aside: true };
    const found = now.rooms.find((one) => one.id === id);
    return found ? { name: found.name, aside: false } : null;
  };
  // Wherever somebody needs a leader: one press takes them aside.
  document.addEventListener("room:private", ({ detail }) => ask("beside.aside", { key: detail.key }));
  room.on("people", draw);
  function heard(found) {
    now = found;
    draw();
    room.emit("besides");
  }
  room.part("beside", heard);
  room.on("beside.rooms", heard);
  room.on("beside", draw);
}
