// Reactions: shown for a moment beside a name and on its picture ("room:reaction"), said together, kept nowhere.
import { now } from "./clock.js";
import { $, $$ } from "./dom.js";

const HIDDEN = "room-reactions-off";
const STALE = 10_000, SHOWN = 4000, TOGETHER = 1200; // milliseconds

export function startReactions(room, said) {
  const wanted = $("#reactions-shown");
  const heard = [];
  let timer = null, shown = true;
  try { shown = localStorage.getItem(HIDDEN) !== "1"; } catch { /* private mode */ }
  wanted.setAttribute("aria-pressed", String(shown));
  wanted.addEventListener("click", () => {
    shown = !shown;
    wanted.setAttribute("aria-pressed", String(shown));
    try { localStorage.setItem(HIDDEN, shown ? "" : "1"); } catch { /* private mode */ }
  });

  function beside(key, kind) {
    const row = $$("#people > [data-key]").find((one) => one.dataset.key === key);
    if (!row) return;
    const mark = document.createElement("span");
    mark.className = "reaction-mark";
    mark.append(...[...$(`#floor-icons [data-icon="${kind}"]`).children].map((i) => i.cloneNode(true)));
    $(".person-marks", row).append(mark);
    setTimeout(() => mark.remove(), SHOWN);
  }

  // What several people show at once is said in one line.
  function say(name, kind) {
    heard.push(`${name}: ${said[kind]}`);
    timer ??= setTimeout(() => { room.announce([...new Set(heard)].join("; ")); heard.length = 0; timer = null; }, TOGETHER);
  }

  room.on("reaction", ({ key, kind, at }) => {
    if (!shown || now() - Date.parse(at) > STALE || !said[kind]) return;
    const person = room.people.get(key);
    if (!person) return;
    beside(key, kind);
    document.dispatchEvent(new CustomEvent("room:reaction", { detail: { key, kind } }));
    if (key !== room.me?.key) say(person.name, kind);
  });
}
