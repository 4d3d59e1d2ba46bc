// The exercises that bring somebody back to here and now. Shown when a leader suggests one, or by oneself.
import { $, $$, words } from "./dom.js";

const SIDE = 4000; // milliseconds of one side of the box

export function startGrounding(room) {
  const card = $("#ground");
  const from = $("#ground-from");
  const word = $("#ground-word");
  const sides = word.dataset.words.split("|");
  let timer, before;
  $("#room").append(card);

  function show(exercise, { name = "", all = false } = {}) {
    const found = $$("[data-exercise]", card).find((one) => one.dataset.exercise === exercise);
    if (!found) return;
    clearInterval(timer);
    if (card.hidden) before = document.activeElement;
    for (const one of $$("[data-exercise]", card)) one.hidden = one !== found;
    from.textContent = words(name ? (all ? from.dataset.from : from.dataset.fromOne) : from.dataset.own, { name });
    card.hidden = false;
    if (exercise === "box") breathe();
    // Somebody who is writing is not interrupted: they hear of it, and see it.
    if (!document.activeElement?.matches("input, textarea")) $("[data-title]", found).focus();
    room.announce(`${from.textContent} ${$("[data-title]", found).textContent}`, { own: true });
  }

  function breathe() {
    let side = 0;
    const box = $(".ground-box", card);
    const next = () => {
      word.textContent = sides[side % 4];
      box.dataset.side = String(side % 4);
      side += 1;
    };
    next();
    timer = setInterval(next, SIDE);
  }

  $("#ground-close").addEventListener("click", () => {
    clearInterval(timer);
    card.hidden = true;
    if (before?.isConnected) before.focus();
  });
  room.on("ground", (what) => show(what.exercise, { name: what.from, all: what.all }));
  return { show };
}
