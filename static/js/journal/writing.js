// One entry while it is written: sealed on this device at once, saved on the server when the hand rests. When another device saved
// it meanwhile both are kept; when there is no connection it waits here, and is sent when there is one.
import * as drafts from "./drafts.js";
import { draftLabel, label, seal, unseal } from "./seal.js";
import * as server from "./server.js";

const REST = 1200;
const KEEP = 300;
const AGAIN = 15_000;

const same = (one, other) => ["on", "title", "text", "prompt"].every((part) => one[part] === other[part]);

export async function readEntry(key, uid) {
  const found = await server.read(uid);
  const [head, body] = await Promise.all([
    unseal(key, label(uid, found.version, "title"), found.title),
    unseal(key, label(uid, found.version, "text"), found.text),
  ]);
  return { uid, version: found.version, on: found.on, title: head.title, text: body.text, prompt: body.prompt || "" };
}

async function push(key, vault, uid, version, said) {
  const [title, text] = await Promise.all([
    seal(key, label(uid, version + 1, "title"), { title: said.title }),
    seal(key, label(uid, version + 1, "text"), { text: said.text, prompt: said.prompt }),
  ]);
  return (await server.save(uid, { key: vault, version, on: said.on, title, text })).version;
}

export class Writing {
  // place: {key, vault, owner}. tell(state, words): how it stands. moved(uid): it goes on as another entry.
  constructor(place, entry, { tell, copyTitle }) {
    Object.assign(this, place);
    const { uid, version, ...said } = entry;
    Object.assign(this, { uid, version, said, saved: version ? { ...said } : null, tell, copyTitle });
    this.running = null;
    this.over = false;
  }

  get isEmpty() {
    return !this.said.title.trim() && !this.said.text.trim();
  }

  get isSaved() {
    return this.saved ? same(this.said, this.saved) : this.isEmpty;
  }

  change(part) {
    Object.assign(this.said, part);
    if (this.isSaved) return;
    this.tell("waiting");
    clearTimeout(this.keeping);
    clearTimeout(this.resting);
    this.keeping = setTimeout(() => this.keepHere(), KEEP);
    this.resting = setTimeout(() => this.save(), REST);
  }

  async keepHere() {
    clearTimeout(this.keeping);
    if (this.isSaved) return true;
    const { owner, vault, uid, version } = this;
    const box = await seal(this.key, draftLabel(uid, version), this.said);
    return (await drafts.put({ owner, vault, uid, version, box })) !== null;
  }

  // Whether all that was written is on the server now. One at a time; what is typed meanwhile goes after it.
  async save() {
    clearTimeout(this.resting);
    while (this.running) await this.running;
    if (this.isSaved || this.over) return this.isSaved;
    this.running = this.#once();
    const done = await this.running.finally(() => { this.running = null; });
    return done && (this.isSaved || this.save());
  }

  async #once() {
    const sent = { ...this.said };
    this.tell("saving");
    try {
      this.version = await push(this.key, this.vault, this.uid, this.version, sent);
      this.saved = sent;
    } catch (error) {
      if (error instanceof server.Offline) return this.#later();
      if (error.code === "changed" || error.code === "gone" || error.code === "taken") return this.#apart(error.code, sent);
      await this.keepHere();
      this.over = ["other_key", "no_journal", "signed_out"].includes(error.code);
      this.tell("refused", error.message);
      return false;
    }
    if (this.isSaved) await drafts.drop(this.owner, this.uid);
    this.tell(this.isSaved ? "saved" : "waiting");
    return true;
  }

  async #later() {
    const kept = await this.keepHere();
    this.tell(kept ? "kept" : "unkept");
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.save(), AGAIN);
    return false;
  }

  // Somebody else was first: another device, or a request of ours whose answer was lost.
  async #apart(code, sent) {
    let theirs = null;
    try {
      if (code === "changed") theirs = await readEntry(this.key, this.uid);
    } catch (error) {
      if (error instanceof server.Offline) return this.#later();
    }
    if (theirs && same(theirs, sent)) {
      this.version = theirs.version;
      this.saved = sent;
      await drafts.drop(this.owner, this.uid);
      this.tell("saved");
      return true;
    }
    const old = this.uid;
    this.uid = crypto.randomUUID();
    this.version = 0;
    this.saved = null;
    if (code === "changed" && this.said.title === sent.title) this.said.title = this.copyTitle(this.said.title);
    await this.keepHere();
    await drafts.drop(this.owner, old);
    this.tell("apart", code);
    return this.#once();
  }

  stop() {
    this.over = true;
    clearTimeout(this.keeping);
    clearTimeout(this.resting);
  }
}

// What was left on this device: saved now as if it were still being written. How many became entries of their own.
export async function sendDrafts(place, handlers) {
  let apart = 0;
  for (const draft of await drafts.all(place.owner, place.vault)) {
    let said;
    try {
      said = await unseal(place.key, draftLabel(draft.uid, draft.version), draft.box);
    } catch {
      await drafts.drop(place.owner, draft.uid); // damaged: nothing can be read of it any more
      continue;
    }
    const writing = new Writing(place, { uid: draft.uid, version: draft.version, ...said }, {
      ...handlers,
      tell: (state) => { apart += state === "apart"; },
    });
    writing.saved = null;
    await writing.save();
    writing.stop();
  }
  return apart;
}
