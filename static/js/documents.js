// A document saves itself a second after the last stroke. Everything works without it; with it a closed lid costs nothing.
//
// Each save names the version the page has. What somebody else changed meanwhile is never written over: the page says so, stops
// saving by itself, and “Save the draft” then shows both texts. The password is never part of it.
(() => {
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
  let kept = false; // whether it stands on this computer
  const keep = window.docKeep;
  const PART = "document";
  const NOT_KEPT = new Set(["csrfmiddlewaretoken", "password", "passkey", "who", "version", "template", "confirmed"]);
  const values = () => [...new FormData(form)].filter(([name]) => !NOT_KEPT.has(name));
  const text = () => JSON.stringify(values());
  const shown = text();

  // Signing in again in another tab gives out a new token: the cookie has it.
  function freshen() {
    const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]*)/);
    if (cookie) form.elements.namedItem("csrfmiddlewaretoken").value = cookie[1];
  }

  async function save(leaving) {
    timer = 0;
    if (stopped || !changed || submitting) return;
    if (flight) { later(); return; }
    changed = false;
    freshen();
    const data = new FormData(form);
    const sent = text();
    data.delete("password");
    said.textContent = form.dataset.wordsSaving;
    flight = fetch(form.dataset.autosave, { method: "POST", body: data, redirect: "manual", keepalive: leaving === true, headers: { Accept: "application/json" } });
    try {
      const answer = await flight;
      const brought = await answer.json(); // not JSON: signed out, or the server is away
      if (answer.ok) {
        version.value = brought.version;
        said.textContent = brought.saved;
        said.classList.remove("state-care");
        if (text() === sent) keep?.drop(PART);
      } else {
        stopped = true;
        changed = true;
        said.textContent = brought.message;
        said.classList.add("state-care");
      }
    } catch {
      changed = true;
      said.textContent = kept ? form.dataset.wordsKept : form.dataset.wordsLost;
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
    keep?.put(PART, { values: values(), version: version.value }).then((done) => { kept = done; });
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
  const leave = () => (changed && !stopped && !submitting ? save(true) : flight ?? Promise.resolve());
  document.addEventListener("visibilitychange", () => { if (document.hidden) leave(); });
  // idle.js signs out: what could not be saved is kept here, and need not hold the page.
  document.addEventListener("house:leaving", (event) => { event.detail.wait(Promise.resolve(leave()).finally(() => { if (kept) changed = false; })); });
  addEventListener("pagehide", leave);
  addEventListener("beforeunload", (event) => { if (changed && !submitting) event.preventDefault(); });

  // A page that came back from the server with marks shows words of its own.
  if (form.querySelector("[aria-invalid='true'], .is-invalid, .theirs")) return;
  keep?.all().then(({ [PART]: before }) => {
    if (!before) return;
    if (JSON.stringify(before.values) === shown) { keep.drop(PART); return; }
    if (changed || text() !== shown) return; // typed meanwhile
    const names = new Set(before.values.map(([name]) => name));
    for (const field of form.elements) {
      if (!field.name || NOT_KEPT.has(field.name) || field.type === "hidden") continue;
      const own = before.values.filter(([name]) => name === field.name).map(([, value]) => value);
      if (field.type === "radio" || field.type === "checkbox") field.checked = own.includes(field.value);
      else if (names.has(field.name)) field.value = own[0];
    }
    version.value = before.version;
    changed = true;
    said.textContent = form.dataset.wordsBack;
    later();
  });
})();
