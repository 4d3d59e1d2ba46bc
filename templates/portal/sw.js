// Shows a notice and opens the page it speaks of; and answers for the patients' pages where there is no network.
//
// It keeps no page about anybody. Kept are files that are the same for everyone, and an offline page in each language. Of a
// person it knows the language and the bare time of the next session, which the pages write (js/app.js) and signing out clears.
const name = "{{ site_name|escapejs }}";
const SHARED = "shared-{{ version }}";
const OWN = "own";
const kept = {{ kept }};
const hashed = /\.[0-9a-f]{12}\.[a-z.]+$/;

self.addEventListener("install", (event) => event.waitUntil((async () => {
  const cache = await caches.open(SHARED);
  await cache.addAll([...Object.values(kept.pages), ...kept.assets].map((address) => new Request(address, { credentials: "omit" })));
  await self.skipWaiting();
})()));

self.addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const one of await caches.keys()) if (one !== SHARED && one !== OWN) await caches.delete(one);
  await self.clients.claim();
})()));

async function offline() {
  const said = await (await (await caches.open(OWN)).match("/offline/language"))?.text();
  const language = [said, self.navigator.language].map((one) => one?.slice(0, 2)).find((one) => one in kept.pages) ?? "en";
  return (await (await caches.open(SHARED)).match(kept.pages[language])) ?? Response.error();
}

// A file whose name holds its hash never changes; another one is asked for, and the kept one is for when nobody answers.
async function file(request) {
  const found = await (await caches.open(SHARED)).match(request.url);
  if (!found || hashed.test(new URL(request.url).pathname)) return found ?? fetch(request);
  return fetch(request).catch(() => found);
}

const assets = new Set(kept.assets.map((address) => new URL(address, self.location.origin).href));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  // Patients' pages only: staff's are never answered from here, and no answer is ever put away.
  if (request.mode === "navigate") {
    if (pathname === "/" || pathname.startsWith("/my/")) event.respondWith(fetch(request).catch(offline));
  } else if (assets.has(request.url)) {
    event.respondWith(file(request));
  }
});

self.addEventListener("push", (event) => {
  let said = {};
  try { said = event.data.json() ?? {}; } catch { /* a push without words: say only that there is something */ }
  const path = typeof said.path === "string" && /^\/(?![/\\])/.test(said.path) ? said.path : "/";
  event.waitUntil(self.registration.showNotification(String(said.title || said.subject || name), {
    body: String(said.body || said.text || ""),
    icon: "{% load static %}{% static 'img/icon-192.png' %}",
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
