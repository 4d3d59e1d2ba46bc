// Own notes: kept in this tab alone, never sent; leaving asks what to do with them.
import { $ } from "./dom.js";

export function startNotes(room) {
  const place = `room-notes-${room.data.session}`;
  const field = $("#own-notes");
  const copy = $("#own-copy");
  const dialog = $("#notes-dialog");
  $("#room").append(dialog);
  try { field.value = sessionStorage.getItem(place) || ""; } catch { /* private mode: they live as long as the page */ }

  function keep(text) {
    try { if (text) sessionStorage.setItem(place, text); else sessionStorage.removeItem(place); } catch { /* the same */ }
  }
  async function copied(text) {
    try {
      await navigator.clipboard.writeText(text);
      room.toast(copy.dataset.copied);
      return true;
    } catch {
      room.toast(copy.dataset.notCopied);
      return false;
    }
  }
  function clear() {
    field.value = "";
    keep("");
  }

  // Resolves to whether they may go: what is written was copied, cleared, or there is nothing.
  function asked({ mayStay }) {
    if (!field.value.trim()) return Promise.resolve(true);
    $("#notes-dialog-text").value = field.value;
    $("[data-stay]", dialog).hidden = !mayStay;
    dialog.showModal();
    return new Promise((resolve) => {
      const done = (goes) => { dialog.onclick = dialog.oncancel = null; dialog.close(); resolve(goes); };
      dialog.oncancel = (event) => { event.preventDefault(); if (mayStay) done(false); };
      dialog.onclick = async ({ target }) => {
        if (target.closest("[data-stay]")) done(false);
        if (target.closest("[data-clear]")) { clear(); done(true); }
        if (target.closest("[data-copy]")) {
          if (await copied(field.value)) { clear(); done(true); } else $("#notes-dialog-text").select();
        }
      };
    });
  }

  field.addEventListener("input", () => keep(field.value));
  copy.addEventListener("click", () => copied(field.value));
  // Before the shell hears the press: whoever has notes is asked first.
  document.addEventListener("click", async (event) => {
    const leave = event.target.closest("#leave");
    if (!leave || !field.value.trim()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (await asked({ mayStay: true })) leave.click();
  }, { capture: true });
  room.on("end", () => asked({ mayStay: false }));
}
