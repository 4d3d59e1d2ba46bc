// Signs out a browser nobody uses, so that no page about a person stays on a screen. The server does the same on its own.
//
// The server counts from the last request it heard. So while somebody types, moves or clicks, it hears so at most once a minute;
// a minute before the end a dialog asks. Tabs tell each other through localStorage: when one was last heard, and that nobody is signed in.
//
// Nobody is thrown out of a live room (accounts/idle.py): its page never leaves by itself. While one is open, other pages of staff
// lock, which leaves the session as it is, and those of people in care stay.
(() => {
  const dialog = document.getElementById("idle");
  const limit = Number(dialog?.dataset.idleSeconds || 0) * 1000;
  if (!limit || !dialog) return;

  const MINUTE = 60_000;
  const HEARD = "heard";
  const IN_ROOM = "in-room";
  const ROOM_HOLDS = 150_000; // a page in the background counts once a minute at most
  const room = document.getElementById("room");
  // The server notes at most one request a minute, so its clock may be ahead of ours by as much.
  const span = limit - Math.min(MINUTE, limit / 10);
  const warning = Math.min(MINUTE, span / 3);
  const pause = Math.min(MINUTE, span / 4);
  let own = 0; // when this tab was last heard
  let active = false;
  let asking = false;
  let leaving = false;

  // Without localStorage each tab counts for itself.
  function note() {
    own = Date.now();
    try { localStorage.setItem(HEARD, String(own)); } catch { /* private mode */ }
  }
  function told() {
    try { return Number(localStorage.getItem(HEARD)) || 0; } catch { return 0; }
  }
  // A time that has not come yet is from before the clock was set back, and counts for nothing.
  function heard() {
    const now = Date.now();
    if (own > now) own = now;
    const other = told();
    return other > now ? own : Math.max(own, other);
  }

  const inRoom = () => Boolean(room) && room.dataset.showing !== "ended";
  function roomIsOpen() {
    try { return Math.abs(Date.now() - Number(localStorage.getItem(IN_ROOM))) < ROOM_HOLDS; } catch { return false; }
  }
  function noteRoom() {
    try { localStorage.setItem(IN_ROOM, String(Date.now())); } catch { /* private mode */ }
  }

  // The cookie, since signing in again in another tab gives out a new token.
  function token() {
    const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]*)/);
    return cookie ? cookie[1] : document.querySelector("#sign-out input[name=csrfmiddlewaretoken]")?.value || "";
  }

  async function stillHere() {
    if (asking || leaving || !dialog.dataset.stillHere) return;
    asking = true;
    try {
      const headers = { "X-CSRFToken": token() };
      const answer = await fetch(dialog.dataset.stillHere, { method: "POST", headers, redirect: "manual" });
      if (answer.status === 204) {
        note();
        active = false;
      } else if (answer.type === "opaqueredirect" && !inRoom()) {
        leave(false); // signed out already
      }
    } catch {
      // No network now. The next movement tries again, and the end comes all the same.
    } finally {
      asking = false;
    }
  }

  // signOut: whether the session ends with it. to: where one says who one is.
  function leave(signOut, to = dialog.dataset.signIn) {
    if (leaving) return;
    leaving = true;
    document.body.hidden = true; // nothing of the page is left to read while the browser goes
    // A page that holds words not saved yet saves them first; it is not waited for long.
    const saving = [];
    document.dispatchEvent(new CustomEvent("house:leaving", { detail: { wait: (promise) => saving.push(promise) } }));
    if (!saving.length) go(signOut, to);
    else Promise.race([Promise.allSettled(saving), new Promise((done) => { setTimeout(done, 3000); })]).then(() => { go(signOut, to); });
  }

  function go(signOut, to) {
    const back = to + "?next=" + encodeURIComponent(location.pathname + location.search);
    const form = document.getElementById("sign-out");
    if (!signOut || !form) {
      location.replace(back);
      return;
    }
    const next = document.createElement("input");
    Object.assign(next, { type: "hidden", name: "next", value: back });
    form.append(next);
    form.submit();
  }

  function look() {
    if (leaving) return;
    const since = Date.now() - heard();
    if (inRoom()) {
      noteRoom();
      if (dialog.open) dialog.close();
      if (active && since >= pause) stillHere();
      return;
    }
    if (since >= span && roomIsOpen()) {
      if (dialog.open) dialog.close();
      const lock = dialog.dataset.lock;
      if (lock && location.pathname !== lock) leave(false, lock);
    } else if (since >= span) {
      leave(true);
    } else if (since >= span - warning) {
      if (!dialog.open) dialog.showModal();
    } else {
      if (dialog.open) dialog.close(); // another tab was used
      if (active && since >= pause) stillHere();
    }
  }

  for (const name of ["pointerdown", "pointermove", "keydown", "input", "wheel", "touchstart"]) {
    addEventListener(name, () => { if (!dialog.open) active = true; }, { passive: true, capture: true });
  }
  dialog.addEventListener("close", () => { if (Date.now() - heard() >= pause) stillHere(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
  document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) note(); });
  // A page of somebody not signed in says so (house.js): then nobody is, in any tab.
  addEventListener("storage", (event) => { if (event.key === "left" && event.newValue) leave(false); });
  // A page the browser kept for its Back button may belong to somebody who has signed out since.
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  note();
  setInterval(look, Math.min(5_000, span / 20));
})();
