// The room's socket: asks, hears, comes back by itself. What it hears is in order (the server sees to that).
import { announce } from "./say.js";
import { $, words } from "./dom.js";

const COME_AGAIN = 4001, GONE = 4003;
const WAITS = [200, 500, 1000, 2000, 3000, 5000]; // milliseconds before the next try
const ANSWER_WITHIN = 10000;

export class Room {
  constructor(root) {
    this.root = root;
    this.data = root.dataset;
    this.me = null;
    this.people = new Map();
    this.picture = null;
    this.connected = false;
    this.over = false;
    this._hearers = new Map();
    this._parts = new Map();
    this._asked = new Map();
    this._number = 0;
    this._place = 0; // in the order of what happened
    this._tries = 0;
    addEventListener("pagehide", () => this.socket?.close(1000));
    addEventListener("pageshow", (event) => { if (event.persisted) this._connect(); });
    addEventListener("online", () => this._again(0));
  }

  start() { this._connect(); }

  // One thing that happened: on("hand.up", (data) => …). "state", "lost", "back", "people" and "*" are ours.
  on(kind, heard) {
    if (!this._hearers.has(kind)) this._hearers.set(kind, []);
    this._hearers.get(kind).push(heard);
  }

  // A part of the picture: called with it now, if it is there, and whenever a new picture comes.
  part(name, drawn) {
    if (!this._parts.has(name)) this._parts.set(name, []);
    this._parts.get(name).push(drawn);
    if (this.picture && name in this.picture) drawn(this.picture[name], this.me);
  }

  emit(kind, data) {
    for (const heard of this._hearers.get(kind) || []) {
      try { heard(data); } catch (error) { console.error(kind, error); }
    }
    if (kind !== "*") for (const heard of this._hearers.get("*") || []) heard(kind, data);
  }

  // Ask for a deed. A refusal is shown (unless `silent`) and rejects with {code, message, field}.
  async ask(what, given = {}, { silent = false, byHttp = true } = {}) {
    try {
      return await (this.connected ? this._bySocket(what, given) : byHttp ? this.askByHttp(what, given) : Promise.reject({ code: "away", message: "" }));
    } catch (no) {
      if (!silent && no.message) this.toast(no.message);
      throw no;
    }
  }

  _bySocket(what, given) {
    const id = ++this._number;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this._asked.delete(id);
        reject({ code: "away", message: "" });
      }, ANSWER_WITHIN);
      this._asked.set(id, { resolve, reject, timer });
      this.socket.send(JSON.stringify({ do: what, id, with: given }));
    });
  }

  // For a socket that is blocked or away.
  async askByHttp(what, given = {}) {
    const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]*)/);
    const token = cookie ? cookie[1] : JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"];
    const answer = await fetch(this.data.ask, {
      method: "POST", headers: { "X-CSRFToken": token, "Content-Type": "application/json" },
      body: JSON.stringify({ do: what, with: given }), redirect: "manual",
    });
    const said = await answer.json().catch(() => ({ no: { code: "away", message: "" } }));
    if (said.no) throw said.no;
    return said.d;
  }

  toast(text, { kind = "info" } = {}) {
    const place = $("#toasts");
    const line = document.createElement("div");
    line.className = `room-toast room-toast-${kind}`;
    line.textContent = text;
    place.append(line);
    setTimeout(() => line.remove(), Math.max(6000, text.length * 90));
    return line;
  }

  announce(text, options) { announce(text, options); }

  // Where the live process is: behind the same address, or on a port of its own.
  address(path) {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const host = this.data.livePort ? `${location.hostname}:${this.data.livePort}` : location.host;
    return `${scheme}://${host}${path}`;
  }

  _connect() {
    if (this.over || (this.socket && this.socket.readyState <= 1)) return;
    // A page that was here goes on where it was; what it missed comes one by one.
    const after = this.picture && this.me?.state === "in" ? `?after=${this._place}` : "";
    const socket = new WebSocket(this.address(this.data.socket) + after);
    this.socket = socket;
    socket.onmessage = (event) => this._hear(JSON.parse(event.data));
    socket.onclose = (event) => { if (socket === this.socket) this._closed(event.code); };
  }

  _closed(code) {
    const was = this.connected;
    this.connected = false;
    for (const { reject, timer } of this._asked.values()) {
      clearTimeout(timer);
      reject({ code: "away", message: "" });
    }
    this._asked.clear();
    if (this.over || code === GONE) return;
    if (was) this._lost();
    this._again(code === COME_AGAIN ? 0 : this._tries);
  }

  _again(tries) {
    if (this.over || this.connected) return;
    clearTimeout(this._timer);
    this._timer = setTimeout(() => this._connect(), WAITS[Math.min(tries, WAITS.length - 1)] * (0.8 + Math.random() * 0.4));
    this._tries = tries + 1;
  }

  _lost() {
    const place = $("#room-link");
    place.querySelector("span").textContent = place.dataset.lost;
    place.hidden = false;
    this._wasLost = true;
    this.emit("lost");
  }

  _back() {
    const place = $("#room-link");
    place.hidden = true;
    if (this._wasLost) announce(place.dataset.back, { own: true });
    this._wasLost = false;
    this.emit("back");
  }

  _hear(said) {
    if ("re" in said) {
      const waiting = this._asked.get(said.re);
      if (!waiting) return;
      this._asked.delete(said.re);
      clearTimeout(waiting.timer);
      if (said.no) waiting.reject(said.no); else waiting.resolve(said.d);
      return;
    }
    if (said.k === "ping") {
      this.socket.send('{"do":"pong"}');
      return;
    }
    if (said.k === "refused") {
      this.end(said.d.code, said.d.message);
      return;
    }
    if (said.n > this._place || said.k === "state") this._place = said.n;
    if (said.k === "again") {
      this._connected();
      return;
    }
    if (said.k === "state") {
      this._drawn(said.d);
      return;
    }
    if (said.k === "you" && said.d.state === "removed") {
      this.end("removed", "");
      return;
    }
    if (said.k === "room.over") {
      this.emit("room.over", said.d);
      this.end("over", "");
      return;
    }
    this.emit(said.k, said.d);
  }

  _connected() {
    this._tries = 0;
    if (this.connected) return;
    this.connected = true;
    this._back();
  }

  _drawn(picture) {
    this.picture = picture;
    this.me = picture.me;
    this._connected();
    if (picture.over) {
      this.end("over", "");
      return;
    }
    this.emit("state", picture);
    for (const [name, drawers] of this._parts) {
      if (!(name in picture)) continue;
      for (const drawn of drawers) {
        try { drawn(picture[name], this.me); } catch (error) { console.error(name, error); }
      }
    }
  }

  end(code, message) {
    this.over = true;
    this.connected = false;
    this.emit("end", { code, message });
    this.socket?.close(1000);
  }

  say(sentence, values) { return words(sentence, values); }
}
