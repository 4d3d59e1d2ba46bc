// Brings the room to life: its socket, the shell (doors, drawer, tabs), and a script for each matter.
import { $, $$ } from "./dom.js";
import { Room } from "./socket.js";

const MATTERS = [
  "people", "person", "bar", "media", "door", "agenda", "floor", "chat", "polls", "prompts", "handouts", "beside", "board", "own", "check", "leader",
];
const WIDE = matchMedia("(min-width: 1000px)");
const root = $("#room");
const room = new Room(root);
const drawer = $("#drawer");

function show(what) {
  $("#waiting").hidden = what !== "waiting";
  $("#inside").hidden = what !== "inside";
  $("#bar").hidden = what !== "inside";
  $("#ended").hidden = what !== "ended";
  root.dataset.showing = what;
}

room.on("state", ({ me }) => {
  const what = me.state === "in" ? "inside" : "waiting";
  if (root.dataset.showing === what) return;
  const first = !root.dataset.showing;
  show(what);
  if (!first) $(what === "inside" ? "#main" : "#waiting-title")?.focus();
});
room.on("end", ({ code, message }) => {
  const title = $("#ended-title");
  title.textContent = code === "removed" ? title.dataset.removed : title.dataset.over;
  $("#ended-text").textContent = message || "";
  show("ended");
  title.focus();
});

// --- the drawer and its tabs
function toggleDrawer(open) {
  drawer.classList.toggle("is-open", open);
  root.classList.toggle("has-drawer", open);
  $("#drawer-toggle").setAttribute("aria-expanded", String(open));
}
function choose(name, { focus = false } = {}) {
  for (const tab of $$("[role=tab]", drawer)) {
    const chosen = tab.dataset.tab === name;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    $(`#panel-${tab.dataset.tab}`).hidden = !chosen;
    if (chosen) {
      badge(name, 0);
      if (focus) tab.focus();
    }
  }
  room.emit("opened", name);
}
function badge(name, number) {
  const mark = $(`#tab-${name} .tab-badge`);
  if (!mark) return;
  mark.textContent = number > 9 ? "9+" : String(number || "");
  mark.hidden = !number;
  $("#drawer-toggle").classList.toggle("has-news", $$(".tab-badge", drawer).some((one) => !one.hidden));
}
room.open = (name) => { toggleDrawer(true); choose(name); };
room.badge = badge;
room.isOpen = (name) => drawer.classList.contains("is-open") && !$(`#panel-${name}`)?.hidden;

$("#drawer-toggle").addEventListener("click", () => {
  if (drawer.classList.contains("is-open")) toggleDrawer(false);
  else room.open($("[role=tab][aria-selected=true]", drawer).dataset.tab);
});
$("#drawer-close").addEventListener("click", () => { toggleDrawer(false); $("#drawer-toggle").focus(); });
drawer.addEventListener("click", (event) => {
  const tab = event.target.closest("[role=tab]");
  if (tab) choose(tab.dataset.tab);
});
$(".drawer-tabs").addEventListener("keydown", (event) => {
  const tabs = $$("[role=tab]", drawer);
  const at = tabs.indexOf(document.activeElement);
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (at < 0 || !step) return;
  choose(tabs[(at + step + tabs.length) % tabs.length].dataset.tab, { focus: true });
  event.preventDefault();
});
toggleDrawer(WIDE.matches);

// --- leaving
// Whoever leads is asked whether they leave alone or end the session; everybody else just goes.
const leaving = $("#leave-dialog");
function leave() {
  room.over = true;
  room.socket?.close(1000);
  location.assign(root.dataset.home);
}
document.addEventListener("click", (event) => {
  if (!event.target.closest("#leave")) return;
  if (leaving && !room.over) leaving.showModal(); else leave();
});
leaving?.addEventListener("click", async ({ target }) => {
  if (target.closest("[data-close]")) leaving.close();
  if (target.closest("#leave-alone")) leave();
  if (target.closest("#end-session")) {
    try { await room.ask("room.end"); } catch { /* said already */ }
    leaving.close();
  }
});

const found = await Promise.allSettled(MATTERS.map((name) => import(`./${name}.js`)));
found.forEach((result, n) => {
  if (result.status === "rejected") {
    console.error(MATTERS[n], result.reason);
    return;
  }
  try { result.value.start?.(room); } catch (error) { console.error(MATTERS[n], error); }
});
room.start();
