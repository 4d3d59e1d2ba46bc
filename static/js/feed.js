// Copies the private address. Without scripts it stands in a field and can be copied by hand.
(() => {
  const said = document.querySelector("[data-copy-said]");
  document.querySelectorAll("[data-copy]").forEach((button) => {
    const field = document.getElementById(button.dataset.copy);
    field.addEventListener("focus", () => field.select());
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(field.value);
      } catch { // no clipboard without https
        field.select();
        document.execCommand("copy");
      }
      said.textContent = button.dataset.copied;
    });
  });
})();
