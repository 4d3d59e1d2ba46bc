// Brings the room to life: its socket, the shell (doors, drawer, tabs), and a script for each matter.
import { $, $$ } from "./dom.js";
import { Room } from "./socket.js";

const MATTERS = [
  "people", "person", "bar", "media", "door", "agenda", "floor", "chat", "polls", "prompts", "handouts", "beside", "board", "own", "check", "leader", "captions",
];
const WIDE = matchMedia("(min-width: 1000px)");
const root = $("#room");
const room = new Room(root);
const drawer = $("#drawer");

function show(what) {
  $("#opening").hidden = true;
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
  drawBadges();
}
function choose(name, { focus = false } = {}) {
  for (const tab of $$("[role=tab]", drawer)) {
    const chosen = tab.dataset.tab === name;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    $(`#panel-${tab.dataset.tab}`).hidden = !chosen;
    if (chosen && focus) tab.focus();
  }
  drawBadges();
  room.emit("opened", name);
}
// What a tab has that is not seen while it is closed. News ({news: true}) is seen once it was opened; anything else is there for as
// long as whoever counts it says so. Several matters share a tab: each has a number of its own, and the tab shows their sum.
const counts = new Map(); // tab → Map of matter → {number, news}
function badge(name, number, matter, { news = false } = {}) {
  if (!counts.has(name)) counts.set(name, new Map());
  counts.get(name).set(matter, { number, news });
  drawBadges();
}
function drawBadges() {
  for (const mark of $$(".tab-badge", drawer)) {
    const { tab } = mark.closest("[role=tab]").dataset;
    const of = counts.get(tab) || new Map();
    if (room.isOpen(tab)) for (const [matter, { news }] of of) if (news) of.delete(matter);
    const sum = [...of.values()].reduce((all, { number }) => all + number, 0);
    mark.textContent = sum > 9 ? "9+" : String(sum || "");
    mark.hidden = !sum || room.isOpen(tab);
  }
  $("#drawer-toggle").classList.toggle("has-news", $$(".tab-badge", drawer).some((one) => !one.hidden));
}
room.isOpen = (name) => drawer.classList.contains("is-open") && !$(`#panel-${name}`)?.hidden;
room.open = (name) => { toggleDrawer(true); choose(name); };
room.badge = badge;

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
$("#opening-not-ok")?.removeAttribute("hidden"); // it goes by HTTP too
room.start();
