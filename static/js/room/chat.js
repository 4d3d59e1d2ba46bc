// Chat: to everybody, to the leaders, to one person. What was typed stays in its box until it has arrived.
import { $, fill, glossary, words } from "./dom.js";

const NEAR_END = 60; // pixels from the end within which the list follows what comes
const WARN_AT = 200; // characters left

// A name of the page's own for a line, so that sending it again writes it once.
function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export function start(room) {
  const list = $("#chat-lines");
  const scroll = $("#chat-scroll");
  const form = $("#chat-form");
  const box = $("#chat-text");
  const to = $("#chat-to");
  const people = $("#chat-people");
  const status = $("#chat-status");
  const notice = $("#chat-notice");
  const invite = $("#chat-invite");
  const said = glossary($("#chat-words"));
  const lines = new Map(); // id → line, in the order they were written
  const atDoor = new Map(); // key → name, of those who wrote from the door
  let keeps = false, peers = false, unread = 0, pending = null, earlier = 0;

  const isHere = () => room.isOpen("chat");
  const clock = (at) => new Date(at).toLocaleTimeString(room.data.language || undefined, { hour: "numeric", minute: "2-digit" });
  const atEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_END;

  function showNotice(now) {
    keeps = now;
    notice.classList.toggle("is-kept", now);
    notice.querySelector("span").textContent = now ? notice.dataset.kept : notice.dataset.not;
  }

  function tagOf(line) {
    const mine = line.from === room.me?.key;
    if (line.to === "leaders") return line.door && !mine ? said.door : said.leaders;
    if (line.to === "one") return mine ? words(said.to_one, { name: line.one_name }) : said.to_you;
    return "";
  }

  function element(line) {
    const mine = line.from === room.me?.key;
    const tag = tagOf(line);
    const made = fill($("#chat-line"), { name: mine ? said.you : line.name, tag, text: line.text, at: clock(line.at) });
    made.classList.toggle("is-mine", mine);
    made.classList.toggle("is-private", Boolean(tag));
    made.querySelector(".chat-tag").hidden = !tag;
    made.querySelector("time").dateTime = line.at;
    return made;
  }

  function draw() {
    list.replaceChildren(...[...lines.values()].map(element));
    const more = $("#chat-earlier");
    more.hidden = earlier <= 0;
    more.textContent = earlier === 1 ? more.dataset.one : words(more.dataset.many, { n: earlier });
    $("#chat-empty").hidden = lines.size > 0 || earlier > 0;
  }

  function toEnd() {
    scroll.scrollTop = scroll.scrollHeight;
    $("#chat-new").hidden = true;
  }

  // --- what came

  room.part("chat", (chat, me) => {
    const follow = atEnd();
    peers = chat.peers;
    showNotice(chat.keeps);
    for (const line of chat.lines) if (!lines.has(line.id)) lines.set(line.id, line);
    const inOrder = [...lines.values()].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
    lines.clear();
    for (const line of inOrder) lines.set(line.id, line);
    earlier = chat.count - lines.size;
    if (pending && chat.mine.includes(pending.id)) arrived();
    drawPeople();
    draw();
    if (follow) toEnd();
  });

  room.on("chat.line", (line) => {
    if (lines.has(line.id)) return;
    const mine = line.from === room.me?.key;
    const follow = atEnd();
    lines.set(line.id, line);
    showNotice(line.keeps);
    if (pending?.id === line.id) arrived();
    if (room.me?.state !== "in") {
      atTheDoor(line);
      return;
    }
    if (room.me.leads && line.door) {
      atDoor.set(line.from, line.name);
      drawPeople();
    }
    list.append(element(line));
    $("#chat-empty").hidden = true;
    if (mine || (follow && isHere())) toEnd(); else $("#chat-new").hidden = !isHere();
    if (mine) return;
    const forMe = line.to === "one";
    room.announce(words(forMe ? list.dataset.saidYou : list.dataset.said, { name: line.name, text: line.text }), { own: forMe });
    if (isHere()) return;
    room.badge("chat", ++unread, "chat", { news: true });
    if (forMe) room.toast(words(list.dataset.note, { name: line.name }));
  });

  room.on("opened", (name) => {
    if (name !== "chat") return;
    unread = 0;
    toEnd();
  });
  $("#chat-new").addEventListener("click", toEnd);
  scroll.addEventListener("scroll", () => { if (atEnd()) $("#chat-new").hidden = true; });

  // --- to whom

  function drawPeople() {
    const chosen = to.value;
    const options = [];
    if (peers) {
      for (const person of room.people.values()) {
        if (person.key !== room.me?.key && person.here && !atDoor.has(person.key)) options.push(new Option(person.name, `one:${person.key}`));
      }
      for (const [key, name] of atDoor) {
        options.push(new Option(words(said.at_door, { name }), `one:${key}`));
      }
    }
    options.sort((a, b) => a.text.localeCompare(b.text));
    people.replaceChildren(...options);
    people.hidden = options.length === 0;
    const there = [...to.options].some((option) => option.value === chosen);
    // Never to more people than meant: whoever they were writing to has gone.
    to.value = there ? chosen : room.me?.leads ? "leaders" : "all";
    if (!there && chosen.startsWith("one:") && !room.me?.leads) to.value = "leaders";
    chosenTo();
  }

  function chosenTo() {
    form.classList.toggle("is-private", to.value !== "all");
    const person = room.people.get(to.value.slice(4));
    if (invite) invite.hidden = !(to.value.startsWith("one:") && person?.part !== "co" && person?.part !== "lead" && !box.value);
  }
  to.addEventListener("change", chosenTo);
  room.on("people", drawPeople);
  room.on("people.here", ({ key }) => { if (atDoor.delete(key)) drawPeople(); });

  // Other matters bring somebody here: room.emit("write", {key, text}).
  room.on("write", ({ key, text = "" }) => {
    room.open("chat");
    if (key) to.value = `one:${key}`;
    if (text && !box.value) box.value = text;
    grow();
    chosenTo();
    box.focus();
  });
  invite?.addEventListener("click", () => {
    box.value = invite.textContent;
    grow();
    chosenTo();
    box.focus();
  });

  // --- writing

  function grow() {
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight + 2, 144)}px`;
    const left = box.maxLength - box.value.length;
    if (left <= WARN_AT) status.textContent = words(status.dataset.left, { n: left });
    else if (!status.classList.contains("is-trouble")) status.textContent = "";
  }
  box.addEventListener("input", () => { grow(); chosenTo(); });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || !matchMedia("(pointer: fine)").matches) return;
    event.preventDefault();
    form.requestSubmit();
  });

  function trouble(text) {
    status.classList.toggle("is-trouble", Boolean(text));
    status.textContent = text;
  }

  // It is in the order of the room: out of the box, unless they have typed on meanwhile.
  function arrived() {
    if (box.value.trim() === pending?.text) box.value = "";
    pending = null;
    trouble("");
    grow();
    chosenTo();
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = box.value.trim();
    if (!text || pending?.sending) return;
    const [kind, key] = to.value.split(":");
    const again = pending && pending.text === text && pending.to === to.value;
    pending = { id: again ? pending.id : newId(), text, to: to.value, sending: true };
    const sent = pending;
    trouble("");
    try {
      await room.ask("chat.say", { id: sent.id, to: kind, key: key || null, text, kept: keeps }, { silent: true });
      if (pending === sent) arrived();
    } catch (no) {
      sent.sending = false;
      if (pending === sent) trouble(no.message || status.dataset.away);
    }
  });

  // --- at the door

  function atTheDoor(line) {
    $("#door-note-lines")?.append(element(line));
    if (line.from !== room.me?.key) $("#door-note").open = true;
  }
  const note = $("#door-note-form");
  let noteId = null;
  note?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = $("#door-note-text");
    const told = note.querySelector("[role=status]");
    if (!text.value.trim()) return;
    noteId ||= newId();
    try {
      await room.ask("chat.say", { id: noteId, to: "leaders", text: text.value }, { silent: true });
      noteId = null;
      text.value = "";
      told.textContent = told.dataset.sent;
    } catch (no) {
      told.textContent = no.message || told.dataset.away;
    }
  });
  $("#door-note-text")?.addEventListener("input", () => { noteId = null; });
}
