// Shows a notice, and opens the page it speaks of. It answers no request, so it keeps no page.
const name = "{{ site_name|escapejs }}";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  let said = {};
  try { said = event.data.json() ?? {}; } catch { /* a push without words: say only that there is something */ }
  const path = typeof said.path === "string" && /^\/(?![/\\])/.test(said.path) ? said.path : "/";
  event.waitUntil(self.registration.showNotification(String(said.title || said.subject || name), {
    body: String(said.body || said.text || ""),
    icon: "{% load static %}{% static 'img/logo.svg' %}",
    data: { path },
  }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const address = new URL(event.notification.data?.path || "/", self.location.origin).href;
  event.waitUntil((async () => {
    const open = await self.clients.matchAll({ type: "window" });
    const here = open.find((page) => page.url === address);
    await (here ? here.focus() : self.clients.openWindow(address));
  })());
});
