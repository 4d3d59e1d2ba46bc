// Who is in the room: kept from the picture and what happens, told to whoever asks (room.people, room.on("people")).
import { $, fill, glossary, redraw, words } from "./dom.js";

export function start(room) {
  const list = $("#people");
  const row = $("#person-row");
  const said = glossary($("#people-words"));

  function changed() {
    draw();
    room.emit("people", room.people);
  }

  function note(person) {
    const own = person.key === room.me.key ? said.you : "";
    const part = said[person.part] || "";
    const mine = room.people.get(room.me.key)?.beside ?? null;
    const elsewhere = (person.beside ?? null) !== mine;
    const where = !person.here ? said.gone : person.away ? said.away : elsewhere ? room.whereIs?.(person.beside)?.name || said.beside : "";
    return [own, part, where, person.muted ? said.muted : ""].filter(Boolean).join(" · ");
  }

  function draw() {
    const order = { lead: 0, co: 1, supervisor: 3 };
    const people = [...room.people.values()].sort(
      (a, b) => (order[a.part] ?? 2) - (order[b.part] ?? 2) || a.name.localeCompare(b.name),
    );
    redraw(list, people.map((person) => {
      const element = fill(row, { name: person.name, note: note(person), menu: words(said.menu, { name: person.name }) });
      if (person.key === room.me.key) $("[data-control=person]", element)?.remove();
      element.dataset.key = person.key;
      element.classList.toggle("is-gone", !person.here);
      return element;
    }));
    $("#people-count").textContent = `(${people.filter((p) => p.here).length})`;
  }

  room.part("people", (people) => {
    room.people.clear();
    for (const person of people) room.people.set(person.key, person);
    changed();
  });
  room.on("people.here", ({ key, name, part }) => {
    const known = room.people.get(key);
    if (!known?.here && key !== room.me?.key) room.announce(words(list.dataset.sayJoined, { name }));
    room.people.set(key, { muted: false, away: false, beside: null, ...known, key, name, part, here: true });
    changed();
  });
  room.on("people.gone", ({ key }) => {
    const known = room.people.get(key);
    if (!known) return;
    room.announce(words(list.dataset.sayLeft, { name: known.name }));
    if (room.me.leads) known.here = false; else room.people.delete(key);
    changed();
  });
  room.on("besides", draw); // leaders know where everybody is
  room.on("people.removed", ({ key }) => {
    if (room.people.delete(key)) changed();
  });
  // One thing about somebody: {key, away: true}, {key, muted: true}, {key, beside: 3}.
  room.on("people.changed", ({ key, ...what }) => {
    const known = room.people.get(key);
    if (!known) return;
    Object.assign(known, what);
    changed();
  });
}
