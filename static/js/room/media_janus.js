// Sound and pictures by Janus' VideoRoom, through our gate: what is sent (oneself, a screen) and what comes of the others.
// Who we are and where is put in by the gate. `display` of others is their key.
import Janus from "../../vendor/janus.es.js";

const PLUGIN = "janus.plugin.videoroom";
const FULL = "432"; // how an answer begins that says: no place is free
const ANSWER_WITHIN = 10000, ICE_WITHIN = 7000, ASK_AGAIN = 400, NOT_COMING = 5000;
export const COME_AGAIN = 4001, GONE = 4003, TAKEN = 4009, LATER = 1013;

let ready = null;
let opened = null; // the socket janus.js opened last
function initialised() {
  if (ready) return ready;
  const dependencies = Janus.useDefaultDependencies({ adapter: window.adapter });
  dependencies.newWebSocket = (server, protocol) => (opened = new WebSocket(server, protocol));
  ready = new Promise((done) => { Janus.init({ debug: [], dependencies, callback: done }); });
  return ready;
}

// Whether this is why nothing can be sent: all places are taken.
const isFull = (why) => String(why?.message ?? why).startsWith(FULL);

// One connection, from its opening to its end. It tells `on`: up(), closed(code), track({key, kind, track}), gone({key, kind}),
// talking(key, is), state(key, {microphone, camera, muted}), slow(), ice(state), full().
export class JanusMedia {
  constructor(address, grant, on) {
    this.address = address;
    this.grant = grant;
    this.on = on;
    this.feeds = new Map(); // feed → {key, streams: Map mid → {kind, description}}
    this.mids = new Map(); // mid of ours → {feed, key, kind}
    this.paused = new Set(); // mids of ours that were asked not to come
    this.wanted = () => true;
    this.ended = false;
    this.isFull = false; // no place was free to be seen and heard: another connection has to be made to ask again
    this._work = Promise.resolve();
    this._publishing = Promise.resolve();
  }

  // Resolves when we are in the room. Rejects, after closed(code), when not.
  async open() {
    await initialised();
    await new Promise((done, fail) => {
      this.janus = new Janus({
        server: this.address, iceServers: this.grant.iceServers || [], destroyOnUnload: true, keepAlivePeriod: 20000,
        success: done, error: (why) => { fail(new Error(why)); this.socket?.close(); },
      });
      this.socket = opened;
      this.socket.addEventListener("close", (event) => { fail(new Error("closed")); this._end(event.code); });
    });
    if (this.ended) throw new Error("closed");
    this.publisher = await this._attach({
      onmessage: (said, jsep) => this._heard(said, jsep),
      iceState: (state) => this._ice("out", state),
      slowLink: (uplink) => this.on.slow?.(uplink),
      webrtcState: () => {},
    });
    await new Promise((done, fail) => {
      const timer = setTimeout(() => fail(new Error("no answer")), ANSWER_WITHIN);
      this._joined = () => { clearTimeout(timer); done(); };
      this.publisher.send({ message: { request: "join", ptype: "publisher" }, error: fail });
    }).catch((error) => { this.close(); throw error; });
    this.on.up?.();
  }

  _attach(handlers) {
    return new Promise((success, error) => this.janus.attach({ plugin: PLUGIN, success, error, ...handlers }));
  }

  _end(code) {
    if (this.ended) return;
    this.ended = true;
    clearTimeout(this._iceTimer);
    for (const handle of [this.publisher, this.subscriber, this.screen]) {
      try { handle?.webrtcStuff?.pc?.close(); } catch { /* closed already */ }
    }
    for (const { key, kind } of this.mids.values()) this.on.gone?.({ key, kind });
    this.on.closed?.(code);
  }

  close() {
    if (this.ended) return;
    this.on = { ...this.on, closed: null };
    this._end(1000);
    try { this.janus.destroy({ unload: true, notifyDestroyed: false }); } catch { this.socket?.close(1000); }
  }

  // --- what happens in the room

