// Small manners of every page. Everything works without it.
(() => {
  // A menu made of <details> closes on Escape and on a click elsewhere.
  const menus = () => document.querySelectorAll("details:is(.me, .drop)[open]");
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
  document.addEventListener("focusin", (event) => {
    menus().forEach((menu) => menu.contains(event.target) || menu.removeAttribute("open"));
  });
  // Nobody is signed in: pages about people that other tabs still show are left (idle.js).
  if (document.body.classList.contains("door-out")) {
    try { localStorage.setItem("left", String(Date.now())); } catch { /* private mode */ }
    if ("caches" in window) caches.delete("own").catch(() => {}); // what app.js noted for the offline page
  }
  // After a form comes back with errors, the first one is where one goes on.
  document.querySelector("main [aria-invalid='true'], main .is-invalid")?.focus();
})();
