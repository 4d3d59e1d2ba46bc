// Keys for who looks through posts, while one of them has the focus: J and K go on and back, S shows, H opens the reasons to hide.
// Everything works without it.
(() => {
  const items = [...document.querySelectorAll(".look-item")];
  if (!items.length) return;
  document.querySelector(".look-keys")?.removeAttribute("hidden");
  const goes = { j: 1, k: -1 };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("textarea, input, select")) return;
    const item = event.target.closest(".look-item");
    const key = event.key.toLowerCase();
    if (!item) return;
    if (key in goes) {
      items[items.indexOf(item) + goes[key]]?.focus();
    } else if (key === "s") {
      item.querySelector("[data-keep]")?.click();
    } else if (key === "h") {
      const box = item.querySelector("details.look-hide");
      if (!box) return;
      box.open = true;
      box.querySelector("button").focus();
    } else {
      return;
    }
    event.preventDefault();
  });
})();
