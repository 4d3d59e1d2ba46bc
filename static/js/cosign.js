// The co-signature queue: tick everything at once. Without it, one by one.
(() => {
  const all = document.querySelector("[data-tick-all]");
  const boxes = [...document.querySelectorAll("input[type='checkbox'][name^='sign-']")];
  if (!all || boxes.length < 2) return;
  all.hidden = false;
  all.addEventListener("click", () => {
    boxes.forEach((box) => { box.checked = true; });
    document.getElementById("sign-password").focus();
  });
})();
