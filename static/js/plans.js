// The editor of a plan. Its buttons post and show the page again; with this they work at once, and nothing typed is lost by leaving.
(() => {
  const form = document.querySelector("form[data-plan]");
  if (!form) return;
  let changed = "unsaved" in form.dataset;
  let sent = 0;
  let fresh = 1000; // keys of parts that this page added: beyond any the server gave
  form.addEventListener("input", () => { changed = true; });
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
      changed = true;
    } else if (Date.now() - sent < 3000) {
      event.preventDefault();
    } else {
      sent = Date.now();
      changed = false;
    }
  });
})();
