// Signing with a passkey instead of the password. Without it, or when the passkey does not answer, the password signs.
(() => {
  if (!window.PublicKeyCredential || !window.webauthnJSON) return;
  document.querySelectorAll("[data-sign-box]").forEach((box) => {
    const button = box.querySelector("[data-passkey]");
    if (!button) return;
    const form = box.closest("form");
    const answer = box.querySelector("input[name='passkey']");
    const error = box.querySelector("[data-passkey-error]");
    button.hidden = false;
    button.addEventListener("click", async () => {
      error.hidden = true;
      button.disabled = true;
      try {
        const token = form.querySelector("input[name='csrfmiddlewaretoken']").value;
        const asked = await fetch(button.dataset.passkey, { method: "POST", headers: { "X-CSRFToken": token }, credentials: "same-origin" });
        if (!asked.ok) throw new Error("not asked");
        answer.value = JSON.stringify(await window.webauthnJSON.get(await asked.json()));
        form.requestSubmit(box.querySelector("[data-sign]"));
      } catch {
        answer.value = "";
        error.textContent = error.dataset.words;
        error.hidden = false;
        box.querySelector("input[type='password']").focus();
      } finally {
        button.disabled = false;
      }
    });
  });
})();
