// What is not on the server yet, kept on this device: sealed with the journal's own key, so that nobody reads it here without the
// passphrase. Dropped once it is saved; what no journal opens any more goes after a month.
const NAME = "own";
const STORE = "drafts";
const MONTH = 30 * 24 * 3600 * 1000;

let opened = null;

function database() {
  opened ||= new Promise((done, failed) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: ["owner", "uid"] });
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
  return opened;
}

async function run(mode, deed) {
  try {
    const store = (await database()).transaction(STORE, mode).objectStore(STORE);
    const asked = deed(store);
    return await new Promise((done, failed) => {
      asked.onsuccess = () => done(asked.result ?? true);
      asked.onerror = () => failed(asked.error);
    });
  } catch {
    return null; // a private window may refuse: then only the server keeps
  }
}

export const put = (draft) => run("readwrite", (store) => store.put({ ...draft, at: Date.now() }));
export const drop = (owner, uid) => run("readwrite", (store) => store.delete([owner, uid]));

export async function all(owner, vault) {
  const found = (await run("readonly", (store) => store.getAll())) || [];
  const own = Array.isArray(found) ? found.filter((draft) => draft.owner === owner) : [];
  for (const draft of own) {
    if (draft.vault !== vault && Date.now() - draft.at > MONTH) await drop(owner, draft.uid);
  }
  return own.filter((draft) => draft.vault === vault);
}

export async function clear(owner) {
  const found = (await run("readonly", (store) => store.getAll())) || [];
  for (const draft of Array.isArray(found) ? found : []) {
    if (draft.owner === owner) await drop(owner, draft.uid);
  }
}
