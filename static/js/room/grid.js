// The tiles: one for each person, and one for a screen that is shown. It knows no network: it is told of people and tracks.
import { $, fill, words } from "./dom.js";
import { initials, layout, order } from "./layout.js";

const GAP = 8, REACTION_SECONDS = 5, SPEAKER_WAITS = 1500; // milliseconds somebody speaks before they come forward
const PHONE = matchMedia("(max-width: 599.98px), (max-height: 500px)");

export class Grid {
  // told: {wanted(keys of pictures that can be seen), menu(key of whoever's menu was asked for)}. said: words.
  constructor(stage, said, told = {}) {
    this.area = $(".stage-area", stage);
    this.feature = $(".stage-feature", stage);
    this.list = $(".tiles", stage);
    this.template = $("#tile", stage);
    this.marks = $("#tile-marks", stage);
    this.said = said;
    this.told = told;
    this.tiles = new Map(); // key → tile; a screen's is "screen:<key>"
    this.people = [];
    this.pinned = "";
    this.speaker = "";
    this.seen = new Set();
    this.plain = false; // sound and pictures are elsewhere: nothing is known of them
    new ResizeObserver(() => this.draw()).observe(this.area);
    PHONE.addEventListener("change", () => this.draw());
    this.watcher = new IntersectionObserver((entries) => this._saw(entries), { root: this.area, rootMargin: "120px" });
    this.area.addEventListener("click", (event) => {
      const button = event.target.closest(".tile-pin, .tile-more");
      const key = button?.closest(".tile").dataset.key;
      if (button?.matches(".tile-pin")) this.pin(key);
      else if (button) this.told.menu?.(key);
    });
  }

  // Who is there: [{key, name, leads, self, away}], in the order they came.
  show(people) {
    this.people = people;
    for (const one of people) {
      const tile = this._tile(one.key);
      Object.assign(tile, { name: one.name, self: one.self, away: one.away });
      $(".tile-name", tile.element).textContent = one.self ? words(this.said.you, { name: one.name }) : one.name;
      $(".tile-initials", tile.element).textContent = initials(one.name);
      tile.element.classList.toggle("is-self", Boolean(one.self));
      const more = $(".tile-more", tile.element); // leaders' tiles have one
      if (more) {
        more.hidden = Boolean(one.self);
        more.setAttribute("aria-label", words(this.said.menu, { name: one.name }));
      }
      this._label(tile);
    }
    const keys = new Set(people.map(({ key }) => key));
    for (const [key, tile] of this.tiles) if (!keys.has(tile.of)) this._remove(key);
    this.draw();
  }

  _tile(key, of = key) {
    if (this.tiles.has(key)) return this.tiles.get(key);
    const element = fill(this.template);
    element.dataset.key = key;
    const tile = { key, of, element, video: $("video", element), microphone: true, camera: false, muted: false, talking: false, hand: false };
    this.tiles.set(key, tile);
    this.list.append(element);
    this.watcher.observe(element);
    return tile;
  }

  _remove(key) {
    const tile = this.tiles.get(key);
    if (!tile) return;
    this.watcher.unobserve(tile.element);
    tile.video.srcObject = null;
    tile.element.remove();
    this.tiles.delete(key);
    this.seen.delete(key);
    if (this.pinned === key) this.pinned = "";
  }

  // A picture of somebody came; a screen gets a tile of its own.
  picture(key, track, { screen = false } = {}) {
    const name = screen ? `screen:${key}` : key;
    const tile = this._tile(name, key);
    if (screen) {
      tile.element.classList.add("is-screen");
      const of = this.people.find((one) => one.key === key);
      tile.name = words(this.said.screen, { name: of?.name || "" });
      $(".tile-name", tile.element).textContent = tile.name;
    }
    if (tile.video.srcObject?.getVideoTracks()[0] !== track) tile.video.srcObject = new MediaStream([track]);
    tile.camera = true;
    tile.hasPicture = true;
    play(tile.video);
    this._label(tile);
    if (screen) this.draw();
  }

  noPicture(key, { screen = false } = {}) {
    if (screen) {
      this._remove(`screen:${key}`);
      this.draw();
      return;
    }
    const tile = this.tiles.get(key);
    if (!tile) return;
    tile.video.srcObject = null;
    tile.hasPicture = false;
    this._label(tile);
  }

  // What is known of somebody: {microphone, camera, muted, talking, hand, paused}.
  state(key, what) {
    const tile = this.tiles.get(key);
    if (!tile) return;
    Object.assign(tile, what);
    if ("talking" in what) this._talked(tile);
    this._label(tile);
  }

  _talked(tile) {
    clearTimeout(tile.coming);
    if (!tile.talking || this.speaker === tile.key) return;
    tile.coming = setTimeout(() => {
      this.speaker = tile.key;
      if (this.scrolls) this.draw();
    }, SPEAKER_WAITS);
  }

