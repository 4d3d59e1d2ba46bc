// The page of the next session: counts the hours and minutes down, and loads itself once when the door opens and once at the end.
// Without scripts the page says from when one can join, and the button works all the same.
(() => {
  const session = document.querySelector("[data-joins-from]");
  const countdown = document.querySelector("[data-countdown]");
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { numeric: "always" });

  // The server's clock, by which times are planned; the device's may be wrong.
  const ahead = Date.now() - (Date.parse(session?.dataset.now) || Date.now());
  const now = () => Date.now() - ahead;
  const minutesTo = (iso) => Math.ceil((Date.parse(iso) - now()) / 60_000);

  // As the server says it, in both languages: "2 h 10 min", "2 h". "Tomorrow" and "in 3 days" stay.
  const HOURS = /\d+ h( \d+ min)?/;
  const spoken = (minutes) => (minutes % 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes / 60} h`);

  function tick() {
    if (!countdown) return;
    const minutes = minutesTo(countdown.dataset.countdown);
    if (minutes > 0 && minutes < 60) countdown.textContent = words.format(minutes, "minute");
    else if (minutes >= 60) countdown.textContent = countdown.textContent.replace(HOURS, spoken(minutes));
  }

  // Only ever a moment that is still ahead, so that nothing can make the page load without end.
  function reloadAt(iso) {
    const wait = Date.parse(iso) - now() + 1_000;
    if (wait > 1_000 && wait < 12 * 3_600_000) setTimeout(() => location.reload(), wait);
  }

  tick();
  setInterval(tick, 15_000);
  if (session) [session.dataset.joinsFrom, session.dataset.ends].forEach(reloadAt);
})();
