// A worksheet saves itself a second after the last stroke or tap. Everything works without it.
//
// What is not saved yet is kept on this device, readable to nobody else (doc_keep.js), until the server has it. Each save names the
// version the page has: what was saved elsewhere meanwhile is never written over, the page says so, and Save then shows both.
(() => {
  const form = document.querySelector("form[data-sheet]");
  if (!form) return;
  const keep = window.docKeep;
  const PAUSE = 1000;
  const part = form.dataset.part;
  const said = form.querySelector("[data-said]");
  const version = form.elements.namedItem("version");
  const values = () => [...new FormData(form)].filter(([name]) => /^q\d+$/.test(name));
  const text = () => JSON.stringify(values());
  let known = text();
  let stored = known; // what the server has
  let timer = 0;
  let putting = 0;
  let stopped = false;
  let flight = null;
  let submitting = 0;

  const say = (words, care) => {
    said.textContent = words;
    said.classList.toggle("is-care", Boolean(care));
  };
  const put = () => {
    clearTimeout(putting);
    keep?.put(part, { version: version.value, values: values() }).then((kept) => { if (kept) form.dataset.kept = known; });
  };

  // Signing in again in another tab gives out a new token: the cookie has it.
  function freshen() {
    const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]*)/);
    if (cookie) form.elements.namedItem("csrfmiddlewaretoken").value = cookie[1];
  }

  async function save() {
    timer = 0;
    if (stopped || submitting || known === stored) return;
    if (flight) { later(); return; }
    freshen();
    const sent = known;
    say(form.dataset.wordsSaving);
    flight = fetch(form.dataset.save, { method: "POST", body: new FormData(form), redirect: "manual", headers: { Accept: "application/json" } });
    try {
      const answer = await flight;
      const brought = await answer.json(); // not JSON: signed out, or the server is away
      if (answer.ok) {
        version.value = brought.version;
        stored = sent;
        if (known === sent) keep?.drop(part);
        say(brought.saved);
      } else if (answer.status === 422) {
        say(brought.message, true);
      } else {
        stopped = true;
        say(`${brought.message} ${brought.code === "changed" ? form.dataset.wordsLook : ""}`.trim(), true);
      }
    } catch {
      put();
      say(form.dataset.wordsLost, true);
      setTimeout(later, 10 * PAUSE);
    } finally {
      flight = null;
    }
  }
  function later() {
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  }
  function look() {
    const now = text();
    if (now === known) return;
    known = now;
    clearTimeout(putting);
    putting = setTimeout(put, PAUSE / 4);
    later();
  }

  form.addEventListener("input", look);
  form.addEventListener("click", () => setTimeout(look)); // an answer that is tapped away makes no input
  form.addEventListener("keyup", look);
  form.addEventListener("submit", async (event) => {
    if (Date.now() - submitting < 3000) { event.preventDefault(); return; } // a second press
    clearTimeout(timer);
    if (!navigator.onLine) {
      event.preventDefault();
      put();
      say(form.dataset.wordsOffline, true);
      return;
    }
    if (flight) { // its version counts first
      event.preventDefault();
      const button = event.submitter;
      try { await flight; } catch { /* the form itself is sent now */ }
      setTimeout(() => form.requestSubmit(button), 50);
      return;
    }
    freshen();
    if (known !== stored) put();
    submitting = Date.now();
  });
  addEventListener("pageshow", () => { submitting = 0; });
  addEventListener("online", later);

  // What is on this device and not on the server comes back; on the version it was typed on, so that nothing newer is written over.
  keep?.all().then((found) => {
    const kept = found[part];
    if (!kept) return;
    if (JSON.stringify(kept.values) === known) { keep.drop(part); return; }
    if (known !== stored || form.querySelector(".is-wrong, .other")) return; // typed meanwhile, or just sent back
    for (const field of form.elements) {
      if (!/^q\d+$/.test(field.name)) continue;
      const own = kept.values.filter(([name]) => name === field.name).map(([, value]) => value);
      if (field.type === "radio" || field.type === "checkbox") field.checked = own.includes(field.value);
      else field.value = own[0] ?? "";
    }
    version.value = kept.version;
    known = text();
    say(form.dataset.wordsBack);
    later();
  });
})();
