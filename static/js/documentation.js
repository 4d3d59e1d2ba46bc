// The documentation page saves itself: a second after typing stops, when a field or the page is left, when the lid closes. What
// is not saved yet is kept encrypted (doc_keep.js). What somebody else saved meanwhile is shown beside one's own.
(() => {
  const form = document.querySelector("[data-doc]");
  if (!form || !window.docRows) return;
  const { live, shared, show, follow, open, proposal, confirm } = window.docRows;
  const { both, make } = window.docCompare;
  const keep = window.docKeep;
  const words = document.getElementById("doc-words").dataset;
  const line = form.querySelector("[data-state-line]");
  const gone = document.querySelector("[data-signed-out]");
  const PAUSE = 1000;
  const LOOK = 20_000;
  const HIDDEN = /-(version|seen|was|proposed)$/;
  const PROPOSED = ["status", "minutes", "tech_trouble", "trouble_text"];
  const parts = new Map();
  let busy = false;
  let timer = 0;
  let signing = false;
  let retry = 0;
  let stopped = false; // signed out, or somebody else is signed in

  // --- one part: what its fields say, and what was saved of it

  const controls = (el) => [...el.querySelectorAll("input[name], textarea[name], select[name]")].filter((c) => !HIDDEN.test(c.name));
  function values(el) {
    const said = {};
    for (const c of controls(el)) {
      if (c.type === "radio") { if (c.checked && !c.matches(":disabled")) said[c.name] = c.value; else said[c.name] ??= ""; }
      else if (c.type === "checkbox") said[c.name] = c.checked && !c.matches(":disabled") ? "on" : "";
      else said[c.name] = c.matches(":disabled") ? "" : c.value.replace(/\r\n?/g, "\n").trim();
    }
    // What only the room says is nobody's word yet.
    const open = proposal(el);
    if (open) for (const name of PROPOSED) if (said[`p${el.dataset.part}-${name}`] === open[name]) said[`p${el.dataset.part}-${name}`] = "";
    return said;
  }
  const same = (a, b) => Object.keys({ ...a, ...b }).every((name) => (a[name] ?? "") === (b[name] ?? ""));
  function fill(part, said) {
    const open = proposal(part.el);
    if (open && said[`p${part.id}-status`]) confirm(part.el);
    const stays = open && !said[`p${part.id}-status`] ? PROPOSED.map((name) => `p${part.id}-${name}`) : [];
    for (const c of controls(part.el)) {
      if (!(c.name in said) || (stays.includes(c.name) && !said[c.name])) continue;
      if (c.type === "radio") c.checked = c.value === said[c.name];
      else if (c.type === "checkbox") c.checked = said[c.name] === "on";
      else c.value = said[c.name];
    }
    if (part.el !== shared) follow(part.el);
    show(part.el);
  }
  function hidden(part, fields) {
    for (const [name, value] of Object.entries(fields || {})) {
      const c = part.el.querySelector(`[name='${name}']`);
      if (c) c.value = value ?? "";
    }
  }
  const version = (part) => [...part.el.querySelectorAll("input[type='hidden']")].filter((c) => /-(version|was)$/.test(c.name)).map((c) => c.value).join("|");
  const isDirty = (part) => !same(values(part.el), part.saved);

  function add(el) {
    if (!el || el.tagName === "DETAILS" && "signed" in el.dataset) return;
    const part = { id: el.dataset.part, el, saved: values(el), talk: el.querySelector("[data-talk]"), conflict: false };
    parts.set(part.id, part);
    el.addEventListener("input", () => { touched(part); });
    el.addEventListener("change", () => { touched(part); });
    el.addEventListener("focusout", () => { if (isDirty(part)) soon(50); });
  }

  // --- state, in quiet words

  function say(text, tone = "") {
    line.textContent = text;
    line.dataset.tone = tone;
  }
  async function touched(part) {
    if (!isDirty(part)) {
      keep.drop(part.id);
      return;
    }
    soon(PAUSE);
    part.kept = await keep.put(part.id, { values: values(part.el), version: version(part), sent: part.sent });
  }
  function soon(after) {
    clearTimeout(timer);
    timer = setTimeout(save, after);
  }
  const dirty = () => [...parts.values()].filter((part) => isDirty(part) && !part.conflict);

  // --- saving

  function token() {
    const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]*)/);
    return cookie ? cookie[1] : form.querySelector("input[name='csrfmiddlewaretoken']").value;
  }
  function body(list) {
    const data = new URLSearchParams({ parts: list.map((part) => part.id).join(","), who: form.querySelector("input[name='who']").value });
    for (const part of list) {
      for (const [name, value] of Object.entries(values(part.el))) if (value !== "" || !/-(tech_trouble|place_trouble)$/.test(name)) data.set(name, value);
      for (const c of part.el.querySelectorAll("input[type='hidden']")) if (HIDDEN.test(c.name)) data.set(c.name, c.value);
      // An absent person's hidden fields are not sent at all: their note is left as it is.
      if (part.el.querySelector(".doc-note")?.disabled) for (const c of part.el.querySelectorAll(".doc-note [name]")) data.delete(c.name);
    }
    return data;
  }

  async function save() {
    clearTimeout(timer);
    const list = dirty();
    if (!list.length || stopped) return;
    if (busy) { soon(200); return; }
    busy = true;
    say(words.saving);
    for (const part of list) part.sent = values(part.el);
    try {
      const answer = await fetch(form.dataset.save, { method: "POST", body: body(list), headers: { "X-CSRFToken": token(), Accept: "application/json" }, redirect: "manual", keepalive: true });
      if (answer.type === "opaqueredirect" || answer.status === 401) out();
      else if (answer.status === 403) other(await said(answer));
      else if (answer.status === 200 || answer.status === 409 || answer.status === 422) took(list, await answer.json());
      else later();
    } catch {
      later();
    } finally {
      busy = false;
    }
    if (dirty().some((part) => !part.sent || !same(values(part.el), part.sent))) soon(PAUSE);
  }
  async function said(answer) {
    try { return await answer.json(); } catch { return {}; }
  }
  function later() {
    say(dirty().every((part) => part.kept) ? words.kept : words.lost, "care");
    retry = Math.min((retry || 2000) * 2, 30_000);
    soon(retry);
  }
  function out() {
    stopped = true;
    say(words.kept, "care");
    gone.hidden = false;
    gone.setAttribute("role", "alert");
  }
  function other(answer) {
    if (answer.code !== "somebody_else") { out(); return; }
    stopped = true;
    gone.querySelector("div").firstChild.textContent = `${words.other} `;
    gone.hidden = false;
    say(words.kept, "care");
  }

  function took(list, answer) {
    retry = 0;
    let why = "";
    for (const part of list) {
      const got = answer.parts[part.id];
      if (!got) continue;
      if (got.ok) {
        part.saved = part.sent;
        hidden(part, got.fields);
        if (isDirty(part)) touched(part);
        else keep.drop(part.id);
        if (!part.conflict) part.talk.replaceChildren();
        mark(part, {});
      } else if (got.conflict) {
        compare(part, got);
      } else if (got.code === "signed") {
        sealed(part, part.sent);
        keep.drop(part.id);
      } else {
        why ||= got.message;
        mark(part, got.errors || {});
      }
    }
    if (why) say(`${words.kept}: ${why}`, "care");
    else if (list.some((part) => part.conflict)) say(words.compare, "care");
    else say(`${words.saved} ${answer.at}`, "good");
  }
  function mark(part, errors) {
    for (const c of controls(part.el)) {
      if (c.name in errors) c.setAttribute("aria-invalid", "true");
      else c.removeAttribute("aria-invalid");
    }
  }

  // --- somebody else saved it, too

  function compare(part, got) {
    const mine = values(part.el);
    const names = Object.keys(got.theirs).filter((name) => name in mine && (mine[name] ?? "") !== (got.theirs[name] ?? ""));
    if (!names.length) { // the same words: nothing to decide
      hidden(part, got.fields);
      part.saved = mine;
      keep.drop(part.id);
      return;
    }
    part.conflict = true;
    const panel = both({ controls: controls(part.el), names, mine, theirs: got.theirs, by: got.by, words });
    panel.keep.addEventListener("click", () => { decided(part, got, values(part.el)); });
    panel.take.addEventListener("click", () => { decided(part, got, got.theirs); });
    part.talk.replaceChildren(panel.el);
    part.el.classList.add("has-conflict");
    part.talk.scrollIntoView({ block: "nearest" });
  }
  function decided(part, got, choice) {
    part.conflict = false;
    part.el.classList.remove("has-conflict");
    part.talk.replaceChildren();
    hidden(part, got.fields);
    part.saved = got.theirs;
    fill(part, choice);
    if (isDirty(part)) { touched(part); save(); }
    else { keep.drop(part.id); say(words.saved, "good"); }
    (part.el.querySelector("textarea") ?? part.el.querySelector("summary"))?.focus();
  }
  function sealed(part, mine) {
    const texts = Object.entries(mine || {}).filter(([name, value]) => value && /-(text|risk_text|trouble_text|next_step)$/.test(name)).map(([, value]) => value);
    const drop = make("button", { type: "button", class: "btn" }, words.drop);
    drop.addEventListener("click", () => { part.talk.replaceChildren(); keep.drop(part.id); });
    if (texts.length) part.talk.replaceChildren(make("div", { class: "theirs" }, make("strong", {}, words.sealed), make("p", { class: "doc-said" }, texts.join("\n")), drop));
    else part.talk.replaceChildren(make("p", { class: "theirs" }, words.reload));
    part.conflict = true; // nothing more is sent for it
  }

  // --- looking now and then whether somebody else saved

  async function look() {
    if (document.hidden || stopped || busy) return;
    try {
      const answer = await fetch(form.dataset.state, { redirect: "manual", headers: { Accept: "application/json", "X-Nobody-Asked": "1" } });
      if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) { out(); return; }
      if (!answer.ok || busy) return;
      const now = await answer.json();
      const changed = [];
      for (const part of parts.values()) {
        if (part.conflict) continue;
        const row = now.rows[part.id];
        if (row?.[2]) { if (!signing) sealed(part, isDirty(part) ? values(part.el) : {}); continue; }
        const is = part.id === "shared" ? `${now.shared}` : row && `${row[0]}|${row[1]}`;
        if (is !== undefined && is !== version(part)) changed.push(part);
      }
      if (changed.length) await bring(changed);
    } catch { /* no network now: the next look tells */ }
  }
  async function bring(changed) {
    const answer = await fetch(`${form.dataset.state}?parts=${changed.map((part) => part.id).join(",")}`, { redirect: "manual", headers: { "X-Nobody-Asked": "1" } });
    if (!answer.ok || busy) return;
    const { stored } = await answer.json();
    for (const part of changed) {
      const got = stored?.[part.id];
      if (!got) continue;
      if (isDirty(part)) compare(part, got);
      else {
        hidden(part, got.fields);
        fill(part, got.theirs);
        part.saved = values(part.el);
      }
    }
  }

  // --- what was kept last time

  async function restore() {
    const kept = await keep.all();
    let back = 0;
    for (const [id, draft] of Object.entries(kept)) {
      const part = parts.get(id);
      if (!part) {
        const el = document.getElementById(`row-${id}`);
        if (el) { sealed({ id, el, talk: el.querySelector("[data-talk]") }, draft.values); el.open = true; }
        continue;
      }
      const here = values(part.el);
      if (same(draft.values, here)) { keep.drop(id); continue; }
      if (isDirty(part)) continue; // somebody types already
      back += 1;
      // Saved by this very page just before it ended: what is stored is one's own.
      if (draft.version === version(part) || (draft.sent && same(draft.sent, here))) {
        fill(part, draft.values);
        touched(part);
      } else {
        const theirs = part.saved;
        const fields = {};
        for (const c of part.el.querySelectorAll("input[type='hidden']")) if (HIDDEN.test(c.name)) fields[c.name] = c.value;
        fill(part, draft.values);
        compare(part, { theirs, fields, by: "" });
        if (part.el !== shared) open(part.el, { focus: false });
      }
    }
    if (back) { say(words.restored, "good"); soon(PAUSE); }
  }

  // --- leaving

  function leaving() {
    const list = dirty();
    if (!list.length || stopped || busy) return Promise.resolve();
    for (const part of list) part.sent = values(part.el);
    return fetch(form.dataset.save, { method: "POST", body: body(list), headers: { "X-CSRFToken": token(), Accept: "application/json" }, redirect: "manual", keepalive: true })
      .then(async (answer) => { if ([200, 409, 422].includes(answer.status)) took(list, await answer.json()); }, () => {});
  }
  document.addEventListener("visibilitychange", () => { if (document.hidden) leaving(); else { look(); if (dirty().length) soon(50); } });
  addEventListener("pagehide", () => { if (!signing) leaving(); });
  addEventListener("online", () => { soon(50); });
  document.addEventListener("house:leaving", (event) => { event.detail.wait(leaving()); }); // idle.js signs out
  addEventListener("beforeunload", (event) => {
    if (!signing && dirty().some((part) => !part.kept)) event.preventDefault();
  });

  // --- a follow-up in one click, without leaving the row

  document.querySelectorAll("form[data-follow]").forEach((one) => {
    one.addEventListener("submit", async (event) => {
      const place = document.getElementById(`row-${one.dataset.follow}`)?.querySelector(".doc-follow");
      if (!place || !event.submitter) return;
      event.preventDefault();
      const data = new URLSearchParams(new FormData(one, event.submitter));
      const buttons = [...place.querySelectorAll("button")];
      buttons.forEach((button) => { button.disabled = true; });
      try {
        const answer = await fetch(one.action, { method: "POST", body: data, redirect: "manual", headers: { "X-CSRFToken": token(), "X-Requested-With": "fetch" } });
        if (!answer.ok) throw new Error("not opened");
        const opened = make("div", { class: "doc-opened", tabindex: "-1" });
        opened.innerHTML = await answer.text();
        place.replaceChildren(opened);
        opened.focus();
      } catch {
        buttons.forEach((button) => { button.disabled = false; });
        one.append(Object.assign(document.createElement("input"), { type: "hidden", name: "reason", value: event.submitter.value }));
        one.submit(); // the plain way tells why
      }
    });
  });

  // --- signing: all of it is saved with it. What the page warns of is looked up when one comes to sign.

  form.addEventListener("submit", (event) => {
    if (signing) { event.preventDefault(); return; }
    signing = true;
    clearTimeout(timer);
    setTimeout(() => { signing = false; }, 8000);
    if (busy) { // what is on its way first, so that the page sends back the newest versions
      event.preventDefault();
      const button = event.submitter;
      const wait = setInterval(() => {
        if (busy) return;
        clearInterval(wait);
        signing = false;
        form.requestSubmit(button);
      }, 50);
    }
  });
  const sign = document.getElementById("sign");
  const warnings = form.querySelector("[data-warnings]");
  let fresh = "";
  // What is on its way arrives first: the warnings are of what is stored.
  async function settled() {
    while (busy) await new Promise((resolve) => { setTimeout(resolve, 50); });
    await save();
  }
  sign?.addEventListener("focusin", async (event) => {
    if (!warnings || warnings.contains(event.target)) return;
    await settled();
    const now = [...parts.values()].map(version).join();
    if (stopped || now === fresh) return;
    fresh = now;
    try {
      const answer = await fetch(form.dataset.check, { redirect: "manual" });
      if (!answer.ok) return;
      const reasons = new Map([...warnings.querySelectorAll("input[name]")].map((c) => [c.name, c.value]));
      warnings.innerHTML = await answer.text();
      for (const c of warnings.querySelectorAll("input[name]")) c.value = reasons.get(c.name) ?? "";
    } catch { /* signing tells the same */ }
  });

  // Eleven people without a plan in force are one reason, not eleven.
  warnings?.addEventListener("input", ({ target }) => {
    if (target.dataset.guard !== "plan_objective") return;
    const others = [...warnings.querySelectorAll("[data-guard='plan_objective']")].filter((c) => c !== target && !c.value);
    warnings.querySelector("[data-same]")?.remove();
    if (!others.length || !target.value.trim()) return;
    const button = make("button", { type: "button", class: "btn btn-sm mt-2", "data-same": "" }, words.same.replace("%s", others.length));
    button.addEventListener("click", () => { for (const c of others) c.value = target.value; button.remove(); document.getElementById("sign-password")?.focus(); });
    target.after(button);
  });

  form.querySelector("[data-plain]").hidden = true;
  add(shared.querySelector("textarea") ? shared : null);
  live.forEach(add);
  // A page that came back with errors shows words that are not saved.
  if (form.querySelector("[aria-invalid='true']")) for (const part of parts.values()) part.saved = {};
  restore();
  setInterval(look, LOOK);
})();
