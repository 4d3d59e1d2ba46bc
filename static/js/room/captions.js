// Captions, where the browser writes down on the device itself what is said here. Nothing is sent for it and nothing is kept: a
// browser that could do it only by asking a server elsewhere is not asked at all.
import { $, words } from "./dom.js";

const LINES = 3; // that are shown
const AGAIN = 500; // milliseconds until it listens again after it stopped by itself
const NEVER = ["not-allowed", "service-not-allowed", "language-not-supported", "audio-capture"];
const Recognition = window.SpeechRecognition || window.webkitSpeechRecognition;

// "available", "downloadable", "downloading" where the browser can do it on the device; else "".
async function offered(options) {
  try {
    if (!Recognition?.available || !("processLocally" in Recognition.prototype)) return "";
    const found = await Recognition.available(options);
    return found === "unavailable" ? "" : found;
  } catch { return ""; }
}

export async function start(room) {
  const item = $("[data-more=captions]");
  const place = $("#captions");
  const said = place.dataset;
  const language = room.data.language.includes("-") ? room.data.language : "en-US";
  const options = { langs: [language], processLocally: true };
  let on = false, heard = null, mix = null, sources = new Map(), lines = [];

  if (room.data.backend === "link" || !(await offered(options))) return;
  item.hidden = false;

  function draw() {
    place.hidden = !on;
    item.setAttribute("aria-pressed", String(on));
    const shown = lines.length ? lines.slice(-LINES) : [{ name: "", text: said.waiting }];
    place.replaceChildren(...shown.map(({ name, text }) => {
      const line = document.createElement("p");
      line.textContent = name ? words(said.line, { name, text }) : text;
      return line;
    }));
  }

  // All the voices that come, together: whoever else is heard by this page.
  function join() {
    if (!mix) return;
    const there = new Set($("#sounds").children);
    for (const [element, one] of sources) {
      if (there.has(element) && element.srcObject?.getAudioTracks()[0] === one.track) continue;
      one.source.disconnect();
      sources.delete(element);
    }
    for (const element of there) {
      const track = element.srcObject?.getAudioTracks()[0];
      if (!track || sources.has(element)) continue;
      const source = mix.context.createMediaStreamSource(new MediaStream([track]));
      source.connect(mix);
      sources.set(element, { source, track });
    }
  }

  // The name of who speaks, where it is one person.
  function speaker() {
    const talking = [...room.media.grid.tiles.values()].filter((tile) => tile.talking && !tile.self);
    return talking.length === 1 ? talking[0].name : "";
  }

  function listen() {
    if (!on) return;
    heard = new Recognition();
    Object.assign(heard, { lang: language, continuous: true, interimResults: true, processLocally: true });
    let open = null; // the line that is still being said
    heard.onresult = ({ resultIndex, results }) => {
      for (const result of [...results].slice(resultIndex)) {
        if (!open) lines.push(open = { name: speaker(), text: "" });
        open.text = result[0].transcript.trim();
        if (result.isFinal) open = null;
      }
      lines = lines.filter(({ text }) => text).slice(-LINES);
      draw();
    };
    heard.onerror = ({ error }) => { if (NEVER.includes(error)) fail(); };
    heard.onend = () => { if (on) setTimeout(listen, AGAIN); };
    heard.start(mix.stream.getAudioTracks()[0]);
  }

  function stop() {
    on = false;
    heard?.abort();
    for (const { source } of sources.values()) source.disconnect();
    sources = new Map();
    mix?.context.close();
    mix = heard = null;
    lines = [];
    draw();
  }

  function fail() {
    stop();
    room.toast(said.failed);
  }

  async function begin() {
    on = true;
    draw();
    try {
      if ((await offered(options)) !== "available") {
        room.toast(said.loading);
        if (!(await Recognition.install(options))) throw new Error("not installed");
      }
      if (!on) return; // switched off meanwhile
      mix = new AudioContext().createMediaStreamDestination();
      join();
      listen();
    } catch { fail(); }
  }

  item.addEventListener("click", () => {
    if (on) stop(); else begin();
    room.announce(on ? said.on : said.off, { own: true });
  });
  room.on("sounds", join);
  room.on("end", () => { if (on) stop(); });
}
