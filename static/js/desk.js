// Staff's forms. Everything works without it; with it the roll-call fills itself in, a second click sends nothing twice and
// nothing typed is lost by leaving.
(() => {
  document.querySelectorAll("form[data-guard]").forEach((form) => {
    let changed = "unsaved" in form.dataset; // refused: what was typed is on this page alone
    let sent = 0;
    form.addEventListener("input", () => { changed = true; });
    form.addEventListener("submit", (event) => {
      if (Date.now() - sent < 3000) event.preventDefault();
      else sent = Date.now();
      changed = false;
    });
    addEventListener("pageshow", () => { sent = 0; });
    addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
    // Signed out for idleness: what is kept here (form_keep.js) need not hold the page.
    document.addEventListener("house:leaving", () => { if ("doc" in form.dataset) changed = false; });
  });

  const attended = new Set(["present", "late", "left_early"]);
  const minutesOf = (row) => row.querySelector("input[type='number']");
  const ratingOf = (row) => row.querySelector("select");
  const radiosOf = (row) => [...row.querySelectorAll("input[type='radio']")];
  const chosenIn = (row) => row.querySelector("input[type='radio']:checked");
  const rows = [...document.querySelectorAll("[data-row]")]; // those that are not sealed
  const typed = new Map(); // what a row said before it was hidden, so that a slip costs nothing

  const remember = (row) => {
    const minutes = minutesOf(row);
    if (!minutes.disabled && !minutes.readOnly && minutes.value !== minutes.dataset.full) typed.set(minutes, minutes.value);
    if (!minutes.disabled) typed.set(ratingOf(row), ratingOf(row).value);
  };

  // Somebody absent has no minutes and no rating; somebody present has all minutes.
  const follow = (row, status) => {
    const minutes = minutesOf(row);
    const rating = ratingOf(row);
    const here = attended.has(status);
    row.classList.remove("is-open");
    row.classList.toggle("is-absent", !here);
    row.classList.toggle("is-present", status === "present");
    minutes.disabled = rating.disabled = !here;
    minutes.readOnly = status === "present";
    minutes.tabIndex = minutes.readOnly ? -1 : 0;
    if (status === "present") minutes.value = minutes.dataset.full;
    else minutes.value = here ? typed.get(minutes) ?? "" : "";
    rating.value = here ? typed.get(rating) ?? "" : "";
  };

  const left = document.querySelector("[data-open]");
  const all = document.querySelector("[data-all-present]");
  const count = () => {
    const n = rows.filter((row) => !chosenIn(row)).length;
    if (left) left.textContent = n ? `${left.dataset.words} ${n}` : "";
    if (all) all.hidden = !n;
  };

  const choose = (row, radio) => {
    remember(row);
    radio.checked = true;
    follow(row, radio.value);
    count();
  };

  const askMinutes = (row) => {
    minutesOf(row).focus();
    minutesOf(row).select();
  };

  // Where one goes on after a choice: to what it still needs, else to the next person.
  const goOn = (row, status) => {
    const next = rows[rows.indexOf(row) + 1];
    if (status === "present") ratingOf(row).focus();
    else if (attended.has(status)) askMinutes(row);
    else if (next) (chosenIn(next) ?? radiosOf(next)[0]).focus();
  };

  rows.forEach((row) => {
    const chosen = chosenIn(row);
    remember(row);
    if (chosen) follow(row, chosen.value);
    else if (!row.querySelector("[aria-invalid='true']")) row.classList.add("is-open");
    radiosOf(row).forEach((radio, place) => {
      radio.setAttribute("aria-keyshortcuts", `${place + 1}`);
      radio.addEventListener("change", () => { choose(row, radio); });
      // Not on the arrow keys, which pass over "late" on their way. ("change" comes after this.)
      radio.addEventListener("click", (event) => {
        if (!event.detail || !attended.has(radio.value) || radio.value === "present") return;
        choose(row, radio);
        askMinutes(row);
      });
      radio.addEventListener("keydown", (event) => {
        const wanted = /^[1-9]$/.test(event.key) && radiosOf(row)[event.key - 1];
        if (!wanted || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        choose(row, wanted);
        wanted.dispatchEvent(new Event("input", { bubbles: true }));
        goOn(row, wanted.value);
      });
    });
  });
  count();

  document.querySelectorAll("[data-keys]").forEach((hint) => { hint.hidden = !rows.length; });
  all?.addEventListener("click", () => {
    const open = rows.filter((row) => !chosenIn(row));
    open.forEach((row) => { choose(row, row.querySelector("input[value='present']")); });
    all.form.dispatchEvent(new Event("input", { bubbles: true }));
    ratingOf(open[0]).focus(); // the button is gone
  });
})();
