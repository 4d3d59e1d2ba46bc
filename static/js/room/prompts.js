// Prompts and cards. What somebody writes stays in their box here, on their page, until they share it themselves.
import { $, fill, glossary, words } from "./dom.js";
import { tidy, trouble } from "./tools.js";

export function start(room) {
  const list = $("#prompt-list");
  const said = glossary($("#prompt-words"));
  const cards = new Map(); // id → {element, box, shared}
  let open = null, banner = null;

  room.part("prompts", (prompts) => {
    open = prompts.open;
    draw();
  });
  room.on("prompt.open", (prompt) => {
    if (open?.id === prompt.id) return;
    open = prompt;
    draw();
    room.announce(words(list.dataset.asked, { kind: said[prompt.kind], text: prompt.text }), { own: true });
  });
  room.on("prompt.close", () => {
    open = null;
    draw();
  });
  room.on("prompt.shared", (one) => {
    const card = cardOf({ id: one.prompt, kind: "writing", text: said.earlier });
    if (card.shared.has(one.id)) return;
    card.shared.add(one.id);
    const mine = one.from === room.me?.key;
    card.element.querySelector(".prompt-shared").append(
      fill($("#prompt-share"), { name: mine ? said.you : one.name, tag: said[one.to], text: one.text }),
    );
    draw();
    if (mine) return;
    const text = words(list.dataset.shared, { name: one.name });
    room.announce(text, { own: true });
    if (!room.isOpen("tools")) {
      room.badge("tools", 1, "shared", { news: true });
      room.toast(text);
    }
  });

  function cardOf(prompt) {
    const before = cards.get(prompt.id);
    if (before) return before;
    const writing = prompt.kind === "writing";
    const element = fill($("#prompt-card"), {
      kind: said[prompt.kind], text: prompt.text, note: writing && !room.me.leads ? said.private : said.pass,
    });
    const card = { element, box: null, shared: new Set() };
    if (writing && !room.me.leads && prompt === open) writable(prompt, card);
    element.querySelector("[data-close]").addEventListener("click", close);
    cards.set(prompt.id, card);
    list.prepend(element);
    return card;
  }

  const close = () => room.ask("prompt.close").catch(() => {});

  function draw() {
    if (open) cardOf(open);
    for (const [id, card] of cards) {
      const isOpen = open?.id === id;
      // A closed prompt goes away, unless somebody wrote to it or shared something.
      card.element.hidden = !isOpen && !card.box?.value.trim() && card.shared.size === 0;
      card.element.classList.toggle("is-open", isOpen);
      card.element.querySelector(".prompt-over").hidden = isOpen;
      card.element.querySelector(".tool-deeds").hidden = !(isOpen && room.me.leads);
    }
    $("#prompts").hidden = !room.me.leads && [...cards.values()].every((card) => card.element.hidden);
    drawBanner();
    tidy();
  }

  // Over the stage, so that everybody has it before their eyes.
  function drawBanner() {
    if (banner?.dataset.id === String(open?.id)) return;
    banner?.remove();
    banner = null;
    if (!open) return;
    banner = fill($("#prompt-banner"), { kind: said[open.kind], text: open.text });
    banner.dataset.id = open.id;
    const write = banner.querySelector("[data-write]");
    const id = open.id;
    write.hidden = open.kind !== "writing" || room.me.leads;
    write.addEventListener("click", () => {
      room.open("tools");
      cards.get(id)?.box?.focus();
    });
    banner.querySelector("[data-close]")?.addEventListener("click", close);
    $("#over-stage").append(banner);
  }

  // --- writing

  function writable(prompt, card) {
    const form = fill($("#prompt-writing"));
    const told = form.querySelector("[role=status]");
    card.box = form.querySelector("textarea");
    card.box.addEventListener("input", () => { told.textContent = ""; });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const text = card.box.value.trim();
      if (!text) return;
      trouble(form, "");
      try {
        await room.ask("prompt.share", { id: prompt.id, text, to: event.submitter?.value === "all" ? "all" : "leaders" }, { silent: true });
        told.textContent = said.sent;
      } catch (no) {
        trouble(form, no.message || said.away);
      }
    });
    card.element.querySelector(".tool-deeds").before(form);
  }

  // --- a leader's form

  const form = $("#prompt-form");
  if (!form) return;
  const text = $("#prompt-text");
  const kind = $("#prompt-kind");
  $("#prompt-draw").addEventListener("click", async () => {
    const card = await room.ask("prompt.draw", { kind: kind.value }).catch(() => null);
    if (!card) return;
    text.value = card.text;
    room.announce(card.text, { own: true });
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    trouble(form, "");
    try {
      await room.ask("prompt.open", { kind: kind.value, text: text.value }, { silent: true });
      text.value = "";
      $("#prompt-new").open = false;
    } catch (no) {
      trouble(form, no.message);
    }
  });
}