  _heard(said, jsep) {
    if (jsep) this.publisher.handleRemoteJsep({ jsep, success: () => this._answered?.(), error: () => this._answered?.() });
    if (said.error_code) this._refused?.(String(said.error_code));
    if (said.videoroom === "joined") {
      this.id = said.id;
      this._joined?.();
    }
    if (said.publishers) this._learn(said.publishers);
    if (said.videoroom === "talking" || said.videoroom === "stopped-talking") {
      const key = said.id === this.id ? this.grant.me : this.feeds.get(said.id)?.key;
      if (key) this.on.talking?.(key, said.videoroom === "talking");
    }
    if (said.moderation) {
      const key = said.id === this.id ? this.grant.me : this.feeds.get(said.id)?.key;
      if (key) this.on.state?.(key, { muted: said.moderation === "muted" });
    }
    for (const gone of [said.leaving, said.unpublished]) {
      const feed = gone === "ok" ? null : this.feeds.get(gone);
      if (!feed) continue;
      this.feeds.delete(gone);
      for (const [mid, one] of this.mids) if (one.feed === gone) this._forget(mid);
    }
    if (said.videoroom === "destroyed") this.socket?.close();
  }

  // Publishers are told again whenever something about them changed.
  _learn(publishers) {
    for (const { id, display, streams } of publishers) {
      if (display === this.grant.me) continue;
      const known = this.feeds.get(id) || { key: display, streams: new Map(), notBefore: 0 };
      this.feeds.set(id, known);
      for (const { mid, type, description, disabled, moderated, talking } of streams || []) {
        if (type !== "audio" && type !== "video") continue;
        const screen = (description || "").startsWith("screen");
        const kind = type === "audio" ? (screen ? "screen-sound" : "sound") : screen ? "screen" : "picture";
        if (disabled) { known.streams.delete(mid); continue; }
        known.streams.set(mid, { kind });
        if (kind === "sound") this.on.state?.(display, { microphone: description !== "microphone-off", muted: Boolean(moderated) });
        if (kind === "picture") this.on.state?.(display, { camera: description !== "camera-off" });
        if (talking) this.on.talking?.(display, true);
      }
    }
    this._do(() => this._subscribe());
  }

  _forget(mid) {
    const one = this.mids.get(mid);
    this.mids.delete(mid);
    this.paused.delete(mid);
    if (one && ![...this.mids.values()].some((o) => o.key === one.key && o.kind === one.kind)) this.on.gone?.(one);
  }

  // --- what comes of the others: one connection for all, changed by one request at a time

  _do(deed) { this._work = this._work.then(deed).catch(() => {}); }

  // Ask for what is there and does not come yet. The media server tells of somebody a moment before it lets them be asked for, and
  // refuses a whole request for one of them: then each is asked for alone, and whoever was refused again a little later.
  async _subscribe() {
    if (this.ended) return;
    const coming = new Set([...this.mids.values()].map(({ feed, theirs }) => `${feed}/${theirs}`));
    let missing = [];
    for (const [feed, { streams, notBefore }] of this.feeds) {
      if (notBefore > performance.now()) continue;
      for (const mid of streams.keys()) if (!coming.has(`${feed}/${mid}`)) missing.push({ feed, mid });
    }
    if (!missing.length) return;
    if (this._alone) missing = missing.filter(({ feed }) => feed === missing[0].feed);
    const fresh = !this.subscriber;
    this.subscriber ||= await this._attach({
      onmessage: (said, jsep) => this._offered(said, jsep),
      onremotetrack: (track, mid, on) => { if (on) this._track(mid, track); },
      iceState: (state) => this._ice("in", state),
      slowLink: (uplink) => this.on.slow?.(uplink),
    });
    const message = fresh ? { request: "join", ptype: "subscriber", streams: missing } : { request: "subscribe", streams: missing };
    const done = await this._settled((fail) => this.subscriber.send({ message, error: () => fail(false) }));
    if (!done) {
      if (fresh) {
        this.subscriber.detach();
        this.subscriber = null;
      }
      if (this._alone) for (const { feed } of missing) this._later(feed);
      this._alone = true;
    }
    const here = new Set([...this.mids.values()].map(({ feed, theirs }) => `${feed}/${theirs}`));
    for (const { feed, mid } of done ? missing : []) if (!here.has(`${feed}/${mid}`)) this._later(feed, NOT_COMING);
    this._do(() => this._subscribe());
  }

