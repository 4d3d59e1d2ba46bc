// What is on the board, and what was done to it: the same words as the server's (rooms/whiteboard.py). Done twice is done once.

export const WIDTH = 1600, HEIGHT = 1000;
export const PAPER = "#fdfcf8";
export const INKS = { ink: "#1f2933", blue: "#1d4ed8", green: "#15803d", red: "#b91c1c", purple: "#7e22ce", brown: "#92400e" };
export const NOTES = { yellow: "#fef3c7", sky: "#dbeafe", mint: "#dcfce7", rose: "#ffe4e6" };
export const NOTE = { width: 260, height: 190, size: 24 };
const MOST_NUMBERS = 4000;

export const newId = () => [...crypto.getRandomValues(new Uint8Array(8))].map((n) => n.toString(16).padStart(2, "0")).join("");
const whole = (item) => ({ width: 3, points: [], x: 0, y: 0, text: "", ...item });

export class Board {
  constructor() {
    this.items = new Map();
    this.undone = []; // what can be done again
    this.done = []; // what can be undone: {back: [ops], again: [ops]}
  }

  reset(items) {
    this.items = new Map(items.map((item) => [item.id, whole(item)]));
  }

  forget() {
    this.done = [];
    this.undone = [];
  }

  shown() {
    return [...this.items.values()].filter((item) => !item.gone).sort((a, b) => (a.n ?? Infinity) - (b.n ?? Infinity));
  }

  // Do something; the id of what changed, null for nothing.
  apply(op) {
    if (op.op === "add") return this._add(op.item);
    const item = this.items.get(op.id) ?? (op.op === "back" && op.item ? this._put(whole(op.item)) : undefined);
    if (!item) return null;
    if (op.op === "gone") item.gone = true;
    else if (op.op === "back") delete item.gone;
    else if (op.op === "move") Object.assign(item, { x: op.x, y: op.y });
    else if (op.op === "edit") Object.assign(item, { text: op.text, color: op.color });
    else if (op.op === "more") {
      const fresh = op.points.slice(Math.max(0, item.points.length - op.at));
      if (op.at > item.points.length || item.points.length + fresh.length > MOST_NUMBERS) return null;
      item.points.push(...fresh);
    }
    return item.id;
  }

  _put(item) {
    this.items.set(item.id, item);
    return item;
  }

  // Our own comes back with its place above the others; our line may be longer by now.
  _add(item) {
    const known = this.items.get(item.id);
    if (known) Object.assign(known, { n: item.n ?? known.n, by: item.by ?? known.by });
    else this._put(whole({ ...item, points: [...(item.points || [])] }));
    return item.id;
  }

  // What undoes an op, asked before it is applied.
  reverse(op) {
    if (op.op === "add") return { op: "gone", id: op.item.id };
    const item = this.items.get(op.id);
    if (op.op === "gone") return { op: "back", id: op.id };
    if (op.op === "back") return { op: "gone", id: op.id };
    if (op.op === "move") return { op: "move", id: op.id, x: item.x, y: item.y };
    if (op.op === "edit") return { op: "edit", id: op.id, text: item.text, color: item.color };
    return null;
  }

  // Remember it so that it can be undone. What was added comes back as it was, by "back".
  remember(op) {
    const again = op.op === "add" ? { op: "back", id: op.item.id } : op;
    this.done.push({ back: this.reverse(op), again });
    if (this.done.length > 100) this.done.shift();
    this.undone = [];
  }
}

// What goes to the server: at most ten times a second, one at a time, in order; sent again until there is an answer.
export class Outbox {
  constructor(send, { every = 100 } = {}) {
    this.send = send; // (ops) → Promise; rejects with {code}
    this.every = every;
    this.ops = [];
    this.flight = null;
    this.timer = null;
    this.unheard = new Map(); // id → our moves of it, oldest first
  }

  push(op) {
    this.sent(op);
    const last = this.ops.at(-1);
    if (op.op === "more" && last?.op === "more" && last.id === op.id && last.at + last.points.length === op.at && last.points.length + op.points.length <= 400) {
      last.points.push(...op.points);
    } else if (op.op === "move" && last?.op === "move" && last.id === op.id) {
      Object.assign(last, op);
    } else {
      this.ops.push(structuredClone(op));
    }
    this.later();
  }

  later(wait = this.every) {
    if (!this.timer && !this.flight) this.timer = setTimeout(() => { this.timer = null; this._go(); }, wait);
  }

  async _go() {
    if (this.flight || !this.ops.length) return;
    const sent = this.ops.splice(0, 20);
    this.flight = sent;
    let wait = this.every;
    try {
      await this.send(sent);
    } catch (no) {
      if (no === "again") {
        this.ops.unshift(...sent);
        wait = 1000;
      }
    }
    this.flight = null;
    if (this.ops.length) this.later(wait);
  }

  pending() {
    return [...(this.flight || []), ...this.ops];
  }

  // What of ours is still to come back as news: where something was moved to since, it stays until then.
  sent(op) {
    if (op.op === "move") this.unheard.set(op.id, [...(this.unheard.get(op.id) || []), op]);
  }

  // The place of ours that a move told now is older than; null when it is as told.
  newer(op) {
    const ours = op.op === "move" && this.unheard.get(op.id);
    if (!ours) return null;
    const at = ours.findIndex((one) => one.x === op.x && one.y === op.y);
    const left = at < 0 ? ours : ours.slice(at + 1);
    if (left.length) this.unheard.set(op.id, left);
    else this.unheard.delete(op.id);
    return left.at(-1) ?? null;
  }

  drop() {
    this.ops = [];
    this.unheard.clear();
  }
}
