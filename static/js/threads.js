// A message that is not sent yet stays on this device, readable to nobody else (doc_keep.js), until it is sent. A second press sends
// nothing twice; without a network nothing leaves the page. Everything works without it.
(() => {
  const form = document.querySelector("form[data-part]");
  const keep = window.docKeep;
  if (!form || !keep) return;
  const part = form.dataset.part;
  const said = form.querySelector("[data-said]");
  const fields = ["subject", "text"].map((name) => form.elements.namedItem(name)).filter(Boolean);
  const words = () => Object.fromEntries(fields.map((field) => [field.name, field.value]));
  const isEmpty = () => fields.every((field) => !field.value.trim());

  // The page a sent message leads to says which draft is done with.
  const sent = location.hash.startsWith("#sent-") ? location.hash.slice(6) : "";
  if (sent) {
    keep.drop(sent);
    history.replaceState(null, "", location.pathname + location.search);
  }

  let turn = 0;
  const put = () => {
    clearTimeout(turn);
    if (isEmpty()) keep.drop(part);
    else keep.put(part, words()).then((kept) => { if (kept) form.dataset.kept = "yes"; });
  };
  form.addEventListener("input", () => {
    delete form.dataset.kept;
    clearTimeout(turn);
    turn = setTimeout(put, 300);
  });
  addEventListener("pagehide", put);

  let pressed = false;
  form.addEventListener("submit", (event) => {
    put();
    if (pressed) { event.preventDefault(); return; }
    if (!navigator.onLine) {
      event.preventDefault();
      said.textContent = form.dataset.offline;
      return;
    }
    pressed = true;
  });
  addEventListener("pageshow", () => { pressed = false; });

  if (isEmpty() && sent !== part) {
    keep.all().then((found) => {
      const kept = found[part];
      if (!kept || !isEmpty()) return;
      fields.forEach((field) => { field.value = kept[field.name] || ""; });
      if (!isEmpty()) said.textContent = form.dataset.back;
    });
  }
})();