  _later(feed, wait = ASK_AGAIN) {
    const known = this.feeds.get(feed);
    if (!known) return;
    known.notBefore = performance.now() + wait;
    setTimeout(() => this._do(() => this._subscribe()), wait + 20);
  }

  // Wait for the offer that a request brings, and for our answer to it: whether it was done.
  _settled(send) {
    return new Promise((done) => {
      const timer = setTimeout(() => done(false), ANSWER_WITHIN);
      this._done = (well) => { clearTimeout(timer); done(well); };
      send(this._done);
    });
  }

  _offered(said, jsep) {
    if (said.streams) {
      const now = new Map();
      for (const { mid, feed_id: feed, feed_display: key, feed_mid: theirs, type, active } of said.streams) {
        if (active === false || !feed) continue;
        const kind = this.feeds.get(feed)?.streams.get(theirs)?.kind || (type === "audio" ? "sound" : "picture");
        const known = this.mids.get(String(mid));
        now.set(String(mid), known?.feed === feed && known.kind === kind ? known : { feed, theirs, key, kind });
      }
      for (const [mid, one] of this.mids) if (now.get(mid) !== one) this._forget(mid);
      for (const [mid, one] of now) this.mids.set(mid, one);
    }
    if (!jsep) {
      if (said.videoroom === "updated" || said.error_code) this._done?.(!said.error_code);
      return;
    }
    this._offer = true;
    this.subscriber.createAnswer({
      jsep, tracks: [],
      success: (answer) => {
        this.subscriber.send({ message: { request: "start" }, jsep: answer });
        for (const transceiver of this.subscriber.webrtcStuff.pc?.getTransceivers() || []) {
          if (transceiver.receiver?.track?.readyState === "live") this._track(transceiver.mid, transceiver.receiver.track);
        }
        this._done?.(true);
        this._apply();
      },
      error: () => this._done?.(false),
    });
  }

  _track(mid, track) {
    const one = this.mids.get(String(mid));
    if (one && one.track !== track) {
      one.track = track;
      this.on.track?.({ key: one.key, kind: one.kind, track });
    }
  }

  // Which pictures are worth their bytes: wanted(key, kind). The others stop coming, without a new negotiation.
  want(wanted) {
    this.wanted = wanted;
    this._apply();
  }

  _apply() {
    if (this.ended || !this.subscriber || !this._offer) return;
    const streams = [];
    for (const [mid, { key, kind }] of this.mids) {
      const send = kind.endsWith("sound") || this.wanted(key, kind);
      if (send !== this.paused.has(mid)) continue;
      if (send) this.paused.delete(mid); else this.paused.add(mid);
      streams.push({ mid, send });
    }
    if (streams.length) this.subscriber.send({ message: { request: "configure", streams } });
  }

  // --- what is sent

  // Send these tracks from now on; null sends nothing of a kind. `on`: {microphone, camera}, which the others are told.
  send({ sound, picture }, on) {
    this._publishing = this._publishing.then(() => this._send({ audio: sound, video: picture }, on)).catch(() => {});
    return this._publishing;
  }

  async _send(tracks, on) {
    if (this.ended || this.isFull || !this.publisher) return;
    const added = [];
    for (const [type, track] of Object.entries(tracks)) {
      const transceiver = this._transceiver(type);
      if (transceiver) {
        if (transceiver.sender.track !== track) await transceiver.sender.replaceTrack(track);
      } else if (track) {
        added.push({ type, capture: track, add: true, recv: false, dontStop: true });
      }
    }
    if (added.length) {
      try {
        await this._negotiate(this.publisher, added);
      } catch (why) {
        if (isFull(why)) this._noPlace();
        throw why;
      }
    }
    this._describe(on);
  }

  _noPlace() {
    this.isFull = true;
    this.publisher.hangup(false);
    this.on.full?.();
  }

  _transceiver(type) {
    return this.publisher.webrtcStuff.pc?.getTransceivers().find((one) => one.receiver.track.kind === type);
  }

  _describe(on) {
    const descriptions = [];
    for (const [type, kind] of [["audio", "microphone"], ["video", "camera"]]) {
      const mid = this._transceiver(type)?.mid;
      if (mid != null) descriptions.push({ mid, description: on[kind] ? kind : `${kind}-off` });
    }
    const said = JSON.stringify(descriptions);
    if (!descriptions.length || said === this._described) return;
    this._described = said;
    this.publisher.send({ message: { request: "configure", descriptions } });
  }

