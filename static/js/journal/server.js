// What the journal asks of the server. Nothing here sees a passphrase, a code or the key.
export class Offline extends Error {}
export class Refused extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

const root = document.getElementById("journal");

function token() {
  const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]*)/);
  return cookie ? cookie[1] : root.dataset.token;
}

async function ask(address, body) {
  const headers = { Accept: "application/json" };
  const how = { headers, credentials: "same-origin", redirect: "manual", cache: "no-store" };
  if (body !== undefined) {
    Object.assign(how, { method: "POST", body: JSON.stringify(body) });
    Object.assign(headers, { "Content-Type": "application/json", "X-CSRFToken": token() });
  }
  let answer;
  try {
    answer = await fetch(address, how);
  } catch {
    throw new Offline();
  }
  if (answer.type === "opaqueredirect" || answer.status === 403) throw new Refused("signed_out", root.dataset.wordsSignedOut);
  let said = {};
  try {
    said = await answer.json();
  } catch { /* an error page */ }
  if (answer.ok) return said;
  if (answer.status === 404) throw new Refused("gone", root.dataset.wordsGone);
  if (answer.status >= 500) throw new Offline();
  throw new Refused(said.code || "unknown", said.message || root.dataset.wordsFailed);
}

const entry = (uid, deed = "") => `${root.dataset.entries}${uid}/${deed}`;

export const vault = async () => (await ask(root.dataset.keys)).vault;
export const keepKeys = async (uid, version, keys) => (await ask(root.dataset.keys, { uid, version, ...keys })).vault;
export const list = async () => (await ask(root.dataset.entries)).entries;
export const read = (uid) => ask(entry(uid));
export const save = (uid, body) => ask(entry(uid), body);
export const remove = (uid) => ask(entry(uid, "delete/"), {});
export const keep = (uid, kept) => ask(entry(uid, "keep/"), { kept });
export const share = (uid, body) => ask(entry(uid, "share/"), body);
export const unshare = (uid) => ask(entry(uid, "unshare/"), {});
