// Sound and pictures in the room: joins one's devices, the connection to whatever carries media, and the tiles.
import { checks } from "./devices.js";
import { $, glossary, words } from "./dom.js";
import { Grid } from "./grid.js";
import { LinkWatch } from "./link.js";
import { local } from "./local.js";

const COME_AGAIN = 4001, GONE = 4003, TAKEN = 4009, LATER = 1013;
const WAITS = [300, 1000, 2000, 4000, 8000], SERVER_WAITS = [3000, 6000, 12000, 30000]; // milliseconds
const OFFER_AGAIN = 300000; // milliseconds until audio only is offered again to whoever said no
const CLIENTS = { janus: () => import("./media_janus.js").then((m) => m.JanusMedia), livekit: () => import("./media_livekit.js").then((m) => m.LiveKitMedia) };

class Media {
  constructor(room) {
    this.room = room;
    this.stage = $("#stage");
    this.said = glossary($("#stage-words"));
    this.grid = new Grid(this.stage, this.said, {
      wanted: () => this.client?.want((key, kind) => this.isWanted(key, kind)), menu: (key) => room.emit("person", { key }),
    });
    this.sounds = $("#sounds");
    this.status = "waiting"; // then "connecting", "on", "off" (no media server), "elsewhere", "link"
    this.audioOnly = false;
    this.full = false; // nobody sees or hears us: all places are taken
    this.sharing = null;
    this.tries = 0;
    this.hands = new Set();
    this.client = null;
    this.listen();
  }

  listen() {
    const { room } = this;
    room.on("people", () => this.people());
    room.on("state", ({ me }) => { if (me.state === "in" && this.status === "waiting") this.enter(); });
    room.on("back", () => { if (this.timer) this.soon(0); });
    room.on("media.link", () => { if (this.status === "link") this.connect(); }); // a leader gave another
    room.on("end", () => this.stop());
    room.part("room", ({ camera }) => { this.policy = camera; });
    room.part("hands", ({ up }) => this.raised(up));
    room.on("hands", ({ up }) => this.raised(up));
    document.addEventListener("room:reaction", ({ detail }) => this.grid.reaction(detail.key, detail.kind));
    addEventListener("online", () => (this.timer ? this.soon(0) : this.client?.restart?.()));
    addEventListener("pagehide", () => this.client?.close());
    addEventListener("pageshow", (event) => { if (event.persisted && this.status !== "waiting") this.soon(0); });
    navigator.connection?.addEventListener?.("change", () => this.client?.restart?.());
    local.on((what) => this.mine(what));
    this.watch = new LinkWatch(() => this.client?.connections || [], (bad) => this.weak(bad));
    this.stage.addEventListener("click", (event) => {
      const deed = event.target.closest("[data-stage]")?.dataset.stage;
      if (deed) this[deed]?.();
    });
  }

  // --- people

  get me() { return this.room.me?.key || ""; }

  people() {
    const mine = this.room.people.get(this.me);
    const there = [...this.room.people.values()].filter((one) => one.here && one.beside === (mine?.beside ?? null));
    this.grid.show(there.map((one) => ({
      key: one.key, name: one.name, away: one.away, self: one.key === this.me, leads: one.part === "lead" || one.part === "co",
    })));
    for (const one of there) this.grid.state(one.key, { muted: one.muted, hand: this.hands.has(one.key) });
    if (mine?.muted && !this.wasMuted) this.silenced();
    this.wasMuted = Boolean(mine?.muted);
    for (const [key, state] of this.known || []) this.grid.state(key, state);
    this.drawMine();
  }

  raised(up) {
    this.hands = new Set(up);
    for (const key of this.grid.tiles.keys()) this.grid.state(key, { hand: this.hands.has(key) });
    this.changed();
  }

  // A leader silenced us: the server does it; here the microphone goes off too, so that we are never heard again unawares.
  silenced() {
    if (local.microphone.on) local.setMicrophone(false);
    this.room.announce(this.said.silenced, { own: true });
    this.room.toast(this.said.silenced);
  }

  // --- the connection

  async enter() {
    this.status = "connecting";
    this.changed();
    for (const check of checks.values()) check.end();
    if (this.room.data.backend === "link") { // the other program needs the camera
      local.close();
      this.grid.plain = true;
      this.connect();
      return;
    }
    for (const kind of ["microphone", "camera"]) {
      if (local.wants[kind]) await (kind === "camera" ? local.setCamera(true) : local.setMicrophone(true)).catch(() => {});
    }
    this.connect();
  }

