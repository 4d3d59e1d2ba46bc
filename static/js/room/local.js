// One's own microphone, camera and speaker: which, on or off, and what went wrong. Choices stay in this browser.
import { blurred, canBlur } from "./blur.js";

const WHICH = "room-devices", WANTS = "room-wants";
const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const PICTURE = { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 20, max: 24 } };

function kept(storage, name) {
  try { return JSON.parse(storage.getItem(name)) || {}; } catch { return {}; }
}
function keep(storage, name, value) {
  try { storage.setItem(name, JSON.stringify(value)); } catch { /* private mode */ }
}

// What a refusal of the browser means: "denied", "missing", "busy" or "insecure".
export function whyNot(error) {
  if (!navigator.mediaDevices?.getUserMedia) return "insecure";
  if (error?.name === "NotAllowedError" || error?.name === "SecurityError") return "denied";
  if (error?.name === "NotFoundError" || error?.name === "OverconstrainedError") return "missing";
  return "busy";
}

export class Local {
  constructor() {
    this.which = kept(localStorage, WHICH); // {microphone, camera, speaker}: ids of devices
    const wants = kept(sessionStorage, WANTS); // {microphone, camera, blur}: true, false, or not chosen yet
    this.wants = wants;
    this.microphone = { on: false, track: null, trouble: "" };
    this.camera = { on: false, track: null, sent: null, trouble: "" };
    this._hearers = [];
    this._doing = Promise.resolve();
    navigator.mediaDevices?.addEventListener?.("devicechange", () => this._tell("devices"));
  }

  // on(what happened): "microphone", "camera", "speaker", "devices", "lost-microphone", "lost-camera".
  on(heard) { this._hearers.push(heard); }

  _tell(what) { for (const heard of this._hearers) heard(what); }

  // One thing after the other: two quick presses never leave a camera running.
  _next(deed) {
    const done = this._doing.then(deed, deed);
    this._doing = done.catch(() => {});
    return done;
  }

  _want(kind, value) {
    this.wants[kind] = value;
    keep(sessionStorage, WANTS, this.wants);
  }

  // Turn the microphone on or off. Off, it stays open and silent, so that it is on again at once. Rejects with "denied", "missing" …
  setMicrophone(on) {
    return this._next(async () => {
      if (on && this.microphone.track?.readyState !== "live") this.microphone.track = await this._open("microphone", "audio", SOUND);
      this.microphone.on = on;
      if (this.microphone.track) this.microphone.track.enabled = on;
      this._want("microphone", on);
      this._tell("microphone");
    });
  }

  // Turn the camera on or off. Off, its light goes out.
  setCamera(on) {
    return this._next(async () => {
      if (on && this.camera.track?.readyState !== "live") {
        this.camera.track = await this._open("camera", "video", PICTURE);
        try {
          await this._dress();
        } catch (why) { // never seen sharper than they asked for
          this._closeCamera();
          Object.assign(this.camera, { on: false, trouble: why });
          this._tell("camera");
          throw why;
        }
      }
      if (!on) this._closeCamera();
      this.camera.on = on;
      this._want("camera", on);
      this._tell("camera");
    });
  }

  // Blur what is behind oneself, or not. Rejects with "unable" where it can't be done.
  setBlur(on) {
    return this._next(async () => {
      this._want("blur", on);
      if (this.camera.track) await this._dress();
      this._tell("camera");
    });
  }

  get canBlur() { return canBlur(); }

  async _dress() {
    const undo = this.camera.undo;
    this.camera.undo = null;
    try {
      const made = this.wants.blur ? await blurred(this.camera.track) : null;
      this.camera.sent = made?.track || this.camera.track;
      this.camera.undo = made?.stop;
    } catch {
      this.camera.sent = this.camera.track;
      this._want("blur", false);
      this._tell("camera");
      throw "unable";
    } finally {
      undo?.();
    }
  }

