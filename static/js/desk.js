// Staff's forms. Everything works without it; with it the roll-call fills itself in and nothing typed is lost by leaving.
(() => {
  // A form that was changed asks before the page is left.
  document.querySelectorAll("form[data-guard]").forEach((form) => {
    let changed = false;
    form.addEventListener("input", () => { changed = true; });
    form.addEventListener("submit", () => { changed = false; });
    addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
  });

  const attended = new Set(["present", "late", "left_early"]);

  // Somebody absent has no minutes and no rating; somebody present has all minutes.
  const follow = (row, status) => {
    const minutes = row.querySelector("input[type='number']");
    const rating = row.querySelector("select");
    const here = attended.has(status);
    row.classList.toggle("is-absent", Boolean(status) && !here);
    minutes.disabled = rating.disabled = Boolean(status) && !here;
    if (!here && status) { minutes.value = ""; rating.value = ""; }
    if (status === "present") minutes.value = minutes.dataset.full;
    minutes.readOnly = status === "present";
    if (here && status !== "present" && minutes.value === minutes.dataset.full) { minutes.value = ""; }
  };

  const rows = [...document.querySelectorAll("[data-row]")].filter((row) => !row.querySelector("fieldset").disabled);
  rows.forEach((row) => {
    const chosen = row.querySelector("input[type='radio']:checked");
    if (chosen) {
      const minutes = row.querySelector("input[type='number']");
      const typed = minutes.value;
      follow(row, chosen.value);
      if (attended.has(chosen.value) && chosen.value !== "present") minutes.value = typed;
    }
    row.querySelectorAll("input[type='radio']").forEach((radio) => {
      radio.addEventListener("change", () => {
        follow(row, radio.value);
        if (attended.has(radio.value) && radio.value !== "present") row.querySelector("input[type='number']").focus();
      });
    });
  });

  const all = document.querySelector("[data-all-present]");
  if (all) {
    all.hidden = false;
    all.addEventListener("click", () => {
      rows.filter((row) => !row.querySelector("input[type='radio']:checked")).forEach((row) => {
        row.querySelector("input[value='present']").checked = true;
        follow(row, "present");
      });
      all.form.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }
})();
