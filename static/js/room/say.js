// What screen readers are told of what happens. Somebody may have it quieter: then only what is for them, or urgent, is said.
import { $ } from "./dom.js";

const QUIET = "room-quiet";
const polite = $("#say");
const urgently = $("#say-now");
const button = $("#quiet");
let quiet = false;
try { quiet = sessionStorage.getItem(QUIET) === "1"; } catch { /* private mode */ }

function shown() {
  button?.setAttribute("aria-pressed", String(quiet));
}
button?.addEventListener("click", () => {
  quiet = !quiet;
  try { sessionStorage.setItem(QUIET, quiet ? "1" : ""); } catch { /* private mode */ }
  shown();
});
shown();

// A line of its own each time, since a reader says only what is new; a few are kept for those who read slowly.
export function announce(text, { urgent = false, own = false } = {}) {
  if (!text || (quiet && !urgent && !own)) return;
  const place = urgent ? urgently : polite;
  const line = document.createElement("p");
  line.textContent = text;
  place.append(line);
  while (place.childElementCount > 4) place.firstElementChild.remove();
}

export const isQuiet = () => quiet;
