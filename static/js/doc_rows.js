// The rows of the documentation page: one open at a time, all by keyboard, what is missing in words, one's own phrases.
(() => {
  const form = document.querySelector("[data-doc]");
  if (!form) return;
  const words = document.getElementById("doc-words").dataset;
  const phrases = JSON.parse(document.getElementById("doc-phrases").textContent);
  const legend = document.getElementById("doc-legend");
  const rows = [...form.querySelectorAll("details.doc-row")];
  const live = rows.filter((row) => !("signed" in row.dataset));
  const shared = form.querySelector("[data-part='shared']");
  const attended = new Set(["present", "late", "left_early"]);

  const field = (part, name) => part.querySelector(`[name='${part.dataset.part === "shared" ? "shared" : `p${part.dataset.part}`}-${name}']`);
  const group = (row, name) => row.querySelector(`[data-name='${name}']`);
  const chosen = (row, name) => row.querySelector(`[data-name='${name}'] input:checked`)?.value ?? "";
  const value = (part, name) => field(part, name)?.value.trim() ?? "";
  // What the room proposes of a row, as long as nobody confirmed it; null otherwise.
  const kept = (row) => row.querySelector("input[name$='-proposed']");
  const proposal = (row) => (kept(row)?.value ? JSON.parse(kept(row).value) : null);
  const isTyping = (at) => at?.matches?.("textarea, select, input:not([type='radio']):not([type='checkbox'])");

  function missing(part) {
    const lacks = [];
    if (part === shared) return ["objective", "topic", "intervention"].filter((name) => field(part, name) && !value(part, name)).map((name) => words[name]);
    const status = chosen(part, "status");
    if (!status) return [words.status];
    if (proposal(part)) return [words.confirm];
    if (!attended.has(status)) return [];
    if (status !== "present" && !value(part, "minutes")) lacks.push(words.minutes);
    if (!value(part, "text")) lacks.push(words.text);
    if (group(part, "plan_objective") && !chosen(part, "plan_objective")) lacks.push(words.objective);
    if (!chosen(part, "risk")) lacks.push(words.risk);
    else if (chosen(part, "risk") === "reported" && !value(part, "risk_text")) lacks.push(words.riskwords);
    return lacks;
  }

  const LABELS = ["status", "participation", "engagement"];
  function show(part) {
    const lacks = missing(part);
    const said = part.querySelector("[data-missing]");
    if (said) {
      said.textContent = lacks.length ? `${words.missing} ${lacks.join(", ")}` : words.complete;
      said.classList.toggle("is-complete", !lacks.length);
    }
    part.classList.toggle("is-complete", !lacks.length);
    if (part === shared) return;
    const status = part.querySelector("[data-name='status'] input:checked");
    part.querySelector("[data-attended]").hidden = !status; // what is missing says so
    if (status) {
      const minutes = status.value === "present" || !attended.has(status.value) ? "" : value(part, "minutes");
      const rating = chosen(part, "participation");
      part.querySelector("[data-attended]").textContent = [proposal(part) && words.proposed, status.nextElementSibling.textContent, minutes && `${minutes} min`, attended.has(status.value) && rating && `${rating}/4`].filter(Boolean).join(" · ").replace(`${words.proposed} ·`, words.proposed);
    }
    for (const name of LABELS.slice(1)) {
      const picked = part.querySelector(`[data-name='${name}'] input:checked`);
      const place = group(part, name)?.parentElement.querySelector("[data-words]");
      if (place) place.textContent = picked?.value ? picked.parentElement.title : "";
    }
    const done = live.filter((row) => row.classList.contains("is-complete")).length + rows.length - live.length;
    const count = form.querySelector("[data-count]");
    if (count) count.textContent = words.count.replace("%n", done).replace("%m", rows.length);
  }

  // Somebody absent has no minutes, no rating and no note; whoever was present was there throughout. What was typed stays
  // in the fields, so that a slip costs nothing; it is not sent.
  function follow(row) {
    const status = chosen(row, "status");
    const here = attended.has(status);
    const minutes = field(row, "minutes");
    minutes.disabled = !here || status === "present";
    row.classList.toggle("is-absent", Boolean(status) && !here);
    row.classList.toggle("is-present", status === "present");
    row.classList.toggle("is-open", !status);
    row.classList.toggle("is-proposed", Boolean(proposal(row)));
    row.dataset.status = status;
    const box = row.querySelector("[data-proposal]");
    if (box) box.hidden = !proposal(row);
    const note = row.querySelector(".doc-note");
    const text = value(row, "text") || value(row, "risk_text") || value(row, "trouble_text") || value(row, "next_step");
    note.disabled = note.hidden = Boolean(status) && !here && !text;
    row.querySelector(".doc-none").hidden = here || !status || !note.hidden;
    const all = form.querySelector("[data-all-present]");
    if (all) all.hidden = live.every((one) => chosen(one, "status"));
    const confirmAll = form.querySelector("[data-confirm-all]");
    if (confirmAll) confirmAll.hidden = !live.some(proposal);
  }

  // Confirmed: from now on it is the leader's own word, and saved like any other.
  function confirm(row) {
    if (!proposal(row)) return;
    kept(row).value = "";
    follow(row);
    show(row);
    stop(group(row, "status")).dispatchEvent(new Event("change", { bubbles: true }));
  }

  const lines = (group) => [...group.querySelectorAll("input[type='radio']")];
  const stop = (group) => lines(group).find((radio) => radio.checked) ?? lines(group)[0];

  function open(row, { focus = true } = {}) {
    for (const one of rows) one.open = one === row;
    if (!row) return;
    if (focus) {
      (first(row) ?? row.querySelector("summary")).focus({ preventScroll: true });
      row.scrollIntoView({ block: "nearest" });
    }
  }

  // Where one goes on in a row: what is asked for and not answered, in the order of the page.
  function first(row) {
    if ("signed" in row.dataset) return null;
    const status = chosen(row, "status");
    if (!status) return stop(group(row, "status"));
    if (proposal(row)) return row.querySelector("[data-confirm]");
    if (!attended.has(status)) return stop(group(row, "status"));
    if (status !== "present" && !value(row, "minutes")) return field(row, "minutes");
    if (!chosen(row, "participation")) return stop(group(row, "participation"));
    if (!value(row, "text")) return field(row, "text");
    if (group(row, "plan_objective") && !chosen(row, "plan_objective")) return stop(group(row, "plan_objective"));
    if (!chosen(row, "risk")) return stop(group(row, "risk"));
    return field(row, "text");
  }

  // After a confirmation: to what is still asked about them, else to the next person.
  function goOnIn(row) {
    if (attended.has(chosen(row, "status"))) first(row).focus();
    else goOn(row);
  }
  // The row whose proposal "c" confirms: the one one is in, else the one that is open.
  function proposed(row) {
    const one = row ?? live.find((each) => each.open);
    return one && live.includes(one) && proposal(one) ? one : null;
  }

  function next(from, step, wanted = () => true) {
    const at = rows.indexOf(from);
    for (let n = 1; n <= rows.length; n += 1) {
      const row = rows[(at + step * n + rows.length * (n + 1)) % rows.length];
      if (row !== from && wanted(row)) return row;
    }
    return null;
  }
  const isIncomplete = (row) => live.includes(row) && !row.classList.contains("is-complete");

  function goOn(from) {
    const row = next(from, 1, isIncomplete);
    if (row) open(row);
    else if (isIncomplete(from)) open(from);
    else if (shared && !shared.classList.contains("is-complete") && field(shared, "objective")) toShared();
    else toSign();
  }
  function toShared() {
    const empty = ["objective", "topic", "intervention"].find((name) => !value(shared, name));
    field(shared, empty || "objective")?.focus();
  }
  function toSign() {
    open(null);
    document.getElementById("sign-password")?.focus();
  }

  // After a choice by its key: to what comes next in the row.
  const AFTER = { participation: "engagement", engagement: "affect", plan_objective: "progress", progress: "risk" };
  function after(row, name, status) {
    if (name === "status") {
      if (status === "present") stop(group(row, "participation")).focus();
      else if (attended.has(status)) { field(row, "minutes").focus(); field(row, "minutes").select(); }
      else goOn(row);
    } else if (name === "risk" && status === "reported") field(row, "risk_text").focus();
    else if (AFTER[name]) (group(row, AFTER[name]) ? stop(group(row, AFTER[name])) : field(row, AFTER[name])).focus();
  }

  function pick(radio) {
    radio.checked = true;
    radio.dispatchEvent(new Event("input", { bubbles: true }));
    radio.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function expand(at, event) {
    const found = /;([a-zA-Z0-9_-]+)$/.exec(at.value.slice(0, at.selectionStart));
    const phrase = found && at.selectionStart === at.selectionEnd && phrases[found[1].toLowerCase()];
    if (!phrase) return;
    event.preventDefault();
    at.setSelectionRange(at.selectionStart - found[0].length, at.selectionStart);
    const said = phrase + (event.key === " " ? " " : "");
    if (!document.execCommand("insertText", false, said)) { // the one way that "undo" knows of
      at.setRangeText(said, at.selectionStart, at.selectionEnd, "end");
      at.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  function everybody() {
    for (const row of live) if (!chosen(row, "status")) pick(row.querySelector("[data-name='status'] input[value='present']"));
    const row = live.find(isIncomplete);
    if (row) open(row);
  }

  const inside = (at) => at.closest?.("details.doc-row");
  document.addEventListener("keydown", (event) => {
    const at = event.target;
    if (document.querySelector("dialog[open]") || event.isComposing) return;
    const row = inside(at);
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      goOn(row ?? rows[rows.length - 1]);
    } else if (event.altKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      const to = row ? next(row, step) : rows[step === 1 ? 0 : rows.length - 1];
      if (to) open(to);
    } else if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    } else if ((event.key === " " || event.key === "Tab") && !event.shiftKey && at.matches?.("textarea")) {
      expand(at, event);
    } else if (event.key === "Enter" && at.id === "sign-password") {
      event.preventDefault(); // the first button of the form saves; here one signs
      form.requestSubmit(form.querySelector("[data-sign]"));
    } else if (event.key === "Enter" && at.matches?.("input") && form.contains(at)) {
      event.preventDefault(); // it is saved by itself
    } else if (!isTyping(at)) {
      plainKey(event, at, row);
    }
  });

  function plainKey(event, at, row) {
    const within = at.closest?.("[data-pick]");
    const place = within ? within.dataset.pick.indexOf(event.key.toLowerCase()) : -1;
    const radio = place >= 0 ? lines(within)[place] : null;
    if (radio) {
      event.preventDefault();
      pick(radio);
      radio.focus();
      after(row, within.dataset.name, radio.value);
    } else if (event.key === "?") {
      event.preventDefault();
      legend.showModal();
    } else if (event.key === "c" && proposed(row)) {
      event.preventDefault();
      const one = proposed(row);
      confirm(one);
      goOnIn(one);
    } else if (event.key === "p") {
      event.preventDefault();
      everybody();
    } else if (event.key === "s") {
      event.preventDefault();
      toShared();
    }
  }

  rows.forEach((row) => {
    row.querySelector("summary").addEventListener("click", (event) => {
      if (event.target.closest("a")) return;
      event.preventDefault();
      if (row.open) row.open = false;
      else open(row, { focus: event.detail === 0 });
    });
  });
  live.forEach((row) => {
    // Choosing is confirming, and so is a click on what is chosen already.
    const own = (event) => { if (event.target.closest("[data-name='status'], .roll-minutes")) confirm(row); };
    for (const kind of ["input", "click"]) row.addEventListener(kind, (event) => { if (event.target.matches("input")) own(event); });
    row.querySelector("[data-confirm]")?.addEventListener("click", (event) => {
      event.preventDefault();
      confirm(row);
      goOnIn(row);
    });
    row.addEventListener("change", (event) => { if (event.target.closest("[data-name='status']")) follow(row); });
    row.addEventListener("input", () => { show(row); });
    row.addEventListener("change", () => { show(row); });
    follow(row);
  });
  shared.addEventListener("input", () => {
    shared.querySelectorAll(".is-proposed").forEach((one) => { one.classList.remove("is-proposed"); }); // saved with these words
    show(shared);
  });
  form.querySelector("[data-all-present]")?.addEventListener("click", everybody);
  form.querySelector("[data-confirm-all]")?.addEventListener("click", (event) => {
    event.preventDefault();
    live.forEach(confirm);
    const row = live.find(isIncomplete);
    if (row) open(row);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-go]");
    if (!link) return;
    event.preventDefault();
    const part = link.dataset.go === "shared" ? shared : document.getElementById(`row-${link.dataset.go}`);
    if (part !== shared) open(part, { focus: false });
    const to = group(part, link.dataset.field) ? stop(group(part, link.dataset.field)) : field(part, link.dataset.field);
    const more = to?.closest("details.doc-more");
    if (more) more.open = true;
    (to ?? part.querySelector("summary")).focus();
  });
  const button = document.querySelector("[data-legend]");
  if (button) {
    button.hidden = false;
    button.addEventListener("click", () => { legend.showModal(); });
  }

  window.docRows = { rows, live, shared, show, follow, open, proposal, confirm };
  [shared, ...live].forEach(show);
  const wrong = rows.find((row) => row.querySelector("[aria-invalid='true']"));
  open(wrong ?? live.find(isIncomplete) ?? null, { focus: Boolean(wrong) });
})();
