// The patients' pages as an app: has the worker run, and notes for the offline page the language and when the next session is.
// Nothing else of a person is put away, and signing out clears it (also house.js, on every page of somebody not signed in).
(() => {
  if (!("serviceWorker" in navigator) || !("caches" in window)) return;
  const OWN = "own";
  navigator.serviceWorker.register("/sw.js").catch(() => { /* a private window: it works without */ });

  (async () => {
    const cache = await caches.open(OWN);
    await cache.put("/offline/language", new Response(document.documentElement.lang));
    const next = document.querySelector("[data-next-session]");
    if (!next) return; // only the first page knows
    if (next.dataset.nextSession) await cache.put("/offline/next", new Response(next.dataset.nextSession));
    else await cache.delete("/offline/next");
  })().catch(() => { /* no room, or a private window */ });

  document.addEventListener("submit", (event) => {
    if (event.target.id === "sign-out") caches.delete(OWN).catch(() => {});
  });
})();