  async connect() {
    clearTimeout(this.timer);
    this.timer = null;
    if (this.room.over || this.client) return;
    let grant;
    try {
      grant = await this.room.ask("media.grant", {}, { silent: true });
    } catch (no) {
      if (["removed", "over", "not_in"].includes(no?.code)) return;
      this.soon(WAITS[Math.min(this.tries++, WAITS.length - 1)]);
      return;
    }
    if (grant.backend === "link") { this.showLink(grant); return; }
    if (grant.trouble) { this.without(); return; }
    this.can = new Set(grant.capabilities);
    const Client = await CLIENTS[grant.backend]();
    const address = this.room.address(`/ws/rooms/${this.room.data.session}/media/`);
    const client = new Client(address, grant.data, this.hears());
    this.client = client;
    this.known = new Map();
    try {
      await client.open();
    } catch { /* closed(code) says what next */ }
  }

  hears() {
    return {
      up: () => {
        this.tries = 0;
        this.set("on");
        this.client.want((key, kind) => this.isWanted(key, kind));
        this.publish();
      },
      closed: (code) => this.closed(code),
      track: (one) => this.track(one),
      gone: (one) => this.gone(one),
      talking: (key, talking) => this.grid.state(key, { talking }),
      state: (key, what) => {
        this.known.set(key, { ...this.known.get(key), ...what });
        this.grid.state(key, what);
      },
      slow: () => this.watch.slowed(),
      full: () => {
        this.full = true;
        this.room.announce(this.said.full, { own: true });
        this.changed();
      },
    };
  }

  closed(code) {
    this.client = null;
    this.full = false;
    this.stopSharing({ quietly: true });
    for (const key of this.grid.tiles.keys()) this.grid.state(key, { talking: false });
    if (this.room.over || code === GONE) { this.set("off"); return; }
    if (code === TAKEN) { this.set("elsewhere"); return; }
    if (code === LATER) { this.without(); return; }
    this.set("connecting");
    this.soon(code === COME_AGAIN ? 0 : WAITS[Math.min(this.tries++, WAITS.length - 1)]);
  }

