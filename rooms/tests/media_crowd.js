// A page for tests: many people in one, each through the gate as themselves; they send a small picture and a tone, and see nothing.
async () => {
  const { default: Janus } = await import("/janus.es.js");
  const dependencies = Janus.useDefaultDependencies({ adapter: window.adapter });
  await new Promise((ready) => Janus.init({ debug: [], dependencies, callback: ready }));
  const people = new Map();
  const tone = new AudioContext();
  await tone.resume();

  const sound = () => {
    const from = tone.createOscillator(), quiet = tone.createGain(), to = tone.createMediaStreamDestination();
    quiet.gain.value = 0.001;
    from.connect(quiet).connect(to);
    from.start();
    return to.stream.getAudioTracks()[0];
  };
  const picture = (n) => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 96, height: 72 });
    const paint = canvas.getContext("2d");
    let beat = 0;
    const draw = () => {
      paint.fillStyle = `hsl(${n * 47} 30% ${50 + (beat++ % 10)}%)`;
      paint.fillRect(0, 0, 96, 72);
    };
    draw();
    setInterval(draw, 250);
    return canvas.captureStream(4).getVideoTracks()[0];
  };

  // Publish on a new connection of this person: "" when it is up, else what was said.
  const send = (one) => new Promise((done) => {
    let handle = null;
    one.janus.attach({
      plugin: "janus.plugin.videoroom",
      success: (made) => {
        handle = made;
        one.handle ||= made;
        handle.send({ message: { request: "join", ptype: "publisher" } });
      },
      error: (why) => done(String(why)),
      webrtcState: (up) => { if (up) done(""); },
      onmessage: (said, jsep) => {
        if (jsep) handle.handleRemoteJsep({ jsep });
        if (said.error_code) done(String(said.error_code));
        if (said.videoroom !== "joined") return;
        handle.createOffer({
          tracks: [{ type: "audio", capture: sound(), recv: false }, { type: "video", capture: picture(people.size), recv: false }],
          success: (offer) => handle.send({ message: { request: "publish" }, jsep: offer, error: (why) => done(String(why)) }),
          error: (why) => done(String(why)),
        });
      },
    });
  });

  const publish = async (key, address) => {
    const janus = await new Promise((ready, fail) => {
      const made = new Janus({ server: address, iceServers: [], success: () => ready(made), error: fail, destroyed: () => {} });
    });
    people.set(key, { janus });
    return send(people.get(key));
  };

  const second = (key) => send(people.get(key));

  const sent = async () => {
    const found = {};
    for (const [key, { handle }] of people) {
      const counted = (found[key] = [0, 0]);
      for (const report of (await handle.webrtcStuff.pc?.getStats())?.values() || []) {
        if (report.type !== "outbound-rtp") continue;
        if (report.kind === "video") counted[0] += report.framesEncoded ?? 0; else counted[1] += report.bytesSent ?? 0;
      }
    }
    return found;
  };

  const leave = (key) => {
    people.get(key).janus.destroy({ unload: false, notifyDestroyed: false });
    people.delete(key);
  };

  window.crowd = { publish, second, sent, leave };
}
