// The journal's page: locked until its writer opens it in this tab, and locked again when they leave it, sign out or are away.
import * as drafts from "./drafts.js";
import { $, $$, ask, attempt, clearFields, onSubmit, root, say, show, words, wrong } from "./page.js";
import { begin, label, open, rewrap, unseal } from "./seal.js";
import * as server from "./server.js";
import { Writing, readEntry, sendDrafts } from "./writing.js";

const AWAY = Number(words.lockMinutes) * 60_000;
const LEAST = 12;

let vault = null; // the wrapped key, as the server has it
let key = null; // this tab's, and only in its memory
let writing = null;
let rows = [];
let heard = Date.now();

const place = () => ({ key, vault: vault.uid, owner: words.owner });
const day = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "full", timeZone: "UTC" });
const today = () => new Intl.DateTimeFormat("en-CA", { timeZone: words.zone }).format(new Date()); // 2026-03-02
const dayOf = (on) => day.format(new Date(`${on}T00:00:00Z`));

// What is wrong with a new passphrase, in a sentence; "" for nothing.
function weak(passphrase, again) {
  if ([...passphrase].length < LEAST || new Set(passphrase).size < 5) return words.wordsWeak;
  return passphrase === again ? "" : words.wordsDiffer;
}

// --- the way in

onSubmit("begin", async (form, field) => {
  const passphrase = field("new").value;
  const fault = weak(passphrase, field("again").value);
  if (fault) return wrong(form, fault);
  const made = await begin(passphrase);
  vault = await server.keepKeys(made.uid, 0, made.keys);
  key = await open(vault, "passphrase", passphrase);
  clearFields(form);
  showCode(made.code);
});

onSubmit("locked", async (form, field) => {
  vault = await server.vault();
  if (!vault) return location.reload();
  key = await open(vault, "passphrase", field("passphrase").value);
  clearFields(form);
  await enter();
});

onSubmit("recover", async (form, field) => {
  const passphrase = field("new").value;
  const fault = weak(passphrase, field("again").value);
  if (fault) return wrong(form, fault);
  vault = await server.vault();
  if (!vault) return location.reload();
  const { keys } = await rewrap(vault, "code", field("code").value, { passphrase, withCode: false });
  vault = await server.keepKeys(vault.uid, vault.version, keys);
  key = await open(vault, "passphrase", passphrase);
  clearFields(form);
  await enter();
  say(words.wordsRecovered, "success");
});

onSubmit("change", async (form, field) => {
  const passphrase = field("new").value;
  const withCode = field("code").checked;
  const fault = passphrase ? weak(passphrase, field("again").value) : "";
  if (fault) return wrong(form, fault);
  if (!passphrase && !withCode) return wrong(form, words.wordsNothing);
  vault = await server.vault();
  if (!vault) return location.reload();
  const { keys, code } = await rewrap(vault, "passphrase", field("passphrase").value, { passphrase, withCode });
  vault = await server.keepKeys(vault.uid, vault.version, keys);
  clearFields(form);
  if (code) return showCode(code);
  show("list");
  say(words.wordsChanged, "success");
});

function showCode(code) {
  $("#journal-code").textContent = code;
  $("[data-field='kept']").checked = false;
  show("code");
}

onSubmit("code", async (form, field) => {
  if (!field("kept").checked) return wrong(form, words.wordsKeepCode);
  $("#journal-code").textContent = "";
  await enter();
});

$("[data-do='copy']").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText($("#journal-code").textContent);
    say(words.wordsCopied, "success");
  } catch {
    say(words.wordsNotCopied);
  }
});

// --- the list

async function enter() {
  const apart = await sendDrafts(place(), { copyTitle });
  await list();
  if (apart) say(words.wordsDraftsApart);
}

