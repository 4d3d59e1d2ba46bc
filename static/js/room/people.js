// Who is in the room: kept from the picture and what happens, told to whoever asks (room.people, room.on("people")).
import { $, fill, glossary, redraw, words } from "./dom.js";

const TOGETHER = 900; // milliseconds

export function start(room) {
  const list = $("#people");
  const row = $("#person-row");
  const said = glossary($("#people-words"));

  // Those who come or go within a moment are said together: a group that is let in is one sentence, not twelve.
  const saidSoon = { joined: new Set(), left: new Set() };
  let soon = 0;
  function say(what, name) {
    saidSoon[what === "joined" ? "left" : "joined"].delete(name);
    saidSoon[what].add(name);
    clearTimeout(soon);
    soon = setTimeout(() => {
      for (const [kind, names] of Object.entries(saidSoon)) {
        if (!names.size) continue;
        const sentence = list.dataset[`say${kind[0].toUpperCase()}${kind.slice(1)}${names.size > 1 ? "All" : ""}`];
        const all = new Intl.ListFormat(room.data.language).format(names);
        room.announce(words(sentence, { name: all, names: all }));
        names.clear();
      }
    }, TOGETHER);
  }

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
    if (!known?.here && key !== room.me?.key) say("joined", name);
    room.people.set(key, { muted: false, away: false, beside: null, ...known, key, name, part, here: true });
    changed();
  });
  room.on("people.gone", ({ key }) => {
    const known = room.people.get(key);
    if (!known) return;
    say("left", known.name);
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
