// Small helpers. Data only ever becomes text: nothing here makes markup of it.

export const $ = (selector, within = document) => within.querySelector(selector);
export const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];

// A copy of a <template> with its texts filled in: elements with data-t="name" get values.name.
export function fill(template, values = {}) {
  const copy = template.content.firstElementChild.cloneNode(true);
  for (const element of [copy, ...copy.querySelectorAll("[data-t]")]) {
    const name = element.dataset.t;
    if (name !== undefined && values[name] !== undefined) element.textContent = values[name];
  }
  return copy;
}

// "{name} came in" with its values.
export function words(sentence, values = {}) {
  return (sentence || "").replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

// A <dl> of words a template brings along: {key: word}.
export function glossary(list) {
  const found = {};
  for (const term of list?.querySelectorAll("dt") || []) found[term.textContent] = term.nextElementSibling.textContent;
  return found;
}

// Replace what is in a list, keeping the focus where it was when the same row is still there (by data-key).
export function redraw(list, rows) {
  const focused = document.activeElement;
  const key = list.contains(focused) ? focused.closest("[data-key]")?.dataset.key : undefined;
  const control = key && focused.dataset.control;
  list.replaceChildren(...rows);
  if (key === undefined) return;
  const row = rows.find((r) => r.dataset.key === key);
  (row?.querySelector(control ? `[data-control="${control}"]` : "button, a, input") || list.closest("[tabindex]"))?.focus();
}
