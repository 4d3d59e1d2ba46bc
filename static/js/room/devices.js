// Camera, microphone, speaker and connection, tried in plain sight of nobody else. `templates/rooms/_devices.html` is its page.
import { $, $$, glossary, words } from "./dom.js";
import { listen, local } from "./local.js";

const QUIET = 0.12, LOUD = 0.95, SILENT_AFTER = 8000, SLOW = 400, WITHIN = 6000;

// Which sentence explains how to allow it again, by browser.
export function deniedBy(agent = navigator.userAgent, error = "") {
  if (/system/i.test(error)) return "denied-system";
  if (/iPhone|iPad|iPod/.test(agent)) return "denied-ios";
  if (/Android/.test(agent)) return "denied-android";
  if (/Firefox/.test(agent)) return "denied-firefox";
  if (/Safari/.test(agent) && !/Chrome|Chromium|Edg/.test(agent)) return "denied-safari";
  return "denied-chrome";
}

// Milliseconds to the live process and back, by a socket to the media gate, which opens it before it says whether one may pass.
export function roundTrip(address) {
  return new Promise((done, fail) => {
    const began = performance.now();
    const socket = new WebSocket(address, "janus-protocol");
    const timer = setTimeout(() => { fail(new Error("slow")); socket.close(); }, WITHIN);
    socket.onopen = () => { clearTimeout(timer); done(performance.now() - began); socket.close(1000); };
    socket.onclose = () => { clearTimeout(timer); fail(new Error("closed")); };
  });
}

// Whether this browser and network let us speak WebRTC at all: two connections in this page that find each other.
export async function canConnect() {
  if (!window.RTCPeerConnection) return false;
  const [one, other] = [new RTCPeerConnection({ iceServers: [] }), new RTCPeerConnection({ iceServers: [] })];
  try {
    return await new Promise((done, fail) => {
      setTimeout(() => done(false), WITHIN);
      one.onicecandidate = ({ candidate }) => candidate && other.addIceCandidate(candidate).catch(() => {});
      other.onicecandidate = ({ candidate }) => candidate && one.addIceCandidate(candidate).catch(() => {});
      const channel = one.createDataChannel("try");
      channel.onopen = () => done(true);
      (async () => {
        await one.setLocalDescription(await one.createOffer());
        await other.setRemoteDescription(one.localDescription);
        await other.setLocalDescription(await other.createAnswer());
        await one.setRemoteDescription(other.localDescription);
      })().catch(fail);
    });
  } catch {
    return false;
  } finally {
    one.close();
    other.close();
  }
}

export class DeviceCheck {
  constructor(root) {
    this.root = root;
    this.said = glossary($("[data-words]", root));
    this.video = $("video", root);
    this.roundTrip = () => roundTrip(this._address());
    $("[data-check]", root).addEventListener("click", () => this.begin());
    $("[data-again]", root).addEventListener("click", () => this.tryConnection());
    $("[data-tone]", root).addEventListener("click", () => this.tone());
    for (const button of $$("[data-heard]", root)) button.addEventListener("click", () => this._heard(button.dataset.heard));
    for (const kind of ["camera", "microphone"]) {
      $("[data-on]", this._section(kind)).addEventListener("change", (event) => this._switch(kind, event.target.checked));
    }
    for (const kind of ["camera", "microphone", "speaker"]) {
      $("[data-which]", this._section(kind)).addEventListener("change", (event) => this._choose(kind, event.target.value));
    }
    $("[data-blur]", root).addEventListener("change", (event) => this._blur(event.target.checked));
    $("[data-blur-switch]", root).hidden = !local.canBlur;
    $("[data-no-blur]", root).hidden = local.canBlur;
    local.on((what) => { if (this.isOpen) this._happened(what); });
  }

  _section(kind) { return $(`[data-device="${kind}"]`, this.root); }

