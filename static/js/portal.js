// The page of the next session: counts the last hour down, and loads itself once when the door opens and once at the end.
// Without scripts the page says from when one can join, and the button works all the same.
(() => {
  const session = document.querySelector("[data-joins-from]");
  const countdown = document.querySelector("[data-countdown]");
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { numeric: "always" });

  const minutesTo = (iso) => Math.ceil((Date.parse(iso) - Date.now()) / 60_000);

  function tick() {
    if (!countdown) return;
    const minutes = minutesTo(countdown.dataset.countdown);
    if (minutes > 0 && minutes < 60) countdown.textContent = words.format(minutes, "minute");
  }

  // Only ever a moment that is still ahead, so that a clock set wrong cannot make the page load without end.
  function reloadAt(iso) {
    const wait = Date.parse(iso) - Date.now() + 1_000;
    if (wait > 1_000 && wait < 12 * 3_600_000) setTimeout(() => location.reload(), wait);
  }

  tick();
  setInterval(tick, 15_000);
  if (session) [session.dataset.joinsFrom, session.dataset.ends].forEach(reloadAt);
})();
