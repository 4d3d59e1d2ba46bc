// Sound and pictures by LiveKit, which browsers speak to directly. The same doors as `JanusMedia` (media_janus.js).
const GONE_SOON = 1006, COME_AGAIN = 4001;

let library = null;
async function lib() {
  library ||= import("../../vendor/livekit-client.umd.js").then(() => window.LivekitClient);
  return library;
}

export class LiveKitMedia {
  constructor(_address, grant, on) {
    this.grant = grant;
    this.on = on;
    this.published = { audio: null, video: null };
    this.talking = new Set();
    this.wanted = () => true;
    this.ended = false;
    this._publishing = Promise.resolve();
  }

  async open() {
    const { Room, RoomEvent: Now, Track, DisconnectReason } = await lib();
    this.Source = Track.Source;
    this.room = new Room({
      dynacast: true, disconnectOnPageLeave: true,
      publishDefaults: { simulcast: false, videoEncoding: { maxBitrate: 200000, maxFramerate: 20 }, stopMicTrackOnMute: false },
    });
    const told = (publication, participant) => this._state(publication, participant);
    this.room
      .on(Now.TrackSubscribed, (track, publication, participant) => {
        this.on.track?.({ key: participant.identity, kind: this._kind(publication), track: track.mediaStreamTrack });
        told(publication, participant);
        this._apply();
      })
      .on(Now.TrackUnsubscribed, (_track, publication, participant) => {
        this.on.gone?.({ key: participant.identity, kind: this._kind(publication) });
        if (publication.source === this.Source.Camera) this.on.state?.(participant.identity, { camera: false });
      })
      .on(Now.TrackMuted, told)
      .on(Now.TrackUnmuted, told)
      .on(Now.ActiveSpeakersChanged, (speakers) => {
        const now = new Set(speakers.map(({ identity }) => identity));
        for (const key of this.talking) if (!now.has(key)) this.on.talking?.(key, false);
        for (const key of now) if (!this.talking.has(key)) this.on.talking?.(key, true);
        this.talking = now;
      })
      .on(Now.ConnectionQualityChanged, (quality, participant) => {
        if (participant.isLocal && quality === "poor") [1, 2].forEach(() => this.on.slow?.(true));
      })
      .on(Now.Disconnected, (reason) => {
        const moved = reason === DisconnectReason.PARTICIPANT_REMOVED || reason === DisconnectReason.ROOM_DELETED;
        this._end(moved ? COME_AGAIN : GONE_SOON);
      });
    try {
      await this.room.connect(this.grant.url, this.grant.token);
    } catch (error) {
      this._end(GONE_SOON);
      throw error;
    }
    this.on.up?.();
  }

  _kind({ source }) {
    return { [this.Source.Microphone]: "sound", [this.Source.ScreenShareAudio]: "screen-sound", [this.Source.ScreenShare]: "screen" }[source] || "picture";
  }

  _state(publication, participant) {
    const what = { sound: "microphone", picture: "camera" }[this._kind(publication)];
    if (what && !participant.isLocal) this.on.state?.(participant.identity, { [what]: !publication.isMuted });
  }

  _end(code) {
    if (this.ended) return;
    this.ended = true;
    for (const participant of this.room?.remoteParticipants.values() || []) {
      for (const publication of participant.trackPublications.values()) this.on.gone?.({ key: participant.identity, kind: this._kind(publication) });
    }
    this.on.closed?.(code);
  }

  close() {
    this.on = { ...this.on, closed: null };
    this._end(1000);
    this.room?.disconnect(false);
  }

  want(wanted) {
    this.wanted = wanted;
    this._apply();
  }

  _apply() {
    for (const participant of this.room?.remoteParticipants.values() || []) {
      for (const publication of participant.videoTrackPublications.values()) {
        if (publication.isSubscribed) publication.setEnabled(this.wanted(participant.identity, this._kind(publication)));
      }
    }
  }

  send({ sound, picture }, on) {
    this._publishing = this._publishing.then(() => this._send(sound, picture, on)).catch(() => {});
    return this._publishing;
  }

  async _send(sound, picture, on) {
    if (this.ended || !this.room) return;
    const me = this.room.localParticipant;
    for (const [type, track, source] of [["audio", sound, this.Source.Microphone], ["video", picture, this.Source.Camera]]) {
      const before = this.published[type];
      if (before && before.track?.mediaStreamTrack === track) continue;
      if (before) await me.unpublishTrack(before.track, false);
      this.published[type] = track ? await me.publishTrack(track, { source }) : null;
    }
    if (this.published.audio) await (on.microphone ? this.published.audio.unmute() : this.published.audio.mute());
  }

  async share({ picture, sound }) {
    const me = this.room.localParticipant;
    this.shown = [await me.publishTrack(picture, { source: this.Source.ScreenShare })];
    if (sound) this.shown.push(await me.publishTrack(sound, { source: this.Source.ScreenShareAudio }));
  }

  unshare() {
    for (const publication of this.shown || []) this.room.localParticipant.unpublishTrack(publication.track, false);
    this.shown = null;
  }

  restart() { /* its library does so by itself */ }

  get connections() { return []; }
}
