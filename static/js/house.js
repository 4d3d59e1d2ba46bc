// Small manners of every page. Everything works without it.
(() => {
  // A menu made of <details> closes on Escape and on a click elsewhere.
  const menus = () => document.querySelectorAll("details.me[open]");
  document.addEventListener("click", (event) => {
    menus().forEach((menu) => menu.contains(event.target) || menu.removeAttribute("open"));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menus().forEach((menu) => {
      menu.removeAttribute("open");
      menu.querySelector("summary").focus();
    });
  });
  // After a form comes back with errors, the first one is where one goes on.
  document.querySelector("main [aria-invalid='true'], main .is-invalid")?.focus();
})();
