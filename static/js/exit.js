// Quick exit: one press, or Esc three times, and nothing of the page is left to see. The page goes to a neutral one in its own
// place, so that Back does not lead to it, and the session ends in the background. Without scripts the link does the same.
(() => {
  const link = document.querySelector("[data-exit]");
  if (!link) return;
  const said = document.querySelector("[data-exit-said]");
  const QUICK = 1_500; // milliseconds the presses may take together
  let presses = [];

  function go() {
    document.documentElement.hidden = true; // it stays so if the browser brings the page back
    document.title = "…";
    if ("caches" in window) caches.delete("own").catch(() => {});
    // Whatever asks to stay because something is not saved is not asked.
    addEventListener("beforeunload", (event) => event.stopImmediatePropagation(), { capture: true });
    // Asked for before the page goes, finished after it.
    if (!navigator.sendBeacon?.(link.href)) fetch(link.href, { method: "POST", keepalive: true }).catch(() => {});
    location.replace(link.dataset.exit);
  }

  document.querySelectorAll("[data-exit]").forEach((one) => one.addEventListener("click", (event) => {
    event.preventDefault();
    go();
  }));
  // Before anything else hears it: a dialog closes on Esc, and that counts too.
  addEventListener("keydown", (event) => {
    if (event.repeat) return;
    if (event.key !== "Escape") { presses = []; return; }
    const now = performance.now();
    presses = [...presses.filter((at) => now - at < QUICK), now];
    if (presses.length >= 3) go();
    else if (said) said.textContent = presses.length === 2 ? said.dataset.exitSaid : "";
  }, { capture: true });
  // A page the browser kept whole for its Back button: nothing of it is shown before it is asked for anew (idle.js does that).
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
})();
