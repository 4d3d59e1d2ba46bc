// What stands on the journal's page and how it speaks: its views, its forms, its line for everybody, its questions. It knows no key.
import { WrongSecret } from "./seal.js";
import * as server from "./server.js";

export const root = document.getElementById("journal");
export const words = root.dataset;
export const $ = (selector, within = root) => within.querySelector(selector);
export const $$ = (selector, within = root) => [...within.querySelectorAll(selector)];

export function show(view, focus) {
  for (const part of $$("[data-view]")) part.hidden = part.dataset.view !== view;
  root.dataset.showing = view;
  say("");
  const there = $(`[data-view="${view}"]`);
  (focus ? $(focus, there) : $("[data-first]", there))?.focus();
}

// A sentence for everybody, in the line above all views.
export function say(text, level = "info") {
  const line = $("#journal-said");
  line.textContent = text;
  line.className = text ? `alert alert-${level}` : "";
}

export function wrong(form, text) {
  const line = $("[data-wrong]", form);
  line.textContent = text;
  line.hidden = !text;
  if (text) $("input", form).focus();
}

// Runs a form's deed once at a time. Its fields have no names: nothing of them is ever sent as a form.
export function onSubmit(view, deed) {
  const form = $(`[data-view="${view}"] form`);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = $("button[type='submit']", form);
    if (button.disabled) return;
    wrong(form, "");
    button.disabled = true;
    button.setAttribute("aria-busy", "true");
    try {
      await deed(form, (name) => $(`[data-field="${name}"]`, form));
    } catch (error) {
      if (error instanceof WrongSecret) wrong(form, form.dataset.wordsWrong);
      else if (error instanceof server.Offline) wrong(form, words.wordsOffline);
      else if (error instanceof server.Refused) wrong(form, error.message);
      else throw error;
    } finally {
      button.disabled = false;
      button.removeAttribute("aria-busy");
    }
  });
  return form;
}

export const clearFields = (form) => { for (const input of $$("input", form)) input.type === "checkbox" ? (input.checked = false) : (input.value = ""); };

// Something that asks the server, outside a form.
export async function attempt(deed) {
  try {
    return await deed();
  } catch (error) {
    if (error instanceof server.Offline) say(words.wordsOffline, "warning");
    else if (error instanceof server.Refused) say(error.message, "warning");
    else throw error;
    return null;
  }
}

export function ask(id) {
  const dialog = document.getElementById(id);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((done) => dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true }));
}

for (const button of $$("[data-see]")) {
  button.addEventListener("click", () => {
    const input = $(`#${button.getAttribute("aria-controls")}`);
    const seen = input.type === "password";
    input.type = seen ? "text" : "password";
    button.setAttribute("aria-pressed", String(seen));
  });
}
