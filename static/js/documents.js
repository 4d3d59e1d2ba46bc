// A document saves itself a second after the last stroke. Everything works without it; with it a closed lid costs nothing.
//
// Each save names the version the page has. What somebody else changed meanwhile is never written over: the page says so, stops
// saving by itself, and “Save the draft” then shows both texts. The password is never part of it.
(() => {
  document.querySelectorAll("[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => print());
  });

  const form = document.querySelector("form[data-autosave]");
  if (!form) return;
  const PAUSE = 1000;
  const said = form.querySelector("[data-saved]");
  const version = form.elements.namedItem("version");
  let timer = 0;
  let changed = false;
  let stopped = false;
  let flight = null;
  let submitting = 0;

  // Signing in again in another tab gives out a new token: the cookie has it.
  function freshen() {
    const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]*)/);
    if (cookie) form.elements.namedItem("csrfmiddlewaretoken").value = cookie[1];
  }

  async function save() {
    timer = 0;
    if (stopped || !changed || submitting) return;
    if (flight) { later(); return; }
    changed = false;
    freshen();
    const data = new FormData(form);
    data.delete("password");
    said.textContent = form.dataset.wordsSaving;
    flight = fetch(form.dataset.autosave, { method: "POST", body: data, redirect: "manual", headers: { Accept: "application/json" } });
    try {
      const answer = await flight;
      const brought = await answer.json(); // not JSON: signed out, or the server is away
      if (answer.ok) {
        version.value = brought.version;
        said.textContent = brought.saved;
      } else {
        stopped = true;
        changed = true;
        said.textContent = brought.message;
        said.classList.add("state-care");
      }
    } catch {
      changed = true;
      said.textContent = form.dataset.wordsLost;
      setTimeout(later, 10 * PAUSE);
    } finally {
      flight = null;
    }
  }
  function later() {
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  }

  form.addEventListener("input", (event) => {
    if (["password", "template", "confirmed"].includes(event.target.name)) return;
    changed = true;
    later();
  });
  form.addEventListener("submit", async (event) => {
    if (Date.now() - submitting < 3000) { event.preventDefault(); return; } // a second click
    clearTimeout(timer);
    if (flight) { // its version counts first
      event.preventDefault();
      const button = event.submitter;
      try { await flight; } catch { /* the form itself is sent now */ }
      setTimeout(() => form.requestSubmit(button), 50);
      return;
    }
    freshen();
    submitting = Date.now();
    changed = false;
  });
  addEventListener("pageshow", () => { submitting = 0; });
  addEventListener("pagehide", () => { if (changed && !stopped && !submitting) save(); });
  addEventListener("beforeunload", (event) => { if (changed && !submitting) event.preventDefault(); });
})();
