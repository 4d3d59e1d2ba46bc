// A list whose rows are dragged by a grip (mouse, pen or finger). Keys move rows by buttons of their own: this is never the only way.
export function sortable(list, { grip = "[data-grip]", may = () => true, done }) {
  let row = null;

  function move(event) {
    const others = [...list.children].filter((one) => one !== row && may(one));
    const below = others.find((one) => {
      const box = one.getBoundingClientRect();
      return event.clientY < box.top + box.height / 2;
    });
    if (below) { if (row.nextElementSibling !== below) list.insertBefore(row, below); }
    else if (others.length) others.at(-1).after(row);
    event.preventDefault();
  }

  function stop() {
    removeEventListener("pointermove", move);
    removeEventListener("pointerup", stop);
    removeEventListener("pointercancel", stop);
    const moved = row;
    row = null;
    moved.classList.remove("is-dragged");
    list.classList.remove("is-sorting");
    done(moved);
  }

  list.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest(grip);
    if (!handle || event.button) return;
    row = [...list.children].find((one) => one.contains(handle));
    if (!row || !may(row)) { row = null; return; }
    row.classList.add("is-dragged");
    list.classList.add("is-sorting");
    addEventListener("pointermove", move, { passive: false });
    addEventListener("pointerup", stop);
    addEventListener("pointercancel", stop);
    event.preventDefault();
  });

  // A list is not redrawn under somebody's finger.
  return { isBusy: () => row !== null };
}
