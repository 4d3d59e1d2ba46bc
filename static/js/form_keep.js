// A form that is saved by its button alone: what is typed stays on this computer, readable to nobody else (doc_keep.js), until the
// button was pressed and the server answered (house.js lets go of it then). A closed lid, an idle sign-out and a sign-in that
// expired before the button cost nothing. The password is never part of it.
(() => {
  const form = document.querySelector("form[data-guard][data-doc]");
  const keep = window.docKeep;
  if (!form || !keep) return;
  const PART = "form";
  const NOT_KEPT = new Set(["csrfmiddlewaretoken", "password", "passkey"]);
  const values = () => [...new FormData(form)].filter(([name]) => !NOT_KEPT.has(name));
  const shown = JSON.stringify(values());
  let timer = 0;

  const put = () => {
    clearTimeout(timer);
    if (JSON.stringify(values()) !== shown) return keep.put(PART, { values: values() }).then((done) => { form.toggleAttribute("data-kept", done); });
    keep.drop(PART);
    form.removeAttribute("data-kept");
    return Promise.resolve();
  };
  document.addEventListener("house:leaving", (event) => { event.detail.wait(put()); }); // idle.js signs out
  form.addEventListener("input", (event) => {
    if (NOT_KEPT.has(event.target.name)) return;
    clearTimeout(timer);
    timer = setTimeout(put, 300);
  });
  form.addEventListener("submit", () => {
    put();
    try { sessionStorage.setItem("sent", keep.name(PART)); } catch { /* private mode */ }
  });

  // A page that came back with marks shows words of its own.
  if ("unsaved" in form.dataset || form.querySelector("[aria-invalid='true'], .is-invalid, .alert-danger, .theirs")) return;
  keep.all().then(({ [PART]: kept }) => {
    if (!kept || JSON.stringify(values()) !== shown) return; // nothing, or typed meanwhile
    if (JSON.stringify(kept.values) === shown) { keep.drop(PART); return; }
    for (const field of form.elements) {
      if (!field.name || NOT_KEPT.has(field.name)) continue;
      const own = kept.values.filter(([name]) => name === field.name).map(([, value]) => value);
      if (field.type === "radio" || field.type === "checkbox") field.checked = own.includes(field.value);
      else if (own.length) [field.value] = own; // the version, too: nothing newer is written over
    }
    const line = document.createElement("p");
    line.className = "form-text";
    line.setAttribute("role", "status");
    line.textContent = form.dataset.wordsBack;
    form.querySelector("textarea")?.after(line);
    form.dispatchEvent(new Event("input", { bubbles: true })); // leaving asks (desk.js)
  });
})();
