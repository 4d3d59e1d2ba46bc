// A tap on an answer that is chosen takes it back: a blank is an answer of its own. Without scripts a blank stays one from the start.
(() => {
  for (const form of document.querySelectorAll("form[data-taps]")) {
    let was = null;
    const note = (target) => {
      const input = target.closest("label")?.querySelector("input[type='radio']");
      was = input?.checked ? input : null;
    };
    form.addEventListener("pointerdown", (event) => note(event.target));
    form.addEventListener("keydown", (event) => {
      const input = event.target;
      if (event.key !== " " || input.type !== "radio" || !input.checked) return;
      event.preventDefault();
      input.checked = false;
      was = null;
    });
    form.addEventListener("click", (event) => {
      if (event.target === was) was.checked = false;
      was = null;
    });
  }
})();
