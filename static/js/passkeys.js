// What needs a passkey is shown where the browser has any.
if (window.PublicKeyCredential) document.querySelectorAll("[data-needs-passkeys]").forEach((part) => { part.hidden = false; });
