// The calendar of weeks and months. The server sends wall times of the reader's zone and this page does no arithmetic with zones:
// "UTC" below only means "as written". Whatever is moved is first tried by the server, which says what would change.
(() => {
  const sheet = document.getElementById("calendar");
  if (!sheet || !window.FullCalendar) return;
  const words = sheet.dataset;
  const $ = (selector, within = document) => within.querySelector(selector);
  const VIEWS = { month: "dayGridMonth", week: "timeGridWeek", day: "timeGridDay", list: "listWeek" };
  const nameOf = (type) => Object.keys(VIEWS).find((name) => VIEWS[name] === type);
  const small = matchMedia("(max-width: 575.98px)");
  const filters = $("[data-filters]");
  const chosen = () => [...new FormData(filters)].filter(([, value]) => value);
  let toFocus = null; // the event to go back to when the calendar has been read again

  // --- what is said above the calendar

  function say(text, level = "info", again = null) {
    const said = $("[data-said]");
    said.replaceChildren();
    if (!text) return;
    const box = document.createElement("div");
    box.className = `alert alert-${level}`;
    const line = document.createElement("div");
    line.textContent = text;
    box.append(line);
    if (again) {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "btn btn-sm", textContent: words.wordAgain });
      button.addEventListener("click", again);
      box.append(button);
    }
    said.append(box);
  }

  // --- asking the server

  // The cookie, since signing in again in another tab gives out a new token.
  const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]*)/)?.[1] ?? $("#sign-out input[name=csrfmiddlewaretoken]")?.value ?? "";

  // {status, said}: status 0 when there is no answer.
  async function ask(address, sent) {
    const asked = { redirect: "manual", headers: { Accept: "application/json" }, signal: AbortSignal.timeout(20_000) };
    if (sent) {
      Object.assign(asked, { method: "POST", body: JSON.stringify(sent) });
      Object.assign(asked.headers, { "Content-Type": "application/json", "X-CSRFToken": token() });
    }
    try {
      const answer = await fetch(address, asked);
      if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
        location.reload(); // signed out meanwhile: to sign in, and back
        return await new Promise(() => {});
      }
      return { status: answer.status, said: await answer.json() };
    } catch {
      return { status: 0, said: {} };
    }
  }

  async function read(span, done, failed) {
    const asked = new URLSearchParams(chosen());
    asked.set("start", span.startStr.slice(0, 10));
    asked.set("end", span.endStr.slice(0, 10));
    const { status, said } = await ask(`${words.events}?${asked}`);
    if (status !== 200) {
      say(said.message ?? words.wordUnread, "warning", () => { say(""); calendar.refetchEvents(); });
      failed(new Error(`answered ${status}`));
      return;
    }
    fitHours(said);
    done(said);
  }

  // The hours in which anything takes place, and the working day at least; a row for whole days where there are any.
  function fitHours(rows) {
    let [from, until] = [7, 20];
    for (const row of rows.filter((r) => r.when)) {
      from = Math.min(from, Number(row.start.slice(11, 13)));
      const sameDay = row.start.slice(0, 10) === row.end.slice(0, 10);
      until = Math.max(until, sameDay ? Math.ceil(Number(row.end.slice(11, 13)) + Number(row.end.slice(14, 16)) / 60) : 24);
      if (!sameDay && row.end.slice(11) > "00:00") from = 0;
    }
    const hour = (n) => `${String(n).padStart(2, "0")}:00:00`;
    if (calendar.getOption("slotMinTime") !== hour(from)) calendar.setOption("slotMinTime", hour(from));
    if (calendar.getOption("slotMaxTime") !== hour(until)) calendar.setOption("slotMaxTime", hour(until));
    const allDay = rows.some((row) => row.allDay && row.display !== "background");
    if (calendar.getOption("allDaySlot") !== allDay) calendar.setOption("allDaySlot", allDay);
  }

  // --- one event

  function part(name, text, className) {
    const node = document.createElement(name);
    node.className = className;
    node.textContent = text;
    return node;
  }

  function withIcon(node, kind) {
    const icon = $(`template[data-icon="${kind}"]`);
    if (icon) node.prepend(icon.content.cloneNode(true));
    return node;
  }

  function content({ event, view, timeText }) {
    const { time, wall, minutes, kind, kindWord, who, seats, state, move, label } = event.extendedProps;
    if (event.display === "background") return { domNodes: [] };
    const inList = view.type === VIEWS.list;
    const nodes = [];
    const stands = event.startStr.slice(0, 16) === wall && event.end - event.start === minutes * 60_000; // not being dragged
    if (time) nodes.push(part("span", stands ? time : timeText, "cal-time"));
    else if (inList) nodes.push(part("span", words.wordAllDay, "cal-time"));
    const name = part(inList && event.url ? "a" : "span", "", "cal-name");
    name.append(part("span", event.title, "cal-words"));
    if (!kindWord) withIcon(name, kind);
    if (name.tagName === "A") {
      name.href = event.url;
      name.addEventListener("click", (click) => click.stopPropagation()); // a link's own manners: a new tab, a middle button
    }
    if (kindWord) { // before the name: of a short session the end is cut off, and its kind is never told by colour alone
      const said = part("span", "", "cal-facts");
      if (state) said.append(part("span", state, "cal-state"));
      said.append(withIcon(part("span", kindWord, "cal-kind"), kind));
      nodes.push(said);
    }
    nodes.push(name);
    if (who && view.type !== VIEWS.month) nodes.push(part("span", [who, seats].filter(Boolean).join(" · "), "cal-facts cal-who"));
    // What is seen is short; what is heard is the whole, once.
    nodes.filter((node) => node !== name).concat([...name.children]).forEach((node) => node.setAttribute("aria-hidden", "true"));
    name.append(part("span", label ?? event.title, "visually-hidden"));
    if (inList && move) {
      const button = part("button", words.wordMove, "btn btn-sm cal-do");
      button.type = "button";
      button.setAttribute("aria-label", `${words.wordMove}: ${label}`);
      button.addEventListener("click", (click) => { click.stopPropagation(); mover?.open(event, { edit: true }); });
      nodes.push(button);
    }
    return { domNodes: nodes };
  }

  function mounted({ event, el }) {
    const link = el.matches("a[href]") ? el : $("a[href]", el);
    if (!link) return;
    link.dataset.event = event.id;
    if (event.extendedProps.move) link.setAttribute("aria-keyshortcuts", "M");
  }

  // --- the calendar

  // The reader's present wall time: the browser may be in another zone.
  const now = () => new Intl.DateTimeFormat("sv-SE", { timeZone: words.zone, dateStyle: "short", timeStyle: "medium" }).format(new Date()).replace(" ", "T");

  const calendar = new FullCalendar.Calendar(sheet, {
    timeZone: "UTC",
    now,
    locale: words.language,
    initialView: VIEWS[words.viewAsked] ?? (small.matches ? VIEWS.list : VIEWS.week),
    initialDate: words.day,
    firstDay: 1,
    headerToolbar: false,
    height: "auto",
    stickyHeaderDates: false,
    slotDuration: "00:30:00",
    snapDuration: "00:15:00",
    slotMinTime: "07:00:00",
    slotMaxTime: "20:00:00",
    allDaySlot: false,
    slotLabelFormat: { hour: "numeric", minute: "2-digit" },
    eventTimeFormat: { hour: "numeric", minute: "2-digit" },
    nowIndicator: true,
    dayMaxEvents: 4,
    eventDisplay: "block",
    eventMinHeight: 28,
    slotEventOverlap: false,
    noEventsText: words.wordNone,
    allDayText: words.wordAllDay,
    views: {
      timeGridWeek: { dayHeaderFormat: { weekday: "short", month: "short", day: "numeric", omitCommas: true } },
      timeGridDay: { dayHeaderFormat: { weekday: "long", month: "long", day: "numeric" } },
      listWeek: { displayEventTime: false, listDayFormat: { weekday: "long", month: "long", day: "numeric" }, listDaySideFormat: false },
    },
    events: read,
    eventContent: content,
    eventDidMount: mounted,
    dayCellDidMount: ({ el }) => el.removeAttribute("aria-labelledby"), // a day is called by all it holds, not by its number alone
    eventAllow: (drop, event) => event.allDay === drop.allDay,
    eventDragStart: () => say(""),
    eventDrop: ({ event, revert }) => mover?.open(event, { revert }),
    eventResize: ({ event, revert }) => mover?.open(event, { revert }),
    eventsSet: () => {
      if (!toFocus) return;
      const back = toFocus;
      setTimeout(() => $(`[data-event="${back}"]`, sheet)?.focus());
      toFocus = null;
    },
    datesSet: remember,
  });

  // View, day and filters stand in the address: going back to the page shows the same.
  function remember() {
    const view = nameOf(calendar.view.type);
    $("[data-title]").textContent = calendar.view.title;
    document.querySelectorAll("[data-view]").forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.view === view)));
    const kept = new URLSearchParams([["view", view], ["date", calendar.getDate().toISOString().slice(0, 10)], ...chosen()]);
    history.replaceState(history.state, "", `?${kept}`);
  }

  document.querySelectorAll("[data-turn]").forEach((button) => button.addEventListener("click", () => calendar[button.dataset.turn]()));
  document.querySelectorAll("[data-view]").forEach((button) => button.addEventListener("click", () => calendar.changeView(VIEWS[button.dataset.view])));
  filters.addEventListener("change", () => { remember(); calendar.refetchEvents(); });
  filters.addEventListener("submit", (event) => event.preventDefault());
  sheet.addEventListener("keydown", (key) => {
    const uid = key.target.closest("[data-event]")?.dataset.event;
    if (!uid || key.key.toLowerCase() !== "m" || key.ctrlKey || key.metaKey || key.altKey) return;
    const event = calendar.getEventById(uid);
    if (!event.extendedProps.move) return;
    key.preventDefault();
    mover?.open(event, { edit: true });
  });

  const dialog = $("[data-move-dialog]");
  const mover = dialog && makeMover(dialog);
  calendar.render();

  // --- moving: what would change, then the deed

  function makeMover(dialog) {
    const field = (name) => $(`[data-${name}]`, dialog);
    const show = (name, shown) => { field(name).hidden = !shown; };
    let at = null; // what is being moved; null when the dialog is closed

    const typed = () => ({ start: `${field("day").value}T${field("time").value}`, minutes: Number(field("minutes").value) });
    const same = (one, other) => one?.start === other.start && one?.minutes === other.minutes;

    function open(event, { revert = null, edit = false }) {
      const wall = event.start.toISOString();
      at = { event, revert, edit, busy: false, looked: null, props: event.extendedProps };
      field("day").value = wall.slice(0, 10);
      field("time").value = wall.slice(11, 16);
      field("minutes").value = event.end ? Math.round((event.end - event.start) / 60_000) : at.props.minutes;
      field("what").textContent = `${event.title} · ${at.props.kindWord}`;
      paint({});
      dialog.showModal();
      if (edit) field("day").focus();
      else look();
    }

    // waiting; said: what would change; why: why not.
    function paint({ waiting = false, said = null, why = "" }) {
      show("fields", at.edit);
      show("waiting", waiting);
      show("preview", said);
      show("refused", why);
      show("look", at.edit && !said);
      show("do", said);
      show("edit", !at.edit && !waiting);
      field("why").textContent = why;
      dialog.setAttribute("aria-busy", String(waiting));
      if (!said) return;
      field("before").textContent = said.before;
      field("after").textContent = said.after;
      field("told").textContent = said.told;
      field("notes").replaceChildren(...said.notes.map((note) => part("li", note, "")));
    }

    // Where a drag left it is taken back, once.
    function takeBack() {
      at.revert?.();
      at.revert = null;
    }

    function leave(text, level, reload) {
      takeBack();
      toFocus = reload ? at.event.id : null;
      const back = at.event.id;
      at = null;
      if (dialog.open) dialog.close();
      if (text) say(text, level);
      if (reload) calendar.refetchEvents();
      else $(`[data-event="${back}"]`, sheet)?.focus();
    }

    async function tell(address, sent) {
      const mine = at;
      mine.busy = true;
      const answer = await ask(address, { ...sent, seen: mine.props.seen });
      mine.busy = false;
      if (at !== mine) return null; // left meanwhile
      if (answer.status === 200) return answer.said;
      const over = ["changed_meanwhile", "already_cancelled", "has_begun"].includes(answer.said.code);
      if (answer.status === 0 || answer.status >= 500) {
        if (mine.edit && address === mine.props.preview) paint({ why: words.wordLost }); // nothing typed is lost
        else leave(words.wordLost, "warning", true);
      } else if (over || answer.status === 404) {
        leave(answer.said.message ?? words.wordGone, "warning", true);
      } else {
        takeBack();
        paint({ why: answer.said.message ?? words.wordLost });
      }
      return null;
    }

    async function look() {
      const sent = typed();
      paint({ waiting: true });
      const said = await tell(at.props.preview, sent);
      if (!said) return;
      if (!said.change) {
        paint({ why: words.wordNothing });
        return;
      }
      at.looked = sent;
      paint({ said });
      $("#cal-move-title").focus(); // what would change is read before anything can be pressed
    }

    async function move() {
      const said = await tell(at.props.move, at.looked);
      if (!said) return;
      at.revert = null;
      leave(said.message, "success", true);
    }

    $("form", dialog).addEventListener("submit", (event) => {
      event.preventDefault();
      if (!at || at.busy) return; // a second click sends nothing
      if (!field("do").hidden && same(at.looked, typed())) move();
      else if (at.edit && event.target.reportValidity()) look();
    });
    field("fields").addEventListener("input", () => { if (at?.looked && !at.busy) paint({}); });
    field("edit").addEventListener("click", () => { at.edit = true; at.looked = null; paint({}); field("day").focus(); });
    field("leave").addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => { if (at) leave("", "", at.busy); }); // Escape too; a deed under way may still be done
    return { open };
  }
})();