async function list() {
  rows = await server.list();
  if (!key) return;
  const titles = await Promise.all(rows.map(async (row) => {
    try {
      return (await unseal(key, label(row.uid, row.version, "title"), row.title)).title || words.wordsUntitled;
    } catch {
      return null;
    }
  }));
  const one = $("#journal-row");
  $("#journal-list").replaceChildren(...rows.map((row, n) => {
    const item = one.content.cloneNode(true);
    const button = $("button", item);
    button.dataset.uid = row.uid;
    $("[data-part='title']", item).textContent = titles[n] ?? words.wordsDamagedTitle;
    $("[data-part='on']", item).textContent = dayOf(row.on);
    $("[data-part='shared']", item).hidden = !row.shared;
    $("[data-part='kept']", item).hidden = !row.kept;
    return item;
  }));
  $("#journal-none").hidden = rows.length > 0;
  show("list");
}

$("#journal-list").addEventListener("click", (event) => {
  const button = event.target.closest("button[data-uid]");
  if (button) attempt(() => openEntry(button.dataset.uid));
});

// --- one entry

const copyTitle = (title) => (title ? words.wordsCopyOf.replace("%s", title) : words.wordsCopy);

async function openEntry(uid) {
  let entry;
  try {
    entry = await readEntry(key, uid);
  } catch (error) {
    if (error instanceof server.Offline || error instanceof server.Refused) throw error;
    return say(words.wordsDamaged, "danger");
  }
  write(entry);
}

function write(entry) {
  writing?.stop();
  writing = new Writing(place(), entry, { tell, copyTitle });
  fill();
  marks();
  tell(entry.version ? "saved" : "new");
  history.pushState({ own: "entry" }, "");
  show("entry", entry.version ? "#entry-text" : "#entry-title");
}

function fill() {
  const { title, text, on, prompt } = writing.said;
  $("#entry-title").value = title;
  $("#entry-text").value = text;
  $("#entry-on").value = on;
  const choice = $("#entry-prompt");
  for (const old of $$("[data-own]", choice)) old.remove();
  // A prompt that is no longer offered stays with what was written to it.
  if (prompt && ![...choice.options].some((o) => o.value === prompt)) {
    const own = new Option(prompt, prompt);
    own.dataset.own = "";
    choice.append(own);
  }
  choice.value = prompt;
  showPrompt();
}

function showPrompt() {
  const line = $("#entry-prompt-words");
  line.textContent = $("#entry-prompt").value;
  line.hidden = !line.textContent;
}

// What is shared and kept of the entry at hand.
function marks() {
  const row = rows.find((one) => one.uid === writing.uid);
  $("#entry-shared").hidden = !row?.shared;
  $("[data-do='unshare']").hidden = !row?.shared;
  const keep = $("[data-do='keep']");
  keep.setAttribute("aria-pressed", String(Boolean(row?.kept)));
}

function tell(state, more) {
  const line = $("#entry-state");
  line.dataset.state = state;
  line.textContent = state === "refused" ? more : words[`state${state[0].toUpperCase()}${state.slice(1)}`];
  if (state === "apart") {
    $("#entry-title").value = writing.said.title;
    marks();
    say(more === "gone" ? words.wordsGoneApart : words.wordsApart, "warning");
  }
}

for (const [id, part] of [["entry-title", "title"], ["entry-text", "text"], ["entry-on", "on"], ["entry-prompt", "prompt"]]) {
  $(`#${id}`).addEventListener("input", (event) => {
    if (part === "prompt") showPrompt();
    if (part === "on" && !event.target.value) return;
    writing?.change({ [part]: event.target.value });
  });
}

// Leaves the entry when all of it is saved, or kept here. History's Back does the same.
async function leaveEntry() {
  const left = writing;
  if (!left) return;
  await left.save();
  if (!left.isSaved && !(await left.keepHere())) {
    history.pushState({ own: "entry" }, ""); // stay: leaving would lose it
    return say(words.stateUnkept, "danger");
  }
  left.stop();
  writing = null;
  empty();
  await attempt(list);
  if (root.dataset.showing === "entry") show("list");
  if (!left.isSaved) say(words.stateKept, "warning");
}

