// Signs out a browser nobody uses, so that no page about a person stays on a screen. The server does the same on its own.
//
// The server counts from the last request it heard. So while somebody types, moves or clicks, it hears so at most once a minute;
// a minute before the end a dialog asks. Tabs tell each other through one time stamp in localStorage.
(() => {
  const limit = Number(document.body.dataset.idleSeconds || 0) * 1000;
  const dialog = document.getElementById("idle");
  if (!limit || !dialog) return;

  const MINUTE = 60_000;
  const KEY = "heard";
  // The server notes at most one request a minute, so its clock may be ahead of ours by as much.
  const span = limit - Math.min(MINUTE, limit / 10);
  const warning = Math.min(MINUTE, span / 3);
  const pause = Math.min(MINUTE, span / 4);
  let active = false;
  let asking = false;

  const note = (time) => { try { localStorage.setItem(KEY, String(time)); } catch { own = time; } };
  let own = Date.now();
  const heard = () => { try { return Math.max(own, Number(localStorage.getItem(KEY)) || 0); } catch { return own; } };
  const token = () => document.querySelector("#sign-out input[name=csrfmiddlewaretoken]")?.value || "";

  async function stillHere() {
    if (asking || !dialog.dataset.stillHere) return;
    asking = true;
    try {
      const answer = await fetch(dialog.dataset.stillHere, {
        method: "POST",
        headers: { "X-CSRFToken": token() },
        redirect: "manual",
      });
      if (answer.status === 204) {
        own = Date.now();
        note(own);
        active = false;
      } else if (answer.type === "opaqueredirect" || answer.status === 403 || answer.status === 401) {
        leave(false);
      }
    } catch {
      // No network now; the next movement tries again, and the end comes all the same.
    } finally {
      asking = false;
    }
  }

  function leave(signOut) {
    const back = dialog.dataset.signIn + "?next=" + encodeURIComponent(location.pathname + location.search);
    const form = document.getElementById("sign-out");
    document.body.hidden = true; // nothing of the page is left to read while the browser goes
    if (!signOut || !form) return location.replace(back);
    const next = document.createElement("input");
    Object.assign(next, { type: "hidden", name: "next", value: back });
    form.append(next);
    form.submit();
  }

  function look() {
    const since = Date.now() - heard();
    if (since >= span) return leave(true);
    if (since >= span - warning) {
      if (!dialog.open) dialog.showModal();
      return;
    }
    if (dialog.open) dialog.close(); // another tab was used
    if (active && since >= pause) stillHere();
  }

  for (const name of ["pointerdown", "pointermove", "keydown", "input", "wheel", "touchstart"]) {
    addEventListener(name, () => { if (!dialog.open) active = true; }, { passive: true, capture: true });
  }
  dialog.addEventListener("close", () => { if (Date.now() - heard() >= pause) stillHere(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
  // A page the browser kept for its Back button may belong to somebody who has signed out since.
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) note((own = Date.now())); });

  note(own);
  setInterval(look, Math.min(5_000, span / 20));
})();
