// A board that is open on a screen hears, once in a while, whether somebody wrote; what is shown then is one's own press. What one
// is typing stays as it is. Everything works without it.
(() => {
  const news = document.getElementById("news");
  if (!news) return;
  const EVERY = 45_000;
  const posts = () => document.getElementById("posts");

  // By the clock: it counts for nobody being there (accounts/middleware.py), and is not asked while nobody looks.
  async function look() {
    if (document.hidden || news.firstElementChild) return;
    try {
      const address = `${news.dataset.news}?seen=${encodeURIComponent(posts().dataset.seen)}`;
      const answer = await fetch(address, { headers: { "X-Nobody-Asked": "1" }, redirect: "manual" });
      if (answer.status === 200) put(news, await answer.text());
    } catch { /* no network now: the next time */ }
  }

  function put(place, html) {
    const found = new DOMParser().parseFromString(html, "text/html");
    place.replaceChildren(...found.body.childNodes);
  }

  news.addEventListener("click", async (event) => {
    if (!event.target.closest("[data-show]")) return;
    event.preventDefault();
    try {
      const answer = await fetch(news.dataset.board, { redirect: "manual" });
      const fresh = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("posts");
      if (!fresh) throw new Error(String(answer.status));
      posts().replaceWith(document.adoptNode(fresh));
      news.replaceChildren();
      posts().focus();
      history.replaceState(null, "", news.dataset.board);
    } catch {
      location.assign(news.dataset.board); // the page keeps what is typed
    }
  });

  setInterval(look, EVERY);
  document.addEventListener("visibilitychange", look);
})();