  _address() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const { socket, livePort } = this.root.dataset;
    return `${scheme}://${livePort ? `${location.hostname}:${livePort}` : location.host}${socket}`;
  }

  // Say how a device does, for the eye and for the form.
  result(kind, value, sentence) {
    const place = $(".device-result", this._section(kind));
    if (place.textContent !== sentence) place.textContent = sentence;
    if (value !== null) {
      this._section(kind).dataset.result = value;
      $(`input[name="${kind}"]`, this.root).value = value;
    }
  }

  // Ask for camera and microphone and try the connection. Nothing is asked for before somebody pressed a button.
  async begin({ camera = local.wants.camera ?? true, microphone = local.wants.microphone ?? true } = {}) {
    this.isOpen = true;
    $(".devices-start", this.root).hidden = true;
    $(".devices-body", this.root).hidden = false;
    this.result("speaker", "", this.said.untried);
    this.tryConnection();
    for (const [kind, on] of [["microphone", microphone], ["camera", camera]]) await this._switch(kind, on);
    await this._lists();
  }

  async _switch(kind, on) {
    if (on) this.result(kind, null, this.said.asking);
    try {
      await (kind === "camera" ? local.setCamera(on) : local.setMicrophone(on));
    } catch { /* `_draw` says why */ }
    this._draw(kind);
    if (on) await this._lists();
  }

  async _choose(kind, id) {
    await local.choose(kind, id).catch(() => {});
    if (kind !== "speaker") this._draw(kind);
  }

  async _blur(on) {
    if (on) this.result("camera", null, this.said.blurring);
    try {
      await local.setBlur(on);
    } catch {
      $("[data-blur]", this.root).checked = false;
      this.result("camera", null, this.said.unable);
    }
  }

  _happened(what) {
    if (what === "devices") this._lists();
    else if (what === "camera" || what === "microphone") this._draw(what);
  }

  _draw(kind) {
    const device = local[kind];
    $("[data-on]", this._section(kind)).checked = device.on;
    if (kind === "camera") this._showPicture();
    else this._meter();
    if (device.on) {
      if (kind === "camera") this.result(kind, "works", this.said.works);
    } else if (device.trouble) {
      const value = { denied: "denied", missing: "missing" }[device.trouble] || "trouble";
      const sentence = device.trouble === "denied" ? this.said[deniedBy()]
        : device.trouble === "missing" ? this.said[`missing-${kind}`] : this.said[device.trouble];
      this.result(kind, value, sentence);
    } else {
      this.result(kind, "off", this.said.off);
    }
  }

  _showPicture() {
    const { on, sent } = local.camera;
    if (on && sent && this.video.srcObject?.getTracks()[0] !== sent) this.video.srcObject = new MediaStream([sent]);
    if (!on) this.video.srcObject = null;
    else this.video.play().catch(() => {});
    $("[data-blur]", this.root).checked = Boolean(local.wants.blur);
    $(".devices-preview", this.root).classList.toggle("is-dark", !on);
  }

  _meter() {
    const { on, track } = local.microphone;
    if (on && track === this._listened) return;
    this._stop?.();
    [this._stop, this._listened] = [null, on ? track : null];
    this._level(0);
    if (!on || !track) return;
    const began = performance.now();
    let most = 0;
    this.result("microphone", null, this.said.speak);
    this._stop = listen(track, (level) => {
      if (!this.isOpen) return;
      this._level(level);
      most = Math.max(most * 0.995, level);
      const waited = performance.now() - began > SILENT_AFTER;
      if (most > QUIET * 2.5) this.result("microphone", "works", level > LOUD ? this.said.loud : this.said.good);
      else if (most > QUIET) this.result("microphone", "works", this.said.quiet);
      else if (waited) this.result("microphone", "trouble", this.said.silent);
    });
  }

  _level(level) {
    const meter = $(".device-meter", this.root);
    meter.setAttribute("aria-valuenow", String(Math.round(level * 100)));
    meter.style.setProperty("--level", level.toFixed(2));
  }

  async _lists() {
    const found = await local.list();
    for (const kind of ["camera", "microphone", "speaker"]) {
      const label = $(".device-choice", this._section(kind));
      const select = $("select", label);
      const named = found[kind].filter((one) => one.label);
      label.hidden = named.length < 2 || (kind === "speaker" && !("setSinkId" in HTMLMediaElement.prototype));
      select.replaceChildren(new Option(this.said.usual, ""), ...named.filter((one) => one.id !== "default").map((one) => new Option(one.label, one.id)));
      select.value = named.some((one) => one.id === local.which[kind]) ? local.which[kind] : "";
    }
  }

  // Two soft notes, where the voices of the others will come from.
  async tone() {
    const context = new (window.AudioContext || window.webkitAudioContext)();
    const out = context.createMediaStreamDestination();
    [523.25, 659.25].forEach((pitch, n) => {
      const note = new OscillatorNode(context, { frequency: pitch });
      const swell = new GainNode(context, { gain: 0 });
      const at = context.currentTime + 0.1 + n * 0.5;
      swell.gain.setTargetAtTime(0.25, at, 0.05);
      swell.gain.setTargetAtTime(0, at + 0.4, 0.08);
      note.connect(swell).connect(out);
      note.start(at);
      note.stop(at + 0.9);
    });
    const speaker = new Audio();
    speaker.srcObject = out.stream;
    await local.speakThrough(speaker);
    this.result("speaker", null, this.said.playing);
    try { await speaker.play(); } catch { /* asked below */ }
    $(".device-heard", this.root).hidden = false;
    setTimeout(() => {
      context.close();
      if ($(".device-result", this._section("speaker")).textContent === this.said.playing) this.result("speaker", null, "");
    }, 1600);
  }

  _heard(value) {
    $(".device-heard", this.root).hidden = true;
    this.result("speaker", value, value === "works" ? this.said.works : this.said.unheard);
    $("[data-tone]", this.root).focus();
  }

  async tryConnection() {
    this.result("connection", "", this.said.trying);
    const [trip, media] = await Promise.all([this.roundTrip().catch(() => null), canConnect()]);
    const ms = trip === null ? 0 : Math.max(1, Math.round(trip));
    if (trip === null) this.result("connection", "trouble", this.said["no-socket"]);
    else if (!media) this.result("connection", "trouble", this.said["no-media"]);
    else if (ms > SLOW) this.result("connection", "trouble", words(this.said.slow, { ms }));
    else this.result("connection", "works", words(this.said.fast, { ms }));
  }

  // What is only for trying is over: the meter stops. Camera and microphone stay as they were chosen.
  end() {
    this.isOpen = false;
    this._stop?.();
    [this._stop, this._listened] = [null, null];
    this.video.srcObject = null;
  }
}

// One for each place on the page, by its element.
export const checks = new Map($$("[data-devices]").map((root) => [root, new DeviceCheck(root)]));
