// What changed between two releases as a part of a map (school_map.js says what a part is): one mark a school, its kind by shape and colour.

const MAGIC = 0x48435351;
const VERSION = 1;
const HEADER_BYTES = 24;
const WORLD_STEPS = 2 ** 32;
const TILE_PIXELS = 256;
const STROKE = 2.75;
const HALO = 2.5;
const REACH = 12;
const FEW = 60;
const MANY = 300;

/** The marks of a payload (geo/render/change_payload.py). */
export function readChanges(buffer) {
  const [magic, version, count, moved] = new Uint32Array(buffer, 0, 4);
  if (magic !== MAGIC || version !== VERSION) throw new Error("not a payload of changes");
  let offset = HEADER_BYTES;
  const take = (Type, length) => {
    const array = new Type(buffer, offset, length);
    offset += array.byteLength;
    return array;
  };
  const [x, y, rows, counts] = Array.from({ length: 4 }, () => take(Uint32Array, count));
  const [former, formerX, formerY] = Array.from({ length: 3 }, () => take(Uint32Array, moved));
  return { count, x, y, rows, counts, former, formerX, formerY, kinds: take(Uint8Array, count) };
}

/** A canvas over the schools; it takes no part in what a pointer does. */
const ChangeLayer = L.Renderer.extend({
  options: { pane: "changes", padding: 0.1 },

  _initContainer() {
    this._container = document.createElement("canvas");
    this._context = this._container.getContext("2d");
  },

  _destroyContainer() {
    this._container.remove();
  },

  _onZoomEnd() {
    L.Renderer.prototype._onZoomEnd.call(this);
    this._update();
  },

  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    const size = this._bounds.getSize();
    const ratio = window.devicePixelRatio || 1;
    L.DomUtil.setPosition(this._container, this._bounds.min);
    this._container.width = size.x * ratio;
    this._container.height = size.y * ratio;
    this._container.style.width = `${size.x}px`;
    this._container.style.height = `${size.y}px`;
    this._context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.draw();
  },

  /** Draw these changes in these looks: the look of each mark's first shown kind, undefined for none. */
  set(changes, looks) {
    this._changes = changes;
    this._looks = looks;
    // What needs a look first comes last, so that it lies on top.
    this._order = Uint32Array.from(looks.keys()).filter((index) => looks[index]).sort((one, other) => looks[other].order - looks[one].order);
    this.draw();
  },

  draw() {
    if (!this._map || !this._bounds || !this._changes) return;
    const { min } = this._bounds;
    const size = this._bounds.getSize();
    this._context.clearRect(0, 0, size.x, size.y);
    const scale = (TILE_PIXELS * 2 ** this._map.getZoom()) / WORLD_STEPS;
    const origin = this._map.getPixelOrigin().add(min);
    const place = (x, y) => [x * scale - origin.x, y * scale - origin.y];
    const seen = this._seen(scale, origin, size);
    const grow = seen.length <= FEW ? 1 : seen.length <= MANY ? 0.75 : 0.5;
    const stamps = new Map();
    this._drawMoves(place);
    const ratio = window.devicePixelRatio || 1;
    const half = Math.ceil(REACH * grow * ratio);
    this._context.setTransform(1, 0, 0, 1, 0, 0);
    for (const index of seen) {
      const look = this._looks[index];
      if (!stamps.has(look)) stamps.set(look, stampOf(look, grow * ratio, half));
      const [left, top] = place(this._changes.x[index], this._changes.y[index]);
      // On whole pixels a picture is copied as it is, which is several times faster.
      this._context.drawImage(stamps.get(look), Math.round(left * ratio) - half, Math.round(top * ratio) - half);
    }
    this._context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this._map.getContainer().dataset.changes = String(seen.length);
  },

  _seen(scale, origin, size) {
    const { x, y } = this._changes;
    return this._order.filter((index) => {
      const left = x[index] * scale - origin.x;
      const top = y[index] * scale - origin.y;
      return left > -REACH && top > -REACH && left < size.x + REACH && top < size.y + REACH;
    });
  },

  /** A thin line from where a school was to where it is. */
  _drawMoves(place) {
    const { former, formerX, formerY, x, y } = this._changes;
    this._context.beginPath();
    former.forEach((index, at) => {
      if (!this._looks[index]) return;
      this._context.moveTo(...place(formerX[at], formerY[at]));
      this._context.lineTo(...place(x[index], y[index]));
    });
    this._context.strokeStyle = getComputedStyle(this._container).color;
    this._context.lineWidth = 1.25;
    this._context.stroke();
  },
});

/** A mark with its halo as a small picture, `half` pixels to each side: thousands of marks are drawn by copying it. */
function stampOf({ path, isFilled, colour, halo }, scale, half) {
  const canvas = document.createElement("canvas");
  canvas.width = 2 * half;
  canvas.height = 2 * half;
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, half, half);
  Object.assign(context, { lineCap: "round", lineJoin: "round", strokeStyle: halo, lineWidth: 2 * HALO + (isFilled ? 0 : STROKE) });
  context.stroke(path);
  Object.assign(context, { strokeStyle: colour, fillStyle: colour, lineWidth: STROKE });
  if (isFilled) context.fill(path);
  else context.stroke(path);
  return canvas;
}

/** The part of one map; `setChanges` gives it what it draws. */
export class ChangesPart {
  #layer;
  #settings;
  #changes = null;
  #hidden = new Set();

  constructor(owner, settings) {
    this.#settings = settings;
    owner.map.createPane("changes");
    this.#layer = new ChangeLayer().addTo(owner.map);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#show());
  }

  setChanges(changes) {
    this.#changes = changes;
    this.#show();
  }

  setHidden(names) {
    this.#hidden = names;
    this.#show();
  }

  #show() {
    if (!this.#changes) return;
    const kinds = this.#settings.kinds.map((kind, order) => (this.#hidden.has(kind) ? undefined : { order, ...this.#look(kind) }));
    const table = Array.from({ length: 2 ** kinds.length }, (_, bits) => kinds.find((look, order) => look && bits & (1 << order)));
    this.#layer.set(this.#changes, Array.from(this.#changes.kinds, (bits) => table[bits]));
  }

  /** Shape from the page's JSON, colours from the mark in its legend. */
  #look(kind) {
    const { path, is_filled: isFilled } = this.#settings.marks[kind];
    const style = getComputedStyle(document.querySelector(`.change-kinds .kind-${kind.replaceAll("_", "-")}`));
    const [colour, halo] = ["--kind", "--halo"].map((name) => style.getPropertyValue(name).trim());
    return { path: new Path2D(path), isFilled, colour, halo };
  }
}
