// The editor of a plan. Its buttons post and show the page again; with this they work at once, and it saves itself two seconds after
// the last change: a closed lid costs nothing. Each save names the version the page has; what somebody else changed meanwhile is
// never written over: the page says so, stops saving by itself, and “Save the draft” then shows both.
(() => {
  const form = document.querySelector("form[data-plan]");
  if (!form) return;
  let changed = "unsaved" in form.dataset;
  let sent = 0;
  let fresh = 1000; // keys of parts that this page added: beyond any the server gave
  const PAUSE = 2000;
  const said = form.querySelector("[data-saved]");
  let timer = 0;
  let flight = null;
  let stopped = changed; // what was refused is looked at first

  const touch = () => {
    changed = true;
    if (!stopped) later();
  };
  function later(after = PAUSE) {
    clearTimeout(timer);
    timer = setTimeout(save, after);
  }
  // Signing in again in another tab gives out a new token: the cookie has it.
  function freshen() {
    const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]*)/);
    if (cookie) form.elements.namedItem("csrfmiddlewaretoken").value = cookie[1];
  }
  // A second save before the first one's rows are known here would write them twice.
  async function save(leaving) {
    clearTimeout(timer);
    if (stopped || !changed || sent) return;
    if (flight) { later(); return; }
    changed = false;
    freshen();
    const data = new FormData(form);
    data.set("do", "keep");
    said.textContent = form.dataset.wordsSaving;
    flight = fetch(location.pathname, { method: "POST", body: data, redirect: "manual", keepalive: leaving === true, headers: { Accept: "application/json" } });
    try {
      const answer = await flight;
      const brought = await answer.json(); // not JSON: signed out, or the server is away
      if (answer.ok) {
        form.elements.namedItem("version").value = brought.version;
        for (const [name, uid] of Object.entries(brought.uids)) { const field = form.elements.namedItem(name); if (field) field.value = uid; }
        said.textContent = brought.saved;
        said.classList.remove("state-care");
      } else {
        stopped = answer.status === 409;
        changed = true;
        said.textContent = brought.message;
        said.classList.add("state-care");
      }
    } catch {
      changed = true;
      said.textContent = form.dataset.wordsLost;
      said.classList.add("state-care");
      later(5 * PAUSE);
    } finally {
      flight = null;
    }
  }
  const leave = () => (changed && !stopped ? save(true) : flight ?? Promise.resolve());
  document.addEventListener("visibilitychange", () => { if (document.hidden) leave(); });
  document.addEventListener("house:leaving", (event) => { event.detail.wait(leave()); }); // idle.js signs out
  addEventListener("pagehide", leave);

  form.addEventListener("input", touch);
  addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
  addEventListener("pageshow", () => { sent = 0; });

  const firstField = (part) => part.querySelector("textarea, input:not([type='hidden']), select");

  // A copy of the blank part of this kind, its names made its own.
  const build = (listName) => {
    const blank = document.querySelector(`template[data-blank="${listName.at(-1)}"]`);
    const part = blank.content.firstElementChild.cloneNode(true);
    const parent = listName.includes("-") ? listName.slice(0, listName.lastIndexOf("-")) : "";
    fresh += 1;
    [part, ...part.querySelectorAll("*")].forEach((element) => {
      [...element.attributes].forEach((one) => {
        if (!/PARENT|KEY/.test(one.value)) return;
        element.setAttribute(one.name, one.value.replaceAll("PARENT", parent).replaceAll("KEY", fresh));
      });
    });
    return part;
  };

  const deeds = {
    add(button) {
      const list = form.querySelector(`[data-list="${button.dataset.add}"]`);
      if (list.children.length >= 20) return;
      const part = build(button.dataset.add);
      list.append(part);
      firstField(part).focus();
    },
    remove(button) {
      const part = button.closest("[data-part]");
      const said = [...part.querySelectorAll("textarea, input[type='text']")].some((field) => field.value.trim());
      if (said && !part.hasAttribute("data-sure")) {
        part.setAttribute("data-sure", "");
        button.classList.add("btn-danger");
        setTimeout(() => { part.removeAttribute("data-sure"); button.classList.remove("btn-danger"); }, 4000);
        return;
      }
      const next = part.nextElementSibling ?? part.previousElementSibling;
      const adder = part.parentElement.parentElement.querySelector(`[data-add="${part.parentElement.dataset.list}"]`);
      part.remove();
      (next ? firstField(next) : adder)?.focus();
    },
    move(button) {
      const part = button.closest("[data-part]");
      if (button.dataset.move === "up") part.previousElementSibling?.before(part);
      else part.nextElementSibling?.after(part);
      button.focus();
    },
  };

  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    const deed = button && Object.keys(deeds).find((name) => name in button.dataset);
    if (deed) {
      event.preventDefault();
      deeds[deed](button);
      touch();
    } else if (Date.now() - sent < 3000) {
      event.preventDefault();
    } else if (flight) { // its rows count first
      event.preventDefault();
      flight.catch(() => {}).then(() => { setTimeout(() => form.requestSubmit(button), 50); });
    } else {
      clearTimeout(timer);
      freshen();
      sent = Date.now();
      changed = false;
    }
  });
})();
