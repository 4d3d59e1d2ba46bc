// What makes a journal its writer's own: a random key that seals every entry, and two secrets that wrap the key. Key and secrets
// stay in this tab; the server gets boxes and wrappings. The formats are in docs/own.md.
const BLOCK = 256; // what is sealed is filled up to a multiple, so that its length says little
const ITERATIONS = 600_000;
const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; // none that looks like another
const CODE_LENGTH = 25; // 125 bits

const utf8 = new TextEncoder();
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

function base64(buffer) {
  const given = new Uint8Array(buffer);
  let found = "";
  for (let at = 0; at < given.length; at += 8192) found += String.fromCharCode(...given.subarray(at, at + 8192));
  return btoa(found);
}

const random = (length) => crypto.getRandomValues(new Uint8Array(length));
const algorithm = (iv, label) => ({ name: "AES-GCM", iv, additionalData: utf8.encode(label) });
const wrapLabel = (uid, which) => `key/1|${uid}|${which}`;

// Which secret: "passphrase" or "code". Each has its own columns.
const COLUMNS = { passphrase: ["salt", "wrapped"], code: ["recovery_salt", "recovery_wrapped"] };

export class WrongSecret extends Error {}
export class Tampered extends Error {}

// As people type it: spaces, small letters, O for 0.
function plainCode(given) {
  return given.toUpperCase().replace(/[^0-9A-Z]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1");
}

const plainSecret = (which, secret) => (which === "code" ? plainCode(secret) : secret.normalize("NFKC"));

async function wrappingKey(which, secret, salt, iterations) {
  if (!(iterations >= ITERATIONS)) throw new WrongSecret(); // nobody talks us into a weak one
  const typed = await crypto.subtle.importKey("raw", utf8.encode(plainSecret(which, secret)), "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  return crypto.subtle.deriveKey(how, typed, { name: "AES-GCM", length: 256 }, false, ["wrapKey", "unwrapKey"]);
}

async function wrap(key, uid, which, secret, iterations) {
  const salt = random(16);
  const iv = random(12);
  const wrapping = await wrappingKey(which, secret, salt, iterations);
  const wrapped = await crypto.subtle.wrapKey("raw", key, wrapping, algorithm(iv, wrapLabel(uid, which)));
  const whole = new Uint8Array(12 + wrapped.byteLength);
  whole.set(iv);
  whole.set(new Uint8Array(wrapped), 12);
  const [saltColumn, column] = COLUMNS[which];
  return { [saltColumn]: base64(salt), [column]: base64(whole) };
}

async function unwrap(vault, which, secret, extractable) {
  const [saltColumn, column] = COLUMNS[which];
  const whole = bytes(vault[column]);
  const wrapping = await wrappingKey(which, secret, bytes(vault[saltColumn]), vault.iterations);
  const how = algorithm(whole.subarray(0, 12), wrapLabel(vault.uid, which));
  try {
    return await crypto.subtle.unwrapKey("raw", whole.subarray(12), wrapping, how, "AES-GCM", extractable, ["encrypt", "decrypt"]);
  } catch {
    throw new WrongSecret();
  }
}

function newCode() {
  // 32 letters, so each byte's five lowest bits are one, all equally likely.
  const letters = [...random(CODE_LENGTH)].map((byte) => LETTERS[byte & 31]).join("");
  return letters.match(/.{5}/g).join("-");
}

// A new journal: what the server may keep, and the code that is shown once.
export async function begin(passphrase) {
  const uid = crypto.randomUUID();
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt", "decrypt"]);
  const code = newCode();
  const wrapped = [await wrap(key, uid, "passphrase", passphrase, ITERATIONS), await wrap(key, uid, "code", code, ITERATIONS)];
  const keys = Object.assign({ iterations: ITERATIONS }, ...wrapped);
  return { uid, keys, code };
}

// The key, for sealing and unsealing and nothing else: it can't be read out of it.
export const open = (vault, which, secret) => unwrap(vault, which, secret, false);

// The same key under another passphrase, another code, or both. code is null where the old one stays.
export async function rewrap(vault, which, secret, { passphrase, withCode }) {
  const key = await unwrap(vault, which, secret, true);
  const keys = { iterations: vault.iterations };
  for (const column of Object.values(COLUMNS).flat()) keys[column] = vault[column];
  if (passphrase) Object.assign(keys, await wrap(key, vault.uid, "passphrase", passphrase, vault.iterations));
  const code = withCode ? newCode() : null;
  if (code) Object.assign(keys, await wrap(key, vault.uid, "code", code, vault.iterations));
  return { keys, code };
}

export async function seal(key, label, data) {
  const said = utf8.encode(JSON.stringify(data));
  const filled = new Uint8Array(Math.ceil(said.length / BLOCK) * BLOCK).fill(0x20); // JSON may end in spaces
  filled.set(said);
  const iv = random(12);
  const sealed = await crypto.subtle.encrypt(algorithm(iv, label), key, filled);
  const box = new Uint8Array(12 + sealed.byteLength);
  box.set(iv);
  box.set(new Uint8Array(sealed), 12);
  return base64(box);
}

export async function unseal(key, label, box) {
  try {
    const whole = bytes(box);
    const plain = await crypto.subtle.decrypt(algorithm(whole.subarray(0, 12), label), key, whole.subarray(12));
    return JSON.parse(new TextDecoder().decode(plain));
  } catch {
    throw new Tampered();
  }
}

export const label = (uid, version, part) => `entry/1|${uid}|${version}|${part}`;
export const draftLabel = (uid, version) => `draft/1|${uid}|${version}`;
