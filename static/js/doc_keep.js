// Keeps what is not saved yet on this computer, so that a closed lid, an expired sign-in or a killed browser loses nothing.
//
// It is encrypted with AES-GCM under a key that only this person's page brings: nobody else can read it here. Removed once
// it is saved, dropped after seven days.
(() => {
  const form = document.querySelector("[data-doc]");
  if (!form) return;
  const DAYS = 7 * 24 * 3600 * 1000;
  const PREFIX = "draft:";
  const who = form.dataset.who || form.querySelector("input[name='who']").value;
  const base = `${PREFIX}${form.dataset.session}:${who}:`;
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));
  const turns = new Map(); // the newest write of a part is the one that stays

  let key = null;
  if (window.crypto?.subtle) {
    key = crypto.subtle.importKey("raw", bytes(form.dataset.key), "AES-GCM", false, ["encrypt", "decrypt"]);
  }
  delete form.dataset.key;

  function dropOld() {
    const limit = Date.now() - DAYS;
    for (const name of Object.keys(localStorage)) {
      if (!name.startsWith(PREFIX)) continue;
      let at = 0;
      try { at = JSON.parse(localStorage.getItem(name)).at; } catch { /* not ours to read: it goes */ }
      if (!(at > limit)) localStorage.removeItem(name);
    }
  }

  window.docKeep = {
    // Under which name a part stands on this computer.
    name: (part) => base + part,
    // Whether it stands here now.
    async put(part, data) {
      if (!key) return false;
      const turn = (turns.get(part) || 0) + 1;
      turns.set(part, turn);
      try {
        const iv = crypto.getRandomValues(new Uint8Array(12));
        const plain = new TextEncoder().encode(JSON.stringify(data));
        const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: new TextEncoder().encode(part) }, await key, plain);
        if (turns.get(part) === turn) localStorage.setItem(base + part, JSON.stringify({ at: Date.now(), iv: text(iv), data: text(sealed) }));
        return true;
      } catch {
        return false;
      }
    },
    drop(part) {
      turns.set(part, (turns.get(part) || 0) + 1);
      try { localStorage.removeItem(base + part); } catch { /* private mode */ }
    },
    // What was kept of each part, by part. What cannot be read is left alone: another key may fit later.
    async all() {
      const found = {};
      try {
        dropOld();
        for (const name of Object.keys(localStorage)) {
          if (!key || !name.startsWith(base)) continue;
          const part = name.slice(base.length);
          try {
            const kept = JSON.parse(localStorage.getItem(name));
            const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes(kept.iv), additionalData: new TextEncoder().encode(part) }, await key, bytes(kept.data));
            found[part] = JSON.parse(new TextDecoder().decode(plain));
          } catch { /* see above */ }
        }
      } catch { /* private mode */ }
      return found;
    },
  };
})();
