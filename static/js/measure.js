// A measure's form: says how many are still blank, hides what an earlier answer makes pointless, lets an answer be taken back by
// pressing it again, sends once. Works without it.
(() => {
  const TWICE = 700; // milliseconds: a nervous double tap takes nothing back

  document.querySelectorAll("form[data-measure]").forEach((form) => {
    const items = [...form.querySelectorAll(".measure-item")];
    const radios = [...form.querySelectorAll("input[type='radio']")];
    const left = form.querySelector("[data-left]");
    const value = (name) => new FormData(form).get(name);
    const nameOf = (item) => item.querySelector("input, select")?.name;
    const chosen = new Map(); // what was chosen before this press, and when

    const look = () => {
      items.forEach((item) => {
        const pointless = item.dataset.follows && value(item.dataset.follows) === item.dataset.pointless;
        item.hidden = Boolean(pointless);
        item.querySelectorAll("input").forEach((input) => { input.disabled = Boolean(pointless); });
      });
      const shown = items.filter((item) => !item.hidden);
      const blank = shown.filter((item) => !value(nameOf(item))).length;
      if (left) left.textContent = blank && blank < shown.length ? `${left.dataset.words} ${blank}` : "";
      radios.forEach((radio) => {
        if (!radio.checked) chosen.delete(radio);
        else if (!chosen.has(radio)) chosen.set(radio, performance.now());
      });
    };

    form.addEventListener("click", (event) => {
      const since = chosen.get(event.target);
      if (since === undefined || performance.now() - since < TWICE) return;
      event.target.checked = false;
      look();
    });
    form.addEventListener("input", look);
    let sent = 0;
    form.addEventListener("submit", (event) => {
      if (Date.now() - sent < 3000) event.preventDefault();
      else sent = Date.now();
    });
    addEventListener("pageshow", () => { sent = 0; look(); });
    look();
  });
})();
