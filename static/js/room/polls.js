// Polls: asked by a leader, answered on this page, results when a leader shows them.
import { $, fill, glossary, words } from "./dom.js";
import { bring, tidy, trouble } from "./tools.js";

export function start(room) {
  const list = $("#poll-list");
  const said = glossary($("#poll-words"));
  const polls = new Map(); // id → poll, the newest first
  const cards = new Map(); // id → {element, shape}

  const known = (id, what) => {
    const poll = polls.get(id);
    if (!poll) return;
    Object.assign(poll, what);
    draw();
  };

  room.part("polls", (found) => {
    polls.clear();
    for (const poll of found) polls.set(poll.id, poll);
    draw();
  });
  room.on("poll.open", (poll) => {
    if (polls.has(poll.id)) return;
    const before = [...polls];
    polls.clear();
    polls.set(poll.id, { ...poll, mine: false, answered: 0 });
    for (const [id, one] of before) polls.set(id, one);
    draw();
    const text = words(list.dataset.asked, { title: poll.title });
    room.announce(text, { own: true });
    if (!room.me.leads) bring(room, text);
  });
  room.on("poll.answered", ({ id, answered }) => known(id, { answered }));
  room.on("poll.mine", ({ id }) => known(id, { mine: true, changing: false }));
  room.on("poll.closed", ({ id }) => known(id, { open: false }));
  room.on("poll.results", ({ id, results }) => known(id, { results }));
  room.on("poll.hidden", ({ id }) => known(id, room.me.leads ? { shown: false } : { shown: false, results: undefined }));
  room.on("poll.shown", ({ id, results }) => {
    const poll = polls.get(id);
    if (!poll) return;
    known(id, { open: false, shown: true, results: { ...poll.results, ...results } });
    const text = words(list.dataset.results, { title: poll.title });
    room.announce(text, { own: true });
    if (!room.me.leads) bring(room, text);
  });
  room.on("people", () => { for (const poll of polls.values()) count(poll); });

  function draw() {
    for (const [id, card] of cards) {
      if (polls.has(id)) continue;
      card.element.remove();
      cards.delete(id);
    }
    let after = null;
    for (const poll of polls.values()) {
      const element = cardOf(poll);
      const place = after ? after.nextSibling : list.firstChild;
      if (place !== element) list.insertBefore(element, place);
      after = element;
    }
    $("#polls").hidden = polls.size === 0 && !room.me.leads;
    tidy();
  }

  // What is typed or chosen in a card stays: it is only drawn anew when the poll itself stands differently.
  function cardOf(poll) {
    let card = cards.get(poll.id);
    if (!card) {
      const element = fill($("#poll-card"), {
        title: poll.title, sub: poll.anonymous ? said.anonymous_short : said.named_short,
      });
      element.querySelector(".tool-deeds").addEventListener("click", (event) => {
        const what = event.target.closest("[data-do]")?.dataset.do;
        if (what) room.ask(`poll.${what}`, { id: poll.id }).catch(() => {});
      });
      card = { element };
      cards.set(poll.id, card);
    }
    const shape = JSON.stringify([poll.open, poll.mine, poll.changing, poll.shown, poll.results, room.me.leads]);
    if (shape !== card.shape) {
      card.shape = shape;
      card.element.classList.toggle("is-open", poll.open);
      card.element.querySelector(".poll-body").replaceChildren(...body(poll));
      deeds(poll, card.element);
    }
    count(poll);
    return card.element;
  }

  function deeds(poll, element) {
    const row = element.querySelector(".tool-deeds");
    row.hidden = !room.me.leads;
    const few = poll.results?.few || (!poll.open && poll.results?.n === 0);
    row.querySelector("[data-do=close]").hidden = !poll.open;
    row.querySelector("[data-do=show]").hidden = poll.shown || Boolean(few);
    row.querySelector("[data-do=hide]").hidden = !poll.shown;
    row.classList.toggle("is-empty", !poll.open && !poll.shown && Boolean(few));
  }

  function count(poll) {
    const place = cards.get(poll.id)?.element.querySelector(".poll-answered");
    if (!place) return;
    const members = [...room.people.values()].filter((p) => p.here && (p.part === "member" || p.part === "visitor")).length;
    place.querySelector("span").textContent = words(said.answered, { n: poll.answered, of: Math.max(members, poll.answered) });
    place.querySelector("progress").max = Math.max(members, poll.answered, 1);
    place.querySelector("progress").value = poll.answered;
  }

  const line = (text, className = "tool-sub") => {
    const element = document.createElement("p");
    element.className = className;
    element.textContent = text;
    return element;
  };

  function body(poll) {
    if (poll.results) {
      const parts = results(poll);
      if (room.me.leads && !poll.results.few && poll.results.n) parts.push(line(poll.shown ? said.shown : said.look));
      return parts;
    }
    if (room.me.leads) {
      const place = line("", "poll-answered");
      const bar = document.createElement("progress");
      bar.className = "plain";
      bar.setAttribute("aria-hidden", "true");
      place.append(document.createElement("span"), bar);
      return [place];
    }
    if (!poll.open) return [line(said.closed)];
    if (room.me.part === "supervisor") return [];
    if (poll.mine && !poll.changing) {
      const parts = [line(said.mine, "poll-mine")];
      if (!poll.anonymous) {
        const change = fill($("#poll-change"));
        change.addEventListener("click", () => known(poll.id, { changing: true }));
        parts.push(change);
      }
      return parts;
    }
    return [answerForm(poll)];
  }

  // --- answering

  function answerForm(poll) {
    const form = fill($("#poll-answer"), { title: poll.title, promise: poll.anonymous ? said.anonymous : said.named });
    const choices = form.querySelector(".poll-choices");
    if (poll.kind === "word") {
      choices.append(fill($("#poll-word")));
    } else {
      const texts = poll.kind === "scale" ? Array.from({ length: 11 }, (_one, n) => String(n)) : poll.options;
      choices.classList.toggle("is-scale", poll.kind === "scale");
      for (const [n, text] of texts.entries()) {
        const choice = fill($("#poll-choice"), { text });
        const input = choice.querySelector("input");
        Object.assign(input, { type: poll.kind === "multiple" ? "checkbox" : "radio", name: `poll-${poll.id}`, value: String(n) });
        choices.append(choice);
      }
      if (poll.kind === "scale") choices.after(fill($("#poll-ends")));
    }
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const chosen = [...choices.querySelectorAll("input:checked")].map((input) => Number(input.value));
      const word = choices.querySelector(".poll-word")?.value.trim();
      if (!chosen.length && !word) {
        trouble(form, said.choose);
        return;
      }
      const given = poll.kind === "word" ? { word } : poll.kind === "scale" ? { number: chosen[0] } : { choices: chosen };
      trouble(form, "");
      try {
        await room.ask("poll.answer", { id: poll.id, ...given }, { silent: true });
      } catch (no) {
        if (no.code === "answered") known(poll.id, { mine: true });
        else trouble(form, no.message);
      }
    });
    return form;
  }

  // --- results: bars with numbers and words beside them

  function results(poll) {
    const found = poll.results;
    if (found.few) return [line(said.few)];
    if (!found.n) return [line(said.none)];
    const parts = [];
    const places = document.createElement("ol");
    if (poll.kind === "scale") {
      places.className = "poll-columns";
      const most = Math.max(...found.counts);
      found.counts.forEach((n, number) => {
        const column = fill($("#poll-column"), { n: n || "", number, said: words(said.column, { number, n }) });
        column.querySelector(".poll-stem").style.height = `${(n / most) * 4}rem`;
        places.append(column);
      });
      const mean = found.mean.toLocaleString(room.data.language || undefined, { minimumFractionDigits: 1 });
      parts.push(line(words(said.mean, { mean }), "poll-mean"));
    } else if (poll.kind === "word") {
      places.className = "poll-words";
      for (const [word, n] of found.words) {
        const item = document.createElement("li");
        item.textContent = n > 1 ? words(said.word, { word, n }) : word;
        places.append(item);
      }
    } else {
      places.className = "poll-bars";
      found.counts.forEach((n, at) => {
        const percent = Math.round((n / found.n) * 100);
        const bar = fill($("#poll-bar"), { name: poll.options[at], share: words(said.share, { n, percent }) });
        bar.querySelector("progress").value = percent;
        places.append(bar);
      });
    }
    parts.push(places, line(words(said.n, { n: found.n })));
    if (found.who?.length) parts.push(who(found.who));
    return parts;
  }

  function who(found) {
    const place = fill($("#poll-who"));
    for (const [name, answer] of found) {
      const term = document.createElement("dt");
      const what = document.createElement("dd");
      term.textContent = name;
      what.textContent = answer;
      place.querySelector("dl").append(term, what);
    }
    return place;
  }

  // --- asking

  const form = $("#poll-form");
  if (!form) return;
  const kind = $("#poll-kind");
  const options = $("#poll-options");
  const kinds = () => { $("#poll-options-row").hidden = kind.value === "scale" || kind.value === "word"; };
  kind.addEventListener("change", kinds);
  form.querySelector(".tool-chips").addEventListener("click", (event) => {
    const chip = event.target.closest("button");
    if (!chip) return;
    $("#poll-title").value = chip.dataset.title;
    kind.value = chip.dataset.kind;
    options.value = (chip.dataset.options || "").split("|").join("\n");
    kinds();
    $("#poll-title").focus();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    trouble(form, "");
    const given = {
      kind: kind.value, title: $("#poll-title").value, anonymous: $("#poll-anonymous").checked,
      options: options.value.split("\n").map((one) => one.trim()).filter(Boolean),
    };
    try {
      await room.ask("poll.open", given, { silent: true });
      form.reset();
      kinds();
      $("#poll-new").open = false;
    } catch (no) {
      trouble(form, no.message);
    }
  });
}