  _closeCamera() {
    this.camera.undo?.();
    this.camera.track?.stop();
    Object.assign(this.camera, { track: null, sent: null, undo: null });
  }

  async _open(kind, type, wanted) {
    const id = this.which[kind];
    try {
      if (!navigator.mediaDevices?.getUserMedia) throw new Error("insecure");
      let stream;
      try {
        stream = await navigator.mediaDevices.getUserMedia({ [type]: id ? { ...wanted, deviceId: { exact: id } } : wanted });
      } catch (error) {
        if (!id || error.name !== "OverconstrainedError") throw error;
        delete this.which[kind]; // it is not plugged in any more
        keep(localStorage, WHICH, this.which);
        stream = await navigator.mediaDevices.getUserMedia({ [type]: wanted });
      }
      const [track] = stream.getTracks();
      if (type === "video") track.contentHint = "motion";
      track.addEventListener("ended", () => this._lost(kind, track));
      this[kind].trouble = "";
      return track;
    } catch (error) {
      this[kind].trouble = whyNot(error);
      this[kind].on = false;
      this._tell(kind);
      throw this[kind].trouble;
    }
  }

  // Unplugged, or taken back by the browser.
  _lost(kind, track) {
    if (this[kind].track !== track) return;
    if (kind === "camera") this._closeCamera();
    Object.assign(this[kind], { track: null, on: false, trouble: "missing" });
    this._tell(kind);
    this._tell(`lost-${kind}`);
  }

  // Use another device, now if it is on.
  async choose(kind, id) {
    if (id) this.which[kind] = id; else delete this.which[kind];
    keep(localStorage, WHICH, this.which);
    if (kind === "speaker") this._tell("speaker");
    if (kind === "microphone" && this.microphone.track) {
      const on = this.microphone.on;
      this.microphone.track.stop();
      this.microphone.track = null;
      if (on) await this.setMicrophone(true); else this._tell("microphone");
    }
    if (kind === "camera" && this.camera.on) {
      await this._next(async () => this._closeCamera());
      await this.setCamera(true);
    }
  }

  // What there is: {microphone, camera, speaker}: [{id, label}]. Labels are empty until something was allowed.
  async list() {
    const found = { microphone: [], camera: [], speaker: [] };
    const kinds = { audioinput: "microphone", videoinput: "camera", audiooutput: "speaker" };
    for (const one of (await navigator.mediaDevices?.enumerateDevices?.()) || []) {
      if (one.deviceId) found[kinds[one.kind]]?.push({ id: one.deviceId, label: one.label });
    }
    return found;
  }

  // Let an <audio> or <video> speak where it was chosen, in browsers that can.
  async speakThrough(element) {
    try { await element.setSinkId?.(this.which.speaker || ""); } catch { /* it is gone: the usual one */ }
  }

  close() {
    this._closeCamera();
    this.microphone.track?.stop();
    this.microphone.track = null;
    this.microphone.on = this.camera.on = false;
  }
}

export const local = new Local();

// How loud a microphone is, from 0 to 1, about ten times a second; returns what stops it.
export function listen(track, told) {
  const Context = window.AudioContext || window.webkitAudioContext;
  const context = new Context();
  const source = context.createMediaStreamSource(new MediaStream([track]));
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let level = 0;
  const timer = setInterval(() => {
    if (context.state === "suspended") context.resume().catch(() => {});
    analyser.getFloatTimeDomainData(samples);
    const rms = Math.sqrt(samples.reduce((sum, s) => sum + s * s, 0) / samples.length);
    const now = Math.max(0, Math.min(1, (20 * Math.log10(rms + 1e-6) + 60) / 50)); // -60 dB is nothing, -10 dB is full
    level = Math.max(now, level * 0.8);
    told(level);
  }, 100);
  return () => {
    clearInterval(timer);
    source.disconnect();
    context.close().catch(() => {});
  };
}
