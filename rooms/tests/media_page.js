// A page for tests: plain janus.js through the gate, one publisher and one subscriber, as its own examples do it.
async ([url, speaks]) => {
  const { default: Janus } = await import("/janus.es.js");
  await new Promise((ready) => Janus.init({ debug: [], dependencies: Janus.useDefaultDependencies({ adapter: window.adapter }), callback: ready }));
  const me = (window.me = { feeds: {}, said: [], code: 0, joined: null });
  const Socket = window.WebSocket;
  const dependencies = Janus.useDefaultDependencies({ adapter: window.adapter });
  dependencies.newWebSocket = (server, protocol) => {
    const socket = new Socket(server, protocol);
    socket.addEventListener("close", (event) => { me.code = event.code; });
    return socket;
  };
  await new Promise((ready) => { Janus.initDone = false; Janus.init({ debug: [], dependencies, callback: ready }); });
  const janus = await new Promise((ready, fail) => {
    const made = new Janus({ server: url, iceServers: [], success: () => ready(made), error: fail });
  });
  const attach = (on) => new Promise((success, error) => janus.attach({ plugin: "janus.plugin.videoroom", success, error, ...on }));
  let waiting = Promise.resolve();
  const watch = (publishers) => { waiting = waiting.then(() => subscribe(publishers)); };
  const subscribe = async (publishers) => {
    const streams = publishers.flatMap((one) => one.streams.map((stream) => ({ feed: one.id, mid: stream.mid })));
    if (!streams.length) return;
    if (me.subscriber) { me.subscriber.send({ message: { request: "subscribe", streams } }); return; }
    me.subscriber = await attach({
      onmessage: (message, jsep) => {
        me.said.push(message);
        if (jsep) me.subscriber.createAnswer({ jsep, tracks: [], success: (answer) => me.subscriber.send({ message: { request: "start" }, jsep: answer }) });
      },
      onremotetrack: () => {},
    });
    me.subscriber.send({ message: { request: "join", ptype: "subscriber", streams } });
  };
  me.publisher = await attach({
    onmessage: (message, jsep) => {
      me.said.push(message);
      if (message.videoroom === "joined") {
        me.joined = message;
        if (!speaks) { watch(message.publishers); return; }
        me.publisher.createOffer({
          tracks: [{ type: "audio", capture: true, recv: false }, { type: "video", capture: { width: 160, height: 120 }, recv: false }],
          success: (offer) => me.publisher.send({ message: { request: "publish" }, jsep: offer }),
          error: (error) => me.said.push({ error: String(error) }),
        });
      }
      if (message.publishers) watch(message.publishers);
      if (jsep) me.publisher.handleRemoteJsep({ jsep });
    },
  });
  me.publisher.send({ message: { request: "join", ptype: "publisher" } });
  me.seen = async () => {
    const connection = me.subscriber?.webrtcStuff?.pc;
    const found = { frames: [], bytes: [], energy: 0 };
    if (!connection) return found;
    for (const report of (await connection.getStats()).values()) {
      if (report.type !== "inbound-rtp") continue;
      if (report.kind === "video") found.frames.push(report.framesDecoded ?? 0);
      else { found.bytes.push(report.bytesReceived); found.energy += report.totalAudioEnergy ?? 0; }
    }
    return found;
  };
}
