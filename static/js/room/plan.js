// The planning page: rows are added, moved and taken out in place; what they take is shown as it changes.
import { $, $$, words } from "./dom.js";
import { sortable } from "./sort.js";

const form = $("[data-plan]");
if (form) {
  const list = $("[data-steps]", form);
  const most = Number(form.dataset.most);
  const there = form.dataset.treatment === undefined ? null : { treatment: Number(form.dataset.treatment), pause: Number(form.dataset.pause) };
  const said = $("[data-say]", form);
  const note = $("[data-words]", form);
  const rows = () => [...list.children];
  const kindOf = (row) => $("select", row);
  const minutesOf = (row) => Math.max(0, Math.min(240, Number($("[name=minutes]", row).value) || 0));
  const nameOf = (row) => $("[name=title]", row).value.trim() || kindOf(row).selectedOptions[0].textContent;

  function show() {
    const taken = { treatment: 0, pause: 0 };
    for (const row of rows()) {
      row.dataset.kind = kindOf(row).value;
      taken[row.dataset.kind === "break" ? "pause" : "treatment"] += minutesOf(row);
    }
    for (const [name, minutes] of Object.entries(taken)) $(`[data-sum="${name}"] [data-taken]`, form).textContent = minutes;
    $("[data-none]", form).hidden = list.childElementCount > 0;
    $("[data-add]", form).disabled = list.childElementCount >= most;
    bar(taken);
    sum(taken);
    rows().forEach((row, n) => {
      $("[data-move='-1']", row).disabled = n === 0;
      $("[data-move='1']", row).disabled = n === list.childElementCount - 1;
      const name = nameOf(row);
      for (const button of $$("[data-move], [data-remove]", row)) button.setAttribute("aria-label", `${button.title}: ${name}`);
    });
  }

  function bar(taken) {
    const whole = there ? there.treatment + there.pause : 0;
    const free = Math.max(0, whole - taken.treatment - taken.pause);
    const parts = rows().map((row) => {
      const part = document.createElement("span");
      part.dataset.kind = row.dataset.kind;
      part.style.flexGrow = String(minutesOf(row));
      part.title = nameOf(row);
      return part;
    });
    if (free) {
      const rest = document.createElement("span");
      rest.dataset.kind = "free";
      rest.style.flexGrow = String(free);
      parts.push(rest);
    }
    $("[data-bar]", form).replaceChildren(...parts);
  }

  function sum(taken) {
    if (!there || !list.childElementCount) { note.textContent = ""; return; }
    const more = taken.treatment - there.treatment;
    const longer = taken.treatment + taken.pause - there.treatment - there.pause;
    const text = more > 0 ? words(note.dataset.treatment, { n: more })
      : longer > 0 ? words(note.dataset.whole, { n: longer })
        : longer < 0 ? words(note.dataset.free, { n: -longer }) : note.dataset.fits;
    if (note.textContent !== text) note.textContent = text;
    $("#plan-sum").classList.toggle("is-over", more > 0 || longer > 0);
  }

  function moved(row) {
    show();
    said.textContent = words(form.dataset.sayMoved, { what: nameOf(row), n: rows().indexOf(row) + 1, m: list.childElementCount });
    form.dispatchEvent(new Event("input", { bubbles: true })); // desk.js asks before leaving what was changed
  }

  form.addEventListener("input", show);
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    const row = button?.closest(".plan-row");
    if (!button) return;
    if (button.dataset.move) {
      const step = Number(button.dataset.move);
      const other = step < 0 ? row.previousElementSibling : row.nextElementSibling;
      if (other) { if (step < 0) other.before(row); else other.after(row); }
      moved(row);
      (button.disabled ? $(`[data-move="${-step}"]`, row) : button).focus();
    } else if ("remove" in button.dataset) {
      const next = row.nextElementSibling || row.previousElementSibling;
      said.textContent = words(form.dataset.sayRemoved, { what: nameOf(row) });
      row.remove();
      form.dispatchEvent(new Event("input", { bubbles: true }));
      (next ? $("[data-remove]", next) : $("[data-add]", form)).focus();
    } else if ("add" in button.dataset) {
      list.append($("[data-blank]", form).content.firstElementChild.cloneNode(true));
      said.textContent = form.dataset.sayAdded;
      form.dispatchEvent(new Event("input", { bubbles: true }));
      kindOf(list.lastElementChild).focus();
    } else return;
    event.preventDefault();
  });
  sortable(list, { done: moved });
  show();
}