  soon(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.connect(), wait * (0.8 + Math.random() * 0.4));
  }

  // There is no media server, or it is away. Everything else works; we look again from time to time.
  without() {
    this.set("off");
    this.soon(SERVER_WAITS[Math.min(this.tries++, SERVER_WAITS.length - 1)]);
  }

  here() { this.set("connecting"); this.connect(); } // taken over from another page

  askAgain() { // whether a place is free now
    this.client?.close();
    this.closed(COME_AGAIN);
  }

  stop() {
    clearTimeout(this.timer);
    this.client?.close();
    this.client = null;
    this.stopSharing({ quietly: true });
    local.close();
  }

  set(status) {
    if (this.status === status) return;
    const before = this.status;
    this.status = status;
    if (status === "off") this.room.announce(this.said.off, { own: true });
    if (status === "on" && before === "off") this.room.announce(this.said.on, { own: true });
    this.changed();
  }

  // --- what comes

  track({ key, kind, track }) {
    if (kind.endsWith("sound")) this.sound(`${key}:${kind}`, track);
    else {
      const screen = kind === "screen";
      if (screen && this.sharing && key < this.me) this.stopSharing();
      this.grid.picture(key, track, { screen });
      if (screen) this.room.announce(words(this.said.screen, { name: this.room.people.get(key)?.name || "" }));
      this.changed();
    }
    this.client?.want((k, which) => this.isWanted(k, which));
  }

  gone({ key, kind }) {
    if (kind.endsWith("sound")) this.sounds.querySelector(`[data-of="${CSS.escape(`${key}:${kind}`)}"]`)?.remove();
    else this.grid.noPicture(key, { screen: kind === "screen" });
    this.room.emit("sounds");
    this.changed();
  }

  async sound(name, track) {
    let element = this.sounds.querySelector(`[data-of="${CSS.escape(name)}"]`);
    if (!element) {
      element = document.createElement("audio");
      element.dataset.of = name;
      element.autoplay = true;
      this.sounds.append(element);
    }
    element.srcObject = new MediaStream([track]);
    this.room.emit("sounds");
    await local.speakThrough(element);
    try { await element.play(); } catch (error) { if (error.name === "NotAllowedError") this.notice("stage-unheard", true); }
  }

  hear() {
    this.notice("stage-unheard", false);
    for (const element of this.sounds.children) element.play().catch(() => {});
  }

  isWanted(key, kind) {
    return !this.audioOnly && (kind === "screen" || this.grid.seen.has(key));
  }

  // --- what is sent

  publish() {
    const { microphone, camera } = local;
    const picture = camera.on && !this.audioOnly ? camera.sent : null;
    return this.client?.send({ sound: microphone.track, picture }, { microphone: microphone.on, camera: Boolean(picture) });
  }

  mine(what) {
    if (what === "speaker") for (const element of this.sounds.children) local.speakThrough(element);
    if (what.startsWith("lost-")) this.room.toast(what === "lost-camera" ? this.said.lostCamera : this.said.lostMicrophone);
    if (what === "microphone" || what === "camera") {
      this.publish();
      this.drawMine();
    }
  }

  drawMine() {
    if (!this.grid.tiles.has(this.me)) return this.changed();
    const { camera, microphone } = local;
    if (camera.on && camera.sent) this.grid.picture(this.me, camera.sent); else this.grid.noPicture(this.me);
    this.grid.state(this.me, { camera: camera.on, microphone: microphone.on, paused: this.audioOnly });
    return this.changed();
  }

  async toggleMicrophone() {
    if (this.room.people.get(this.me)?.muted) { this.room.toast(this.said.silenced); return; }
    await this.turn("microphone", !local.microphone.on);
  }

  async toggleCamera() {
    if (local.camera.on && this.policy === "on") this.room.toast(this.said.cameraOn);
    if (!local.camera.on && this.audioOnly) this.setAudioOnly(false);
    await this.turn("camera", !local.camera.on);
  }

  async turn(kind, on) {
    try {
      await (kind === "camera" ? local.setCamera(on) : local.setMicrophone(on));
      this.room.announce(this.said[`${kind}-${on ? "on" : "off"}`], { own: true });
    } catch {
      this.openDevices();
    }
  }

  openDevices() {
    const dialog = $("#devices-dialog");
    const check = checks.get($("[data-devices]", dialog));
    check.roundTrip = async () => {
      const began = performance.now();
      await this.room.ask("media.grant", {}, { silent: true, byHttp: false });
      return performance.now() - began;
    };
    dialog.addEventListener("close", () => check.end(), { once: true });
    dialog.showModal();
    check.begin({ camera: local.camera.on, microphone: local.microphone.on });
  }

  // --- a screen

  get canShare() {
    return Boolean(navigator.mediaDevices?.getDisplayMedia) && !matchMedia("(pointer: coarse) and (max-width: 999.98px)").matches;
  }

  get screenOfOthers() { return [...this.grid.tiles.keys()].find((key) => key.startsWith("screen:")); }

  async toggleShare() {
    if (this.sharing) { this.stopSharing(); return; }
    if (this.screenOfOthers) { this.room.toast(this.said.screenTaken); return; }
    let stream;
    try {
      stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 8 } }, audio: true });
    } catch { return; } // they changed their mind
    const [picture] = stream.getVideoTracks();
    this.sharing = stream;
    picture.addEventListener("ended", () => this.stopSharing());
    try {
      await this.client.share({ picture, sound: stream.getAudioTracks()[0] || null });
      this.room.announce(this.said.sharing, { own: true });
    } catch (why) {
      this.stopSharing({ quietly: true });
      const isSeen = !this.full && (local.camera.on || local.microphone.on); // then it is another screen, known here or not yet
      this.room.toast(!why?.isFull ? this.said.noShare : this.screenOfOthers || isSeen ? this.said.screenTaken : this.said.full);
    }
    this.changed();
  }

  stopSharing({ quietly = false } = {}) {
    if (!this.sharing) return;
    for (const track of this.sharing.getTracks()) track.stop();
    this.sharing = null;
    this.client?.unshare();
    if (!quietly) this.room.announce(this.said.notSharing, { own: true });
    this.changed();
  }

  // --- a weak link

  weak(bad) {
    const again = performance.now() > (this.offerAgain || 0);
    this.notice("stage-weak", bad && again && !this.audioOnly);
  }

  noPictures() { this.setAudioOnly(true); }

  pictures() { this.setAudioOnly(false); }

  notNow() {
    this.offerAgain = performance.now() + OFFER_AGAIN;
    this.notice("stage-weak", false);
  }

  setAudioOnly(on) {
    this.audioOnly = on;
    this.notice("stage-weak", false);
    this.client?.want((key, kind) => this.isWanted(key, kind));
    for (const key of this.grid.tiles.keys()) this.grid.state(key, { paused: on });
    this.publish();
    this.room.announce(on ? this.said.audioOnly : this.said.picturesAgain, { own: true });
    this.changed();
  }

  // --- what the stage says

  microphoneOn() { this.turn("microphone", true); }

  cameraOn() { this.turn("camera", true); }

  notice(id, shown) { $(`#${id}`).hidden = !shown; }

  showLink({ data, missing }) {
    this.set("link");
    $("#stage-link-there").href = data.link || "";
    $("#stage-link-there").hidden = !data.link;
    $("#stage-link-none").hidden = Boolean(data.link);
    $("#stage-missing").replaceChildren(...missing.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
  }

  changed() {
    const { camera, microphone } = local;
    this.notice("stage-off", this.status === "off");
    this.notice("stage-connecting", this.status === "connecting");
    this.notice("stage-elsewhere", this.status === "elsewhere");
    this.notice("stage-link", this.status === "link");
    this.notice("stage-full", this.full && this.status === "on");
    this.notice("stage-audio-only", this.audioOnly);
    this.notice("stage-sharing", Boolean(this.sharing));
    this.notice("stage-unseen", this.status === "on" && !camera.on && !microphone.on && !("microphone" in local.wants) && !("camera" in local.wants));
    this.stage.dataset.status = this.status;
    this.room.emit("media", this);
  }
}

export function start(room) {
  room.media = new Media(room);
}
