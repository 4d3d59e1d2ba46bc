// What everybody needs always: microphone, camera, screen, hand, reactions, more. By pointer, finger and keyboard.
import { $, $$, glossary } from "./dom.js";
import { local } from "./local.js";

const KEYS = { m: "toggleMicrophone", v: "toggleCamera" };

export function start(room) {
  const bar = $("#bar");
  const said = glossary($("#bar-words"));
  const buttons = Object.fromEntries($$("[data-bar]", bar).map((button) => [button.dataset.bar, button]));
  let handUp = false;

  // A button says what pressing it does; that something is on is for the eye a colour and an icon besides.
  function draw(media) {
    const me = room.people.get(room.me?.key);
    const here = media.status !== "link";
    for (const name of ["microphone", "camera"]) {
      const button = buttons[name];
      const on = local[name].on;
      button.hidden = !here;
      button.classList.toggle("is-off", !on);
      const word = name === "microphone" && me?.muted ? said.mutedByLeader : said[`${name}-${on ? "on" : "off"}`];
      $("span", button).textContent = word;
    }
    buttons.share.hidden = !here || !media.canShare || !media.can?.has("screen") || media.status !== "on";
    buttons.share.classList.toggle("is-on", Boolean(media.sharing));
    $("span", buttons.share).textContent = media.sharing ? said.stopShare : said.share;
    $("[data-more=audioOnly]").setAttribute("aria-pressed", String(media.audioOnly));
    for (const item of $$("[data-here]", bar)) item.hidden = !here;
    handUp = media.hands.has(room.me?.key);
    buttons.hand.classList.toggle("is-on", handUp);
    $("span", buttons.hand).textContent = handUp ? said.lowerHand : said.raiseHand;
  }
  room.on("media", draw);

  const deeds = {
    microphone: () => room.media.toggleMicrophone(),
    camera: () => room.media.toggleCamera(),
    share: () => room.media.toggleShare(),
    hand: () => room.ask(handUp ? "hand.lower" : "hand.raise").catch(() => {}),
    devices: () => room.media.openDevices(),
    audioOnly: () => room.media.setAudioOnly(!room.media.audioOnly),
    quiet: () => { $("#quiet").click(); drawQuiet(); },
    keys: () => $("#keys-dialog").showModal(),
  };
  function drawQuiet() {
    $("[data-more=quiet]").setAttribute("aria-pressed", $("#quiet").getAttribute("aria-pressed"));
  }
  drawQuiet();
  $("#quiet").addEventListener("click", drawQuiet);

  bar.addEventListener("click", (event) => {
    const button = event.target.closest("[data-bar], [data-more], [data-react]");
    if (!button) return;
    const { bar: main, more, react } = button.dataset;
    if (react) {
      room.ask("react", { kind: react }).catch(() => {});
      close(button.closest(".bar-menu"), { refocus: true });
      return;
    }
    if (more) close(button.closest(".bar-menu"), { refocus: more !== "devices" && more !== "keys" });
    if (main in deeds || more in deeds) deeds[main || more]();
  });

  // --- menus: <details>, closed by Escape, a press elsewhere, or another one
  const menus = $$(".bar-menu", bar);
  function close(menu, { refocus = false } = {}) {
    if (!menu?.open) return;
    menu.open = false;
    if (refocus) $("summary", menu).focus();
  }
  for (const menu of menus) {
    menu.addEventListener("toggle", () => {
      if (!menu.open) return;
      for (const other of menus) if (other !== menu) close(other);
      $("button:not([hidden])", menu)?.focus();
    });
    menu.addEventListener("keydown", (event) => {
      const items = $$("button:not([hidden])", menu).filter((item) => item.offsetParent);
      const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
      if (event.key === "Escape") { close(menu, { refocus: true }); event.stopPropagation(); }
      if (!step || !menu.open) return;
      items[(items.indexOf(document.activeElement) + step + items.length) % items.length]?.focus();
      event.preventDefault();
    });
  }
  document.addEventListener("click", (event) => {
    for (const menu of menus) if (!menu.contains(event.target)) close(menu);
  });

  // --- keys: single letters, never while somebody types or a dialog is open
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || bar.hidden || $("dialog[open]")) return;
    if (event.target.closest?.("input, textarea, select, [contenteditable]")) return;
    const key = event.key.toLowerCase();
    if (key in KEYS && room.media.status !== "link") room.media[KEYS[key]]();
    else if (key === "h") deeds.hand();
    else if (key === "?") deeds.keys();
    else return;
    event.preventDefault();
  });
  for (const dialog of $$("dialog.room-dialog")) {
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
    });
  }
}
