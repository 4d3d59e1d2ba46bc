// The page shown where there is no network: when the next session is, and back as soon as there is a network again.
(async () => {
  // Their own zone's time, as on all pages: this device's zone where it agrees, else the distance from UTC the time came with.
  function zone(said, moment) {
    const [, sign, hours, minutes] = said.match(/([-+])(\d\d):(\d\d)$/) ?? [];
    const ahead = sign ? (sign === "-" ? -1 : 1) * (60 * hours + Number(minutes)) : 0;
    if (!sign || -moment.getTimezoneOffset() === ahead) return undefined;
    try {
      return new Intl.DateTimeFormat("en", { timeZone: `${sign}${hours}:${minutes}` }).resolvedOptions().timeZone;
    } catch {
      return undefined; // an old browser: this device's
    }
  }

  const place = document.querySelector("[data-next]");
  const again = () => location.reload();
  // The browser may say nothing: the network was back before this page was there, or only our server was away.
  const look = () => fetch("/health/", { cache: "no-store" }).then((answer) => { if (answer.ok) again(); }).catch(() => {});
  addEventListener("online", look);
  setInterval(look, 10_000);
  document.querySelector("[data-again]").addEventListener("click", again);
  if (!place || !("caches" in window)) return;
  const said = await (await (await caches.open("own")).match("/offline/next"))?.text();
  const moment = new Date(said ?? NaN);
  // A session that began long ago is not the next one.
  if (Number.isNaN(moment.valueOf()) || Date.now() - moment > 3 * 3_600_000) return;
  const language = document.documentElement.lang === "es" ? "es-US" : document.documentElement.lang;
  const parts = { weekday: "long", month: "long", day: "numeric", hour: "numeric", minute: "2-digit", timeZoneName: "short" };
  const format = new Intl.DateTimeFormat(language, { ...parts, timeZone: zone(said, moment) });
  place.querySelector("time").dateTime = moment.toISOString();
  place.querySelector("time").textContent = format.format(moment);
  place.hidden = false;
})().catch(() => {});
