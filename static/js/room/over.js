// The calm cards above the people: one of a name at a time, drawn anew only when what they say changes.
import { $, fill } from "./dom.js";

const place = $("#over-stage");
const ORDER = ["break", "turn", "offer", "tired"];
const shown = new Map();

// Show a card made of a template; `said` is compared, so that a card stays (and keeps the focus) while it says the same.
export function show(name, template, values, deeds = {}) {
  const said = JSON.stringify([template.id, values]);
  const known = shown.get(name);
  if (known?.said === said) return known.card;
  const card = fill(template, values);
  card.dataset.over = name;
  card.addEventListener("click", (event) => {
    const button = event.target.closest("[data-deed]");
    if (button) deeds[button.dataset.deed]?.(button);
  });
  const focused = known?.card.contains(document.activeElement);
  if (known) known.card.replaceWith(card);
  else {
    const after = [...place.children].find((one) => ORDER.indexOf(one.dataset.over) > ORDER.indexOf(name));
    place.insertBefore(card, after || null);
  }
  if (focused) (card.querySelector("button") || $("#main"))?.focus();
  shown.set(name, { card, said });
  return card;
}

export function hide(name) {
  const known = shown.get(name);
  if (!known) return;
  const focused = known.card.contains(document.activeElement);
  known.card.remove();
  shown.delete(name);
  if (focused) $("#main")?.focus();
}
