// Blurs what is behind somebody: by the browser itself where it can, else by a model that runs in this page. No picture leaves it.
const FRAMES = 15, READY_WITHIN = 20000, COARSE = 24; // COARSE: how many pixels become one in the background
const FILES = new URL("../../vendor/selfie/", import.meta.url);
const EMPTY = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]); // the smallest WebAssembly there is

let possible = null;
// Whether a switch for it makes sense in this browser, on this page.
export function canBlur() {
  if (possible === null) possible = byBrowser() || byModelHere();
  return possible;
}

function byBrowser() {
  return Boolean(navigator.mediaDevices?.getSupportedConstraints?.().backgroundBlur);
}

function byModelHere() {
  try {
    if (!HTMLCanvasElement.prototype.captureStream || !document.createElement("canvas").getContext("webgl2")) return false;
    return Boolean(new WebAssembly.Module(EMPTY));
  } catch {
    return false;
  }
}

// A track like this one with its background blurred: {track, stop}. Rejects where it can't be done.
export async function blurred(track) {
  if (track.getCapabilities?.().backgroundBlur?.includes(true)) {
    await track.applyConstraints({ backgroundBlur: true });
    return { track, stop: () => track.applyConstraints({ backgroundBlur: false }).catch(() => {}) };
  }
  return byModel(track);
}

let model = null;
function loaded() {
  model ||= new Promise((done, fail) => {
    const script = document.createElement("script");
    script.src = new URL("selfie_segmentation.js", FILES).href;
    script.onload = () => done(window.SelfieSegmentation);
    script.onerror = () => { model = null; fail(new Error("unable")); };
    document.head.append(script);
  }).then(async (SelfieSegmentation) => {
    const made = new SelfieSegmentation({ locateFile: (name) => new URL(name, FILES).href });
    made.setOptions({ modelSelection: 1 });
    await made.initialize();
    return made;
  });
  return model;
}

async function byModel(track) {
  const segmenter = await within(loaded(), READY_WITHIN);
  const video = Object.assign(document.createElement("video"), { srcObject: new MediaStream([track]), muted: true, playsInline: true });
  await video.play();
  const canvas = Object.assign(document.createElement("canvas"), { width: video.videoWidth, height: video.videoHeight });
  const coarse = Object.assign(document.createElement("canvas"), { width: Math.ceil(canvas.width / COARSE), height: Math.ceil(canvas.height / COARSE) });
  const [paint, rough] = [canvas.getContext("2d"), coarse.getContext("2d")];
  paint.imageSmoothingQuality = rough.imageSmoothingQuality = "high";
  let running = true, drawn = null;
  const first = new Promise((done) => { drawn = done; });
  segmenter.onResults(({ image, segmentationMask }) => {
    if (!running) return;
    const { width, height } = canvas;
    paint.globalCompositeOperation = "copy";
    paint.drawImage(segmentationMask, 0, 0, width, height);
    paint.globalCompositeOperation = "source-in";
    paint.drawImage(image, 0, 0, width, height);
    rough.drawImage(image, 0, 0, coarse.width, coarse.height);
    paint.globalCompositeOperation = "destination-over";
    paint.drawImage(coarse, 0, 0, width, height);
    drawn();
  });
  (async () => {
    while (running && track.readyState === "live") {
      const began = performance.now();
      try { await segmenter.send({ image: video }); } catch { break; } // the last blurred picture stays
      await new Promise((next) => setTimeout(next, Math.max(5, 1000 / FRAMES - (performance.now() - began))));
    }
  })();
  const stop = () => {
    running = false;
    video.srcObject = null;
    made.stop();
  };
  const [made] = canvas.captureStream(FRAMES).getVideoTracks();
  try {
    await within(first, READY_WITHIN);
  } catch (error) {
    stop();
    throw error;
  }
  return { track: made, stop };
}

function within(promise, milliseconds) {
  return Promise.race([promise, new Promise((_done, fail) => { setTimeout(() => fail(new Error("unable")), milliseconds); })]);
}