  _negotiate(handle, tracks, { iceRestart = false } = {}) {
    return new Promise((done, fail) => {
      const timer = setTimeout(() => fail(new Error("no answer")), ANSWER_WITHIN);
      const answered = () => { clearTimeout(timer); done(); };
      if (handle === this.publisher) [this._answered, this._refused] = [answered, fail]; else this._screenAnswered = answered;
      const request = handle.published ? "configure" : "publish";
      handle.createOffer({
        tracks, iceRestart,
        success: (jsep) => { handle.published = true; handle.send({ message: { request }, jsep, error: fail }); },
        error: fail,
      });
    });
  }

  // Show a screen: {picture, sound} tracks. Rejects when it can't be; `isFull` of why where the room has no place for it.
  async share({ picture, sound }) {
    this.screen = await this._attach({
      onmessage: (said, jsep) => {
        if (jsep) this.screen?.handleRemoteJsep({ jsep, success: () => this._screenAnswered?.() });
        if (said.videoroom === "joined") this._screenJoined?.();
        if (said.error_code) this._screenFailed?.(new Error(String(said.error_code)));
      },
    });
    try {
      await new Promise((done, fail) => {
        setTimeout(() => fail(new Error("no answer")), ANSWER_WITHIN);
        [this._screenJoined, this._screenFailed] = [done, fail];
        this.screen.send({ message: { request: "join", ptype: "publisher" }, error: fail });
      });
      picture.contentHint = "detail";
      const tracks = [{ type: "video", capture: picture, add: true, recv: false, dontStop: true }];
      if (sound) tracks.unshift({ type: "audio", capture: sound, add: true, recv: false, dontStop: true });
      const descriptions = sound ? [{ mid: "0", description: "screen-sound" }, { mid: "1", description: "screen" }] : [{ mid: "0", description: "screen" }];
      await new Promise((done, fail) => {
        [this._screenAnswered, this._screenFailed] = [done, fail];
        this.screen.createOffer({
          tracks, error: fail,
          success: (jsep) => this.screen.send({ message: { request: "publish", descriptions }, jsep, error: fail }),
        });
      });
    } catch (why) {
      this.unshare();
      throw Object.assign(new Error(String(why)), { isFull: isFull(why) });
    }
  }

  unshare() {
    const screen = this.screen;
    this.screen = null;
    screen?.detach();
  }

  // --- staying connected

  _ice(way, state) {
    this.on.ice?.(way, state);
    if (state === "connected" || state === "completed") clearTimeout(this._iceTimer);
    if (state === "failed" || state === "disconnected") this._iceSoon(state === "failed" ? 0 : 2500);
  }

  _iceSoon(wait) {
    clearTimeout(this._iceTimer);
    this._iceTimer = setTimeout(() => this.restart(), wait);
  }

  // Find another way to the media server, on the same connection; where that does not help soon, a new connection is made.
  restart() {
    if (this.ended) return;
    if (this.publisher?.webrtcStuff.pc) this._negotiate(this.publisher, [], { iceRestart: true }).catch(() => {});
    if (this.screen?.webrtcStuff.pc) this._negotiate(this.screen, [], { iceRestart: true }).catch(() => {});
    if (this._offer) this.subscriber?.send({ message: { request: "configure", restart: true } });
    clearTimeout(this._iceTimer);
    this._iceTimer = setTimeout(() => { if (!this.isWhole) this._drop(); }, ICE_WITHIN);
  }

  _drop() {
    try { this.socket?.close(); } catch { /* closed already */ }
    this._end(1006);
  }

  get isWhole() {
    return [this.publisher, this.subscriber].every((handle) => {
      const state = handle?.webrtcStuff?.pc?.iceConnectionState;
      return state === undefined || state === "connected" || state === "completed";
    });
  }

  // The connections whose numbers tell how the link is.
  get connections() {
    return [this.publisher, this.subscriber].map((handle) => handle?.webrtcStuff?.pc).filter(Boolean);
  }
}