  // Marks for the eye, and the same in words.
  _label(tile) {
    const { element } = tile;
    const isMuted = !this.plain && (tile.muted || !tile.microphone);
    const isTalking = tile.talking && !isMuted;
    element.classList.toggle("is-talking", isTalking);
    element.classList.toggle("is-away", Boolean(tile.away));
    element.classList.toggle("has-picture", Boolean(tile.hasPicture && tile.camera && !tile.paused));
    const screen = element.classList.contains("is-screen");
    for (const [mark, is] of [["muted", isMuted && !screen], ["talking", isTalking], ["hand", tile.hand], ["away", tile.away]]) {
      $(`.tile-mark-${mark}`, element).hidden = !is;
    }
    const said = screen ? [] : [
      isTalking && this.said.talking, isMuted && (tile.muted ? this.said.mutedByLeader : this.said.muted),
      !this.plain && !(tile.hasPicture && tile.camera) && this.said.noPicture, tile.hand && this.said.hand, tile.away && this.said.away,
    ].filter(Boolean);
    const text = said.length ? `, ${said.join(", ")}` : "";
    const place = $(".tile-words", element);
    if (place.textContent !== text) place.textContent = text;
    const pin = $(".tile-pin", element);
    const isPinned = this.pinned === tile.key;
    pin.setAttribute("aria-pressed", String(isPinned));
    pin.setAttribute("aria-label", words(isPinned ? this.said.unpin : this.said.pin, { name: tile.name || "" }));
  }

  reaction(key, kind) {
    const tile = this.tiles.get(key);
    const mark = this.marks.content.querySelector(`[data-kind="${CSS.escape(kind)}"]`);
    if (!tile || !mark) return;
    const place = $(".tile-reactions", tile.element);
    const shown = mark.cloneNode(true);
    place.replaceChildren(shown);
    setTimeout(() => shown.remove(), REACTION_SECONDS * 1000);
  }

  pin(key) {
    this.pinned = this.pinned === key ? "" : key;
    for (const tile of this.tiles.values()) this._label(tile);
    this.draw();
    $(".tile-pin", this.tiles.get(key).element).focus({ preventScroll: true });
  }

  // --- where everything is

  get featured() {
    const screen = [...this.tiles.keys()].find((key) => key.startsWith("screen:"));
    return screen || (this.tiles.has(this.pinned) ? this.pinned : "");
  }

  draw() {
    const { clientWidth: width, clientHeight: height } = this.area;
    if (!width || !height) return;
    const phone = PHONE.matches;
    const featured = this.featured;
    this.area.classList.toggle("has-feature", Boolean(featured));
    const rest = this.people.length - (featured && !featured.startsWith("screen:") ? 1 : 0);
    const tall = height > width * 0.9;
    const below = featured && tall ? Math.floor(Math.min(height * 0.6, width * 0.8)) : 0; // the height of what is large
    let found;
    if (featured && !tall) {
      const size = Math.max(128, Math.min(224, Math.floor(width * 0.2)));
      found = { width: size, height: Math.floor((size * 3) / 4) };
      found.scrolls = rest * (found.height + GAP) > height;
    } else {
      found = layout(rest, width, height - (below && below + GAP), { gap: GAP, phone });
    }
    this.feature.style.setProperty("--feature-height", rest ? `${below}px` : "100%");
    this.scrolls = found.scrolls;
    this.area.classList.toggle("is-tall", tall);
    this.area.classList.toggle("is-scrolled", Boolean(found.scrolls && (tall || !featured)));
    this.list.style.setProperty("--tile-width", `${found.width}px`);
    this.list.style.setProperty("--tile-height", `${found.height}px`);
    this.list.classList.toggle("is-small", found.width < 170);
    this._arrange(featured);
  }

  // Elements are moved only where their order changed: a picture stops for a moment when it is moved.
  _arrange(featured) {
    const wanted = order(this.people, { pinned: this.pinned, speaker: this.speaker, scrolls: this.scrolls })
      .filter(({ key }) => key !== featured).map(({ key }) => this.tiles.get(key).element);
    const shown = this.tiles.get(featured)?.element;
    for (const element of [...this.feature.children]) if (element !== shown) this.list.append(element);
    if (shown && shown.parentElement !== this.feature) move(this.feature, shown, null);
    this.feature.hidden = !shown;
    this.list.hidden = !wanted.length;
    wanted.forEach((element, n) => {
      if (this.list.children[n] !== element) move(this.list, element, this.list.children[n] || null);
    });
  }

  _saw(entries) {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) this.seen.add(target.dataset.key); else this.seen.delete(target.dataset.key);
    }
    this.told.wanted?.(this.seen);
  }
}

function move(parent, element, before) {
  parent.insertBefore(element, before);
  play(element.querySelector("video"));
}

function play(video) {
  if (video?.srcObject) video.play().catch(() => {}); // it is muted; where the browser still refuses, it plays on a touch
}
