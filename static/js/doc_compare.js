// Two wordings of one part beside each other, and the buttons to keep one's own or take what is stored.
(() => {
  const make = (tag, attrs = {}, ...inner) => {
    const el = document.createElement(tag);
    for (const [name, value] of Object.entries(attrs)) el.setAttribute(name, value);
    el.append(...inner);
    return el;
  };

  // A field's value as a person reads it.
  function read(controls, name, value, words) {
    if (!value) return words.nothing;
    const all = controls.filter((c) => c.name === name);
    const radio = all.find((c) => c.type === "radio" && c.value === value);
    if (radio) return radio.parentElement.textContent.trim();
    if (all[0]?.tagName === "SELECT") return [...all[0].options].find((o) => o.value === value)?.text ?? value;
    return all[0]?.type === "checkbox" ? words.yes : value;
  }
  function label(controls, name) {
    const c = controls.find((one) => one.name === name);
    return c?.closest(".doc-field, .mb-3, .doc-risk")?.querySelector(".form-label")?.textContent.trim() || c?.closest("[aria-label]")?.getAttribute("aria-label") || c?.getAttribute("aria-label") || "";
  }

  function both({ controls, names, mine, theirs, by, words }) {
    const rows = names.map((name) => make("div", { class: "doc-differs" },
      make("strong", {}, label(controls, name)),
      make("div", { class: "doc-both" },
        make("div", {}, make("span", { class: "text-secondary" }, words.mine), make("p", {}, read(controls, name, mine[name], words))),
        make("div", {}, make("span", { class: "text-secondary" }, words.theirs), make("p", {}, read(controls, name, theirs[name], words))))));
    const keep = make("button", { type: "button", class: "btn btn-primary" }, words.keep);
    const take = make("button", { type: "button", class: "btn" }, words.take);
    const who = words.meanwhile.replace("%s", by || words.somebody);
    const el = make("div", { class: "theirs doc-compare", role: "group", "aria-label": who },
      make("p", {}, make("strong", {}, who)), ...rows, make("div", { class: "form-actions" }, keep, take));
    return { el, keep, take };
  }

  window.docCompare = { both, make };
})();
