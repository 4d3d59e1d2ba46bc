// "Tell this browser": asks the browser for a subscription and tells the server. The card stays hidden where that can't be.
(() => {
  const card = document.querySelector("[data-push-key]");
  if (!card || !("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) return;
  const [on, off, state] = ["[data-on]", "[data-off]", "[data-state]"].map((name) => card.querySelector(name));
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const known = new Set(card.dataset.known.split(" "));

  const bytes = (base64) => Uint8Array.from(atob(base64.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  async function sha256(text) {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }
  async function tell(body) {
    const answer = await fetch(card.dataset.address, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      body: JSON.stringify(body),
    });
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(said.message || card.dataset.failed);
  }
  function show(told) {
    card.hidden = false;
    on.hidden = told;
    off.hidden = !told;
    state.textContent = told ? card.dataset.told : "";
  }
  async function run(button, deed) {
    button.disabled = true;
    try {
      await deed();
    } catch (error) {
      state.textContent = Notification.permission === "denied" ? card.dataset.denied : error.message || card.dataset.failed;
    }
    button.disabled = false;
  }

  on.addEventListener("click", () => run(on, async () => {
    const worker = await navigator.serviceWorker.register("/sw.js");
    await navigator.serviceWorker.ready;
    const subscription = await worker.pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: bytes(card.dataset.pushKey),
    });
    await tell(subscription.toJSON());
    show(true);
    off.focus();
  }));
  off.addEventListener("click", () => run(off, async () => {
    const worker = await navigator.serviceWorker.getRegistration("/");
    const subscription = await worker?.pushManager.getSubscription();
    if (subscription) {
      await tell({ endpoint: subscription.endpoint, remove: true });
      await subscription.unsubscribe();
    }
    show(false);
    on.focus();
  }));

  (async () => {
    const worker = await navigator.serviceWorker.getRegistration("/");
    const subscription = await worker?.pushManager.getSubscription();
    // A subscription somebody else made in this browser is not this person's.
    show(Boolean(subscription && known.has(await sha256(subscription.endpoint))));
  })();
})();
