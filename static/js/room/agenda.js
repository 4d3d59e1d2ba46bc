// The agenda: what runs and how long, what is to come; breaks for everybody; for leaders, moving it on.
import { keepSynced, now, sync, wall } from "./clock.js";
import { $, $$, fill, glossary, redraw, words } from "./dom.js";
import { hide, show } from "./over.js";
import { sortable } from "./sort.js";

const MINUTE = 60_000;
const ROUND_OF = { check_in: "check_in", closing: "closing" };

export function start(room) {
  const root = $("#agenda");
  const said = root.dataset;
  const list = $("[data-steps]", root);
  const kinds = glossary($("#step-words"));
  const language = room.data.language;
  const part = (name) => $(`[data-${name}]`, root);
  let agenda = { began_at: null, steps: [] };
  let breakAfter = null, sorted = null, announced = null, told = null, drawnOnce = false;
  let asksAgainAt = 0; // a leader said "not now" to a break
  const declined = new Set(); // offers somebody said no to

  const icon = (kind) => [...($(`#step-icons [data-kind="${kind}"]`)?.children || [])].map((one) => one.cloneNode(true));
  const nameOf = (step) => step.title || kinds[step.kind];
  const running = () => agenda.steps.find((s) => s.began_at && !s.ended_at) || null;
  const coming = () => agenda.steps.filter((s) => !s.began_at && !s.skipped);
  const endOf = (step) => Date.parse(step.began_at) + step.minutes * MINUTE;
  const on = () => running()?.id ?? null;
  const ask = (what, given) => room.ask(what, given).catch(() => {});

  // --- time left, in words, and never in red
  function left(step) {
    const rest = endOf(step) - now();
    const soon = step.kind !== "break" && rest <= (step.minutes * MINUTE) / 5;
    if (rest <= -MINUTE) return { text: words(said.over, { n: Math.floor(-rest / MINUTE) }), soon };
    if (rest <= 0) return { text: said.atEnd, soon };
    const n = Math.min(Math.ceil(rest / MINUTE), step.minutes);
    if (!soon) return { text: words(said.left, { n }), soon };
    return { text: rest <= MINUTE ? said.last : words(said.soon, { n }), soon };
  }

  function tick() {
    const step = running();
    if (!step) return;
    const { text, soon } = left(step);
    part("left-text").textContent = text;
    part("now").classList.toggle("is-soon", soon);
    part("progress").value = Math.min(1, (now() - Date.parse(step.began_at)) / (step.minutes * MINUTE));
    $("#room-step").textContent = `${nameOf(step)} · ${text}`;
    $("#room-step").classList.toggle("is-soon", soon);
    if (step.kind === "break") countdown(step);
    else if (soon && told !== step.id && endOf(step) > now()) {
      told = step.id;
      if (step.minutes >= 3) room.announce(words(said.saySoon, { what: nameOf(step), n: Math.max(1, Math.round((endOf(step) - now()) / MINUTE)) }));
    }
    suggestBreak(step);
  }

  // --- cards above the people
  function countdown(step) {
    const card = show("break", $("#break-card"), { title: words(said.until, { time: wall(endOf(step), language) }) }, {
      end: () => ask("agenda.next", { on: step.id }),
      longer: () => ask("agenda.extend", { step: step.id, minutes: 5 }),
    });
    const rest = Math.max(0, Math.round((endOf(step) - now()) / 1000));
    $("[data-clock]", card).textContent = rest ? `${Math.floor(rest / 60)}:${String(rest % 60).padStart(2, "0")}` : said.sayBack;
  }

  function suggestBreak(step) {
    if (!room.me?.leads || !breakAfter || step.kind === "break" || now() < asksAgainAt) return hide("tired");
    const breaks = agenda.steps.filter((s) => s.kind === "break" && s.ended_at);
    const since = Math.max(Date.parse(agenda.began_at), ...breaks.map((s) => Date.parse(s.ended_at)));
    const minutes = Math.floor((now() - since) / MINUTE);
    if (minutes < breakAfter) return hide("tired");
    const next = coming()[0];
    const planned = next?.kind === "break" ? next : null;
    const text = $("#step-words").dataset;
    show("tired", $("#tired-card"), {
      title: words(text.tired, { n: minutes - (minutes % 5) }), // not another card every minute
      text: planned ? text.planned : text.five, take: planned ? text.takePlanned : text.takeFive,
    }, {
      take: () => (planned ? ask("agenda.go", { step: planned.id, on: on() }) : ask("agenda.break", { minutes: 5, on: on() })),
      later: () => { asksAgainAt = now() + 15 * MINUTE; hide("tired"); },
    });
  }

  function offer(step) {
    const kind = step && ROUND_OF[step.kind];
    const start = (order) => ask("round.start", { kind, order, on: step.id });
    if (kind && room.me?.leads && !room.roundIsOn && !room.roundsHeld?.has(step.id) && !declined.has(`round ${step.id}`)) {
      show("offer", $("#round-offer"), { title: nameOf(step) }, {
        seated: () => start("seated"), random: () => start("random"),
        own: () => { room.open("people"); room.emit("round.plan"); },
        no: () => { declined.add(`round ${step.id}`); hide("offer"); },
      });
    } else hide("offer");
  }

  // --- drawing
  function draw() {
    const step = running();
    part("before").hidden = Boolean(agenda.began_at);
    part("after").hidden = !agenda.began_at || Boolean(step) || coming().length > 0;
    part("now").hidden = !step;
    if (step) {
      part("icon").replaceChildren(...icon(step.kind));
      part("kind").textContent = kinds[step.kind];
      part("title").textContent = step.title;
    } else {
      $("#room-step").textContent = "";
      hide("tired");
    }
    if (step?.kind !== "break") hide("break");
    if (room.me?.leads) drawLead(step);
    if (!sorted?.isBusy()) redraw(list, agenda.steps.filter((s) => room.me?.leads || !s.skipped).map(row));
    offer(step);
    tick();
    announce(step);
    document.dispatchEvent(new CustomEvent("room:step", { detail: step }));
  }

  function announce(step) {
    const id = step?.id ?? null;
    if (drawnOnce && step && id !== announced) {
      room.announce(step.kind === "break" ? words(said.sayBreak, { time: wall(endOf(step), language) }) : words(said.sayStep, { what: nameOf(step), n: step.minutes }));
    }
    announced = id;
    drawnOnce = true;
  }

  function drawLead(step) {
    const next = coming()[0];
    part("begin").hidden = Boolean(agenda.began_at);
    part("next-step").hidden = !agenda.began_at || (!step && !next);
    $("span", part("next-step")).textContent = step?.kind === "break" ? said.endBreak : next ? words(said.next, { what: nameOf(next) }) : said.finish;
    part("extend").hidden = !step;
    part("break").hidden = !step || step.kind === "break";
  }

  function row(step) {
    const state = step.skipped ? "skipped" : step.ended_at ? "done" : step.began_at ? "now" : "coming";
    const minutes = step.ended_at ? Math.round((Date.parse(step.ended_at) - Date.parse(step.began_at)) / MINUTE) : step.minutes;
    const element = fill($("#step-row"), { what: nameOf(step), state: kinds[state] || "", minutes: words(said.min, { n: minutes }) });
    element.dataset.key = step.id;
    element.dataset.state = state;
    element.dataset.kind = step.kind;
    for (const place of $$("[data-t=what]", element)) place.textContent = nameOf(step);
    if (state === "now") element.setAttribute("aria-current", "step");
    $("[data-mark]", element).append(...icon(state === "done" ? "done" : step.kind));
    if (!room.me?.leads) return element;
    const at = coming().indexOf(step);
    const may = {
      go: state === "coming" || state === "skipped", again: state === "done", skip: state === "coming", keep: state === "skipped",
      up: at > 0, down: at >= 0 && at < coming().length - 1, more: !step.ended_at, less: !step.ended_at && step.minutes > 5,
    };
    for (const button of $$("[data-deed]", element)) button.hidden = !may[button.dataset.deed];
    if ($(`[data-key="${step.id}"] details`, list)?.open) $("details", element).open = true;
    return element;
  }

  // --- what leaders press
  function reorder(id, to) {
    const order = coming().map((s) => s.id);
    order.splice(to, 0, ...order.splice(order.indexOf(id), 1));
    const what = nameOf(agenda.steps.find((s) => s.id === id));
    ask("agenda.order", { steps: order }).then(() => room.announce(words(said.moved, { what, n: to + 1 }), { own: true }));
  }

  list.addEventListener("click", (event) => {
    const deed = event.target.closest("[data-deed]")?.dataset.deed;
    if (!deed) return;
    const step = Number(event.target.closest("[data-key]").dataset.key);
    const at = coming().findIndex((s) => s.id === step);
    if (["go", "again", "skip", "keep"].includes(deed)) {
      const details = event.target.closest("details");
      details.open = false;
      $("summary", details).focus();
    }
    ({
      go: () => ask("agenda.go", { step, on: on() }), again: () => ask("agenda.go", { step, on: on() }),
      skip: () => ask("agenda.skip", { step }), keep: () => ask("agenda.skip", { step, skipped: false }),
      up: () => reorder(step, at - 1), down: () => reorder(step, at + 1),
      more: () => ask("agenda.extend", { step, minutes: 5 }), less: () => ask("agenda.extend", { step, minutes: -5 }),
    })[deed]();
  });
  part("begin")?.addEventListener("click", () => ask("agenda.begin"));
  part("next-step")?.addEventListener("click", () => ask("agenda.next", { on: on() }));
  part("extend")?.addEventListener("click", () => ask("agenda.extend", { step: on(), minutes: 5 }));
  part("take-break")?.addEventListener("click", () => ask("agenda.break", { minutes: Number($("#break-minutes").value), on: on() }));
  part("add")?.addEventListener("submit", (event) => {
    event.preventDefault();
    const form = event.target;
    room.ask("agenda.add", {
      kind: form.elements.kind.value, title: form.elements.title.value.trim(), minutes: Number(form.elements.minutes.value) || 0,
      comes_next: event.submitter?.value !== "last",
    }).then(() => { form.elements.title.value = ""; form.parentElement.open = false; $("summary", form.parentElement).focus(); }, () => {});
  });
  if (part("add")) {
    sorted = sortable(list, {
      may: (one) => one.dataset.state === "coming",
      done: (moved) => {
        const order = [...list.children].filter((one) => one.dataset.state === "coming").map((one) => one.dataset.key);
        reorder(Number(moved.dataset.key), order.indexOf(moved.dataset.key));
        draw();
      },
    });
  }

  room.part("agenda", ({ now: server, break_after, ...rest }) => {
    sync(server);
    breakAfter = break_after;
    agenda = rest;
    draw();
  });
  room.on("agenda", (told) => { agenda = told; draw(); });
  room.on("round.changed", () => offer(running()));
  keepSynced(room);
  setInterval(tick, 1000);
}
