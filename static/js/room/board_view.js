// The board as it is seen: Konva draws it. The paper has its own units; the view only shifts and scales it.
import { HEIGHT, INKS, NOTE, NOTES, PAPER, WIDTH } from "./board_model.js";

const CLOSEST = 4, FARTHEST = 0.15;

export class View {
  constructor(place, { dragged, may }) {
    const Konva = window.Konva;
    this.place = place;
    this.dragged = dragged; // (id, x, y): somebody let go of what they moved
    this.may = may; // (item) → whether they may change it
    this.stage = new Konva.Stage({ container: place, width: 10, height: 10 });
    this.paper = new Konva.Layer({ listening: false });
    this.paper.add(new Konva.Rect({ width: WIDTH, height: HEIGHT, fill: PAPER, cornerRadius: 4 }));
    this.layer = new Konva.Layer();
    this.stage.add(this.paper, this.layer);
    this.nodes = new Map();
    this.moving = false;
    this.fitted = true;
    new ResizeObserver(() => this.resize()).observe(place);
  }

  resize() {
    const { clientWidth, clientHeight } = this.place;
    if (!clientWidth || !clientHeight) return;
    this.stage.size({ width: clientWidth, height: clientHeight });
    if (this.fitted) this.fit();
  }

  fit() {
    const scale = Math.min(this.stage.width() / WIDTH, this.stage.height() / HEIGHT) * 0.98;
    this._view(scale, (this.stage.width() - WIDTH * scale) / 2, (this.stage.height() - HEIGHT * scale) / 2);
    this.fitted = true;
  }

  _view(scale, x, y) {
    this.stage.scale({ x: scale, y: scale });
    this.stage.position({ x, y });
    this.stage.batchDraw();
  }

  // Closer or farther, with the point under the finger staying where it is (the middle by default).
  zoom(by, at = { x: this.stage.width() / 2, y: this.stage.height() / 2 }) {
    const before = this.stage.scaleX();
    const scale = Math.min(CLOSEST, Math.max(FARTHEST, before * by));
    const x = at.x - ((at.x - this.stage.x()) / before) * scale;
    const y = at.y - ((at.y - this.stage.y()) / before) * scale;
    this.fitted = false;
    this._view(scale, x, y);
  }

  pan(dx, dy) {
    this.fitted = false;
    this._view(this.stage.scaleX(), this.stage.x() + dx, this.stage.y() + dy);
  }

  // A place on the paper, in its units, from a place in the window; kept on the paper.
  onPaper(event) {
    const box = this.place.getBoundingClientRect();
    const scale = this.stage.scaleX();
    const inside = (value, most) => Math.round(Math.min(most, Math.max(0, value)));
    return {
      x: inside((event.clientX - box.left - this.stage.x()) / scale, WIDTH),
      y: inside((event.clientY - box.top - this.stage.y()) / scale, HEIGHT),
    };
  }

  // The id of what is there.
  at(event) {
    const box = this.place.getBoundingClientRect();
    const hit = this.stage.getIntersection({ x: event.clientX - box.left, y: event.clientY - box.top });
    return hit?.findAncestor(".item", true)?.id() ?? null;
  }

  setMoving(moving) {
    this.moving = moving;
    for (const node of this.nodes.values()) node.draggable(moving && this.may(node.item));
    this.place.classList.toggle("is-moving", moving);
  }

  drawAll(items) {
    this.layer.destroyChildren();
    this.nodes.clear();
    for (const item of items) this._make(item);
    this.layer.batchDraw();
  }

  draw(item) {
    let node = this.nodes.get(item.id);
    if (item.gone) {
      node?.destroy();
      this.nodes.delete(item.id);
      return;
    }
    if (!node) node = this._make(item);
    node.item = item;
    if (!node.isDragging()) node.position({ x: item.x, y: item.y });
    node.refresh(item);
    this.layer.batchDraw();
  }

  // Their places above each other, once the server has said them.
  order(items) {
    items.forEach((item, n) => this.nodes.get(item.id)?.zIndex(n));
  }

  _make(item) {
    const Konva = window.Konva;
    const node = new Konva.Group({ id: item.id, name: "item", x: item.x, y: item.y, draggable: this.moving && this.may(item) });
    const shape = SHAPES[item.kind](item, Konva);
    node.add(...shape.parts);
    node.item = item;
    node.refresh = shape.fill;
    node.on("dragend", () => this.dragged(item.id, Math.round(node.x()), Math.round(node.y())));
    this.layer.add(node);
    this.nodes.set(item.id, node);
    return node;
  }

  // A picture of the whole paper, as it is.
  picture() {
    const was = { scale: this.stage.scaleX(), ...this.stage.position(), size: this.stage.size() };
    this.stage.size({ width: WIDTH, height: HEIGHT });
    this._view(1, 0, 0);
    const canvas = this.stage.toCanvas({ x: 0, y: 0, width: WIDTH, height: HEIGHT, pixelRatio: 1 });
    this.stage.size(was.size);
    this._view(was.scale, was.x, was.y);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  }
}

const inked = (item) => ({
  stroke: INKS[item.color], strokeWidth: item.width, lineCap: "round", lineJoin: "round", hitStrokeWidth: Math.max(24, item.width),
});
const corners = ({ points: [x1, y1, x2, y2] }) => ({ x: Math.min(x1, x2), y: Math.min(y1, y2), width: Math.abs(x2 - x1), height: Math.abs(y2 - y1) });

const SHAPES = {
  pen(item, Konva) {
    const line = new Konva.Line({ ...inked(item), points: dotted(item.points) });
    return { parts: [line], fill: (now) => line.points(dotted(now.points)) };
  },
  line(item, Konva) {
    const line = new Konva.Line({ ...inked(item), points: item.points });
    return { parts: [line], fill: (now) => line.points([...now.points]) };
  },
  arrow(item, Konva) {
    const line = new Konva.Arrow({ ...inked(item), points: item.points, pointerLength: 14, pointerWidth: 14, fill: INKS[item.color] });
    return { parts: [line], fill: (now) => line.points([...now.points]) };
  },
  rect(item, Konva) {
    const box = new Konva.Rect({ ...inked(item), ...corners(item), fillEnabled: false });
    return { parts: [box], fill: (now) => box.setAttrs(corners(now)) };
  },
  ellipse(item, Konva) {
    const round = (now) => {
      const { x, y, width, height } = corners(now);
      return { x: x + width / 2, y: y + height / 2, radiusX: width / 2, radiusY: height / 2 };
    };
    const shape = new Konva.Ellipse({ ...inked(item), ...round(item), fillEnabled: false });
    return { parts: [shape], fill: (now) => shape.setAttrs(round(now)) };
  },
  note(item, Konva) {
    const paper = new Konva.Rect({ width: NOTE.width, cornerRadius: 6, shadowColor: "#000", shadowOpacity: 0.18, shadowBlur: 8, shadowOffsetY: 2 });
    const text = new Konva.Text({ x: 12, y: 12, width: NOTE.width - 24, fontSize: NOTE.size, lineHeight: 1.3, fontFamily: "system-ui, sans-serif", fill: INKS.ink, wrap: "word" });
    const fill = (now) => {
      text.text(now.text);
      paper.fill(NOTES[now.color]);
      paper.height(Math.max(NOTE.height, text.height() + 24));
    };
    fill(item);
    return { parts: [paper, text], fill };
  },
};

// A dot is a line that goes nowhere.
const dotted = (points) => (points.length === 2 ? [...points, points[0] + 0.1, points[1]] : [...points]);
