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
  document.querySelectorAll("[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => print());
  });
  // A form's button was pressed (form_keep.js), and this is the answer: what it kept here goes, unless the answer is to sign in
  // first, or an error.
  try {
    const sent = sessionStorage.getItem("sent");
    const status = performance.getEntriesByType("navigation")[0]?.responseStatus;
    if (sent) sessionStorage.removeItem("sent");
    if (sent && !document.body.classList.contains("door-out") && (!status || status < 400 || status === 422)) localStorage.removeItem(sent);
  } catch { /* private mode */ }
  // Nobody is signed in: pages about people that other tabs still show are left (idle.js).
  if (document.body.classList.contains("door-out")) {
    try { localStorage.setItem("left", String(Date.now())); } catch { /* private mode */ }
    if ("caches" in window) caches.delete("own").catch(() => {}); // what app.js noted for the offline page
  }
  // After a form comes back with errors, the first one is where one goes on.
  document.querySelector("main [aria-invalid='true'], main .is-invalid")?.focus();
})();
