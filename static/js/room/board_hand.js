// The hand on the board: mouse, pen or finger. One finger draws; two shift and scale; the wheel shifts, with Ctrl it scales.
import { newId } from "./board_model.js";

const STEP = 3; // units between two points of a line
const SHAPES = new Set(["line", "arrow", "rect", "ellipse"]);

export function hand(place, view, { tool, ink, may, add, go, erase, write }) {
  const fingers = new Map(); // pointer id → its last place in the window
  let line = null; // what is being drawn
  let erasing = false;
  let pinch = null;

  place.addEventListener("pointerdown", (event) => {
    fingers.set(event.pointerId, event);
    if (fingers.size === 2) {
      if (line) stop({ undo: true });
      erasing = false;
      pinch = spread();
      return;
    }
    if (fingers.size > 1 || event.button > 1) return;
    const now = tool();
    if (now !== "move") place.setPointerCapture(event.pointerId); // which Konva itself would miss
    if (event.button === 1 || !may() || now === "pan") return;
    const { x, y } = view.onPaper(event);
    if (now === "erase") {
      erasing = true;
      erase(view.at(event));
    } else if (now === "pen" || SHAPES.has(now)) {
      line = { id: newId(), kind: now, color: ink(), width: 4, points: now === "pen" ? [x, y] : [x, y, x, y], pointer: event.pointerId };
      if (now === "pen") add(drawnNow());
      else view.draw(drawnNow(true));
    }
  });

  place.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    const before = fingers.get(event.pointerId);
    fingers.set(event.pointerId, event);
    if (pinch && fingers.size === 2) {
      const now = spread();
      view.pan(now.x - pinch.x, now.y - pinch.y);
      view.zoom(now.apart / pinch.apart, now);
      pinch = now;
      return;
    }
    if (line?.pointer === event.pointerId) {
      for (const part of event.getCoalescedEvents?.().length ? event.getCoalescedEvents() : [event]) draw(part);
    } else if (erasing) {
      erase(view.at(event));
    } else if (tool() !== "move" && (!may() || tool() === "pan" || event.buttons === 4)) {
      view.pan(event.clientX - before.clientX, event.clientY - before.clientY);
    }
  });

  function draw(event) {
    const { x, y } = view.onPaper(event);
    const points = line.points;
    if (line.kind !== "pen") {
      points.splice(2, 2, x, y);
      view.draw(drawnNow(true));
      return;
    }
    if (Math.hypot(x - points.at(-2), y - points.at(-1)) < STEP || points.length >= 3998) return;
    go({ op: "more", id: line.id, at: points.length, points: [x, y] });
    points.push(x, y);
  }

  function stop({ undo = false } = {}) {
    const { id, kind, points } = line;
    if (kind === "pen") {
      if (undo) erase(id);
    } else {
      view.draw({ id, gone: true });
      if (!undo && Math.hypot(points[2] - points[0], points[3] - points[1]) >= STEP) add(drawnNow());
    }
    line = null;
  }

  const drawnNow = (passing = false) => {
    const { id, kind, color, width, points } = line;
    const item = { id, kind, color, width, points: [...points] };
    return passing ? { x: 0, y: 0, text: "", ...item } : item;
  };

  function lifted(event) {
    if (!fingers.delete(event.pointerId)) return;
    if (fingers.size < 2) pinch = null;
    if (line?.pointer === event.pointerId) stop({ undo: event.type === "pointercancel" });
    erasing = false;
  }
  place.addEventListener("pointerup", lifted);
  place.addEventListener("pointercancel", lifted);
  place.addEventListener("click", (event) => {
    if (tool() === "note" && may()) write(null, view.onPaper(event));
  });
  place.addEventListener("dblclick", (event) => {
    if (tool() === "move" && may()) write(view.at(event));
  });
  place.addEventListener("wheel", (event) => {
    event.preventDefault();
    const box = place.getBoundingClientRect();
    if (event.ctrlKey) view.zoom(Math.exp(-event.deltaY / 200), { x: event.clientX - box.left, y: event.clientY - box.top });
    else view.pan(-event.deltaX, -event.deltaY);
  }, { passive: false });

  function spread() {
    const [one, other] = [...fingers.values()];
    const box = place.getBoundingClientRect();
    return {
      x: (one.clientX + other.clientX) / 2 - box.left, y: (one.clientY + other.clientY) / 2 - box.top,
      apart: Math.max(1, Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY)),
    };
  }
}
