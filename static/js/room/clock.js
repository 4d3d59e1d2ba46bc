// What time it is at the server: nobody's own clock has to be right.
let ahead = 0; // milliseconds the server's clock is ahead of ours

export function sync(iso, trip = 0) {
  ahead = Date.parse(iso) + trip / 2 - Date.now();
}
export const now = () => Date.now() + ahead;

// "10:15", as people where this page is read write it.
export function wall(at, language) {
  return new Date(at - ahead).toLocaleTimeString(language, { hour: "numeric", minute: "2-digit" });
}

// Ask again when a page wakes, and now and then: clocks drift, and sleeping ones stand still.
export function keepSynced(room) {
  async function ask() {
    const asked = performance.now();
    try {
      const said = await room.ask("agenda.clock", {}, { silent: true, byHttp: false });
      sync(said.now, performance.now() - asked);
    } catch { /* the next picture says it */ }
  }
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  setInterval(() => { if (room.connected) ask(); }, 300_000);
}
