// For leaders: the one menu of what can be done with somebody, opened from the list of people, their tile and the leaders' panel.
import { $, glossary, words } from "./dom.js";
import { writeTo } from "./leader.js";

const CARE = ["member", "visitor"];

export function start(room) {
  const menu = $("#person-menu");
  if (!menu) return;
  const title = $("#person-menu-title");
  const note = $("#person-menu-note");
  const said = glossary($("#person-words"));
  let key = "";

  const deed = (name) => $(`[data-do=${name}]`, menu);

  // What can be done stays in its place; what can't be done now is not shown.
  function draw() {
    const person = room.people.get(key);
    if (!person) {
      menu.close();
      return;
    }
    const care = CARE.includes(person.part);
    const here = care && person.here;
    const place = person.beside === (room.beside?.id ?? null) ? null : room.whereIs?.(person.beside);
    title.textContent = person.name;
    note.textContent = [
      person.here ? "" : said.gone, place?.aside ? place.name : place && words(said.where, { room: place.name }),
      person.away && said.away, person.muted && said.muted,
    ].filter(Boolean).join(" · ");
    deed("go").hidden = !here || !place || place.aside;
    $("[data-t=go]", menu).textContent = words(said.go, { room: place?.name || "" });
    const elsewhere = room.data.backend === "link"; // another program makes its own rooms, and mutes
    deed("invite").hidden = !here;
    deed("mute").hidden = !here || elsewhere;
    const together = room.beside?.private && person.beside === room.beside.id;
    deed("aside").hidden = !here || together || elsewhere;
    $("[data-t=mute]", menu).textContent = person.muted ? said.unmute : said.mute;
    $("[data-t=mute-note]", menu).textContent = person.muted ? said.unmute_note : said.mute_note;
    $(".person-ground", menu).hidden = !here;
    deed("card").hidden = deed("remove").hidden = !care;
    $("[data-t=remove]", menu).textContent = words(said.remove, { name: person.name });
  }

  room.on("person", (who) => {
    key = who.key;
    draw();
    if (!menu.open && room.people.has(key)) menu.showModal();
    title.focus();
  });
  room.on("people", () => { if (menu.open) draw(); });
  room.on("besides", () => { if (menu.open) draw(); });

  const ask = (what, given) => room.ask(what, given).then(() => true, () => false);
  async function ground(exercise) {
    if (await ask("leader.ground", { exercise, key })) room.toast(said.shown);
  }
  // The menu closes first: what is asked next, and what is said of it, stands in the open.
  menu.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (target === menu || button?.matches("[data-close]")) menu.close();
    const { do: what, ground: exercise } = button?.dataset || {};
    if (!what && !exercise) return;
    const person = room.people.get(key);
    menu.close();
    if (exercise) ground(exercise);
    else if (what === "write") writeTo(room, key);
    else if (what === "invite") writeTo(room, key, said.invite_words);
    else if (what === "aside") ask("beside.aside", { key });
    else if (what === "go") ask("beside.visit", { beside: person?.beside });
    else if (what === "mute") ask("leader.mute", { key, muted: !person?.muted });
    else room.emit(`person.${what}`, { key, name: person?.name || "" });
  });
  // The list may have been drawn anew meanwhile: back to where they were all the same.
  menu.addEventListener("close", () => {
    if (document.activeElement === document.body) $(`#people [data-key="${key}"] [data-control=person]`)?.focus();
  });

  // --- where it is opened from
  $("#people").addEventListener("click", ({ target }) => {
    const button = target.closest("[data-control=person]");
    if (button) room.emit("person", { key: button.closest("[data-key]").dataset.key });
  });
}
