// Handouts: opened for everybody at a page. All follow the leader's page, may turn pages for themselves, and follow again.
import { $, fill, glossary, redraw, words } from "./dom.js";
import { bring, tidy } from "./tools.js";

export function start(room) {
  const reader = $("#reader");
  const page = $("#reader-page");
  const said = glossary($("#handout-words"));
  const texts = new Map(); // id → {title, pages, drawing}, as read
  const shelf = new Map(), shown = new Map(); // id → {id, title, pages, drawn}
  let open = null; // what is open for everybody
  let mine = null; // what this page shows: {id, page, follows}

  room.part("handouts", (found) => {
    const was = open;
    open = found.open;
    refill(shown, found.shown);
    refill(shelf, found.shelf || []);
    if (open && (!mine || mine.follows || open.id !== was?.id)) mine = { id: open.id, page: open.page, follows: true };
    if (!open && mine?.follows) mine = null;
    draw();
  });
  room.on("handout.open", (handout) => {
    open = handout;
    shown.set(handout.id, handout);
    texts.delete(handout.id); // it may say something else by now
    mine = { id: handout.id, page: handout.page, follows: true };
    draw();
    const text = words(reader.dataset.opened, { title: handout.title });
    room.announce(text, { own: true });
    if (!room.me.leads) bring(room, text);
  });
  room.on("handout.page", ({ id, page: at }) => {
    if (open?.id !== id) return;
    open.page = at;
    if (mine?.id === id && mine.follows) mine.page = at;
    draw();
  });
  room.on("handout.close", () => {
    if (mine?.id === open?.id && mine?.follows) mine = null;
    open = null;
    draw();
  });
  room.on("handout.shelf", (handout) => {
    shelf.set(handout.id, handout);
    texts.delete(handout.id);
    draw();
  });
  room.on("handout.gone", ({ id }) => {
    shelf.delete(id);
    shown.delete(id);
    texts.delete(id);
    if (mine?.id === id) mine = null;
    draw();
  });

  const refill = (map, found) => {
    map.clear();
    for (const one of found) map.set(one.id, one);
  };

  function row(handout) {
    const pages = handout.drawn ? said.drawn : handout.pages === 1 ? said.one : words(said.many, { n: handout.pages });
    const element = fill($("#handout-row"), { title: handout.title, pages });
    element.dataset.key = handout.id;
    const read = element.querySelector("[data-read]");
    read.dataset.control = "read";
    read.addEventListener("click", () => {
      mine = { id: handout.id, page: open?.id === handout.id ? open.page : 1, follows: open?.id === handout.id };
      draw();
      $("#reader-title").focus();
    });
    const forAll = element.querySelector("[data-open]");
    if (forAll) {
      forAll.dataset.control = "open";
      forAll.hidden = open?.id === handout.id;
      forAll.addEventListener("click", () => room.ask("handout.open", { id: handout.id, page: mine?.id === handout.id ? mine.page : 1 }).catch(() => {}));
    }
    return element;
  }

  function draw() {
    const others = [...shown.values()].filter((one) => one.id !== open?.id && !shelf.has(one.id));
    redraw($("#shown-list"), others.map(row));
    $("#shown-part").hidden = others.length === 0;
    if (room.me.leads) {
      redraw($("#shelf-list"), [...shelf.values()].map(row));
      $("#shelf-empty").hidden = shelf.size > 0;
    }
    $("#handouts").hidden = !room.me.leads && !mine && others.length === 0 && !open;
    drawReader();
    tidy();
  }

  async function drawReader() {
    reader.hidden = !mine;
    if (!mine) {
      if ($("#reader-dialog").open) $("#reader-dialog").close();
      return;
    }
    const now = mine;
    let text = texts.get(now.id);
    if (!text) {
      text = await room.ask("handout.read", { id: now.id }, { silent: true }).catch(() => null);
      if (!text || mine?.id !== now.id) return;
      texts.set(now.id, text);
    }
    const pages = Math.max(1, text.pages.length);
    now.page = Math.min(Math.max(1, now.page), pages);
    $("#reader-title").textContent = text.title;
    const key = `${now.id} ${now.page} ${text.title}`;
    if (page.dataset.shows !== key) {
      page.dataset.shows = key;
      page.replaceChildren(...(text.drawing ? [picture(text)] : (text.pages[now.page - 1] || []).map(block)));
      page.scrollTop = 0;
    }
    $("#reader-at").textContent = text.drawing ? "" : words(reader.dataset.page, { page: now.page, pages });
    $("#reader-back").disabled = now.page <= 1;
    $("#reader-on").disabled = now.page >= pages;
    $("#reader-back").hidden = $("#reader-on").hidden = pages === 1;
    state(now);
  }

  function state(now) {
    const forAll = open?.id === now.id;
    const place = $("#reader-state");
    const away = forAll && !now.follows;
    if (!forAll) place.textContent = place.dataset.alone;
    else if (room.me.leads) place.textContent = place.dataset.forAll;
    else place.textContent = away ? words(place.dataset.own, { page: open.page }) : place.dataset.following;
    $("#reader-follow").hidden = !(open && (away || !forAll));
    const close = $("#reader-close");
    close.hidden = forAll && !room.me.leads;
    close.textContent = forAll ? close.dataset.forAll : close.dataset.alone;
  }

  // Text only ever becomes text.
  function block(one) {
    const element = document.createElement({ h: "h4", p: "p", ul: "ul", ol: "ol" }[one.kind] || "p");
    if (one.items) {
      element.append(...one.items.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
    } else {
      element.textContent = one.text;
    }
    return element;
  }

  // As a picture it can do nothing, whatever it says.
  function picture(text) {
    const image = document.createElement("img");
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text.drawing)}`;
    image.alt = words(reader.dataset.drawing, { title: text.title });
    return image;
  }

  // --- turning pages: a leader's turn is everybody's

  function turn(step) {
    if (!mine) return;
    if (room.me.leads && open?.id === mine.id) {
      room.ask("handout.turn", { page: mine.page + step }).catch(() => {});
      return;
    }
    mine.page += step;
    mine.follows = open?.id === mine.id && mine.page === open.page;
    draw();
  }
  $("#reader-back").addEventListener("click", () => turn(-1));
  $("#reader-on").addEventListener("click", () => turn(1));
  $("#reader-follow").addEventListener("click", () => {
    if (open) mine = { id: open.id, page: open.page, follows: true };
    draw();
    $("#reader-title").focus();
  });
  $("#reader-close").addEventListener("click", () => {
    if (room.me.leads && open?.id === mine?.id) {
      room.ask("handout.close").catch(() => {});
      return;
    }
    mine = open ? { id: open.id, page: open.page, follows: true } : null;
    draw();
  });

  // --- larger: the same reader in a dialog
  const dialog = $("#reader-dialog");
  $("#reader-large").addEventListener("click", () => {
    if (dialog.open) {
      dialog.close();
      return;
    }
    dialog.append(reader);
    dialog.showModal();
  });
  $("#reader-small").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    $("#handouts-title").after(reader);
    $("#reader-large").focus();
  });
}