function empty() {
  for (const field of ["#entry-title", "#entry-text", "#entry-on"]) $(field).value = "";
  for (const own of $$("#entry-prompt [data-own]")) own.remove();
  $("#entry-prompt").value = "";
  $("#entry-prompt-words").textContent = "";
}

addEventListener("popstate", () => { if (root.dataset.showing === "entry") leaveEntry(); });

// Saved, and known to the list: only then something can be done with it.
async function settled() {
  if (writing.isEmpty) {
    say(words.wordsEmpty);
    return null;
  }
  if (!(await writing.save())) {
    say(words.wordsOffline, "warning");
    return null;
  }
  return writing.uid;
}

async function refreshMarks() {
  rows = await server.list();
  if (writing) marks();
}

const deeds = {
  write: () => write({ uid: crypto.randomUUID(), version: 0, on: today(), title: "", text: "", prompt: "" }),
  back: () => history.back(),
  lock: () => lock(),
  recover: () => show("recover"),
  unlock: () => show("locked"),
  change: () => show("change"),
  list: () => show("list"),
  async share() {
    const uid = await settled();
    if (!uid || !(await ask("share-dialog"))) return;
    const { title, text, prompt } = writing.said;
    const whole = prompt ? `${prompt}\n\n${text}` : text;
    await server.share(uid, { version: writing.version, title, text: whole });
    await refreshMarks();
    say(words.wordsShared, "success");
  },
  async unshare() {
    await server.unshare(writing.uid);
    await refreshMarks();
    say(words.wordsUnshared, "success");
  },
  async keep() {
    const uid = await settled();
    if (!uid) return;
    const kept = $("[data-do='keep']").getAttribute("aria-pressed") !== "true";
    await server.keep(uid, kept);
    await refreshMarks();
    say(kept ? words.wordsKept : words.wordsNotKept, "success");
  },
  async remove() {
    if (!(await ask("delete-dialog"))) return;
    const gone = writing;
    gone.stop();
    while (gone.running) await gone.running;
    if (gone.version) await server.remove(gone.uid);
    await drafts.drop(words.owner, gone.uid);
    writing = null;
    empty();
    history.back();
    await list();
    say(words.wordsDeleted, "success");
  },
};

root.addEventListener("click", (event) => {
  const deed = deeds[event.target.closest("[data-do]")?.dataset.do];
  if (deed) attempt(deed);
});

// --- and out of it

// What is open is kept, sealed; then this tab knows neither the key nor a word.
async function lock() {
  const left = writing;
  if (left && !left.isSaved) {
    await left.keepHere();
    await left.save();
  }
  left?.stop();
  if (left) left.key = null;
  writing = key = null;
  rows = [];
  empty();
  $("#journal-list").replaceChildren();
  $("#journal-code").textContent = "";
  for (const form of $$("form")) clearFields(form);
  for (const dialog of $$("dialog[open]")) dialog.close();
  show("locked");
}

for (const name of ["pointerdown", "keydown", "input", "touchstart"]) {
  addEventListener(name, () => { heard = Date.now(); }, { passive: true, capture: true });
}
setInterval(() => { if (key && Date.now() - heard >= AWAY) lock(); }, 5_000);
addEventListener("online", () => writing?.save());
document.addEventListener("visibilitychange", () => { if (document.hidden) writing?.keepHere(); });
document.addEventListener("house:leaving", (event) => event.detail.wait(lock()));

// --- as it is found

async function arrive() {
  if (!window.crypto?.subtle || !window.indexedDB) return show("unfit");
  vault = await server.vault();
  if (!vault) await drafts.clear(words.owner); // sealed with a key that is gone
  show(vault ? "locked" : "begin");
}

root.hidden = false;
arrive().catch((error) => {
  if (!(error instanceof server.Offline || error instanceof server.Refused)) throw error;
  show("locked");
  say(words.wordsOffline, "warning");
});
