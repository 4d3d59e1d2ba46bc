// What polls, prompts and handouts share: the panel's empty state, and bringing somebody to what was opened.
import { $, $$ } from "./dom.js";

// The panel says so when nothing is in it.
export function tidy() {
  $("#tools-empty").hidden = $$("#panel-tools > section").some((section) => !section.hidden && section.childElementCount > 0);
}

// Open the panel for somebody, unless they are writing or looking at something: then its tab says that there is something.
export function bring(room, text) {
  const busy = document.activeElement?.closest("textarea, input[type=text], select, dialog, [contenteditable=true]");
  if (room.isOpen("tools")) return;
  if (busy || document.querySelector("dialog[open]")) {
    room.badge("tools", 1, "brought", { news: true });
    room.toast(text);
  } else {
    room.open("tools");
  }
}

// A form's own sentence: what was refused.
export function trouble(form, text) {
  const place = form.querySelector(".tool-trouble");
  place.textContent = text || "";
  place.hidden = !text;
}
