// A Leaflet layer that draws the schools of several tiles on one canvas, in one order over all of them, and says what lies under a point.

import { KINDS, baseRadius, colours, drawSelection, kindTable, paintSteps, radii } from "./marks.js";
import { nearestMark } from "./nearest.js";
import { WORLD_STEPS } from "./payload.js";
import { makeStamps, phasesOf, placeOf, stampUnder } from "./stamps.js";

const TILE_PIXELS = 256;
const LARGEST_THINNED = 1.1;
const NO_KIND = 255;

export const PointLayer = L.Renderer.extend({
  options: { pane: "schools", padding: 0.1 },

  initialize(options) {
    L.Renderer.prototype.initialize.call(this, options);
    this._parts = [];
    this._kinds = kindTable(new Set());
    this._places = Array.from({ length: KINDS }, () => new Int32Array(1024));
    this._counts = new Int32Array(KINDS);
    this._selected = null;
    this.largest = 0;
    this.marks = 0;
    this.drawMs = 0;
  },

  /**
   * Draw other tiles.
   *
   * @param {{tile: Tile, west: number, north: number, east: number, south: number}[]} parts tiles, and which square of each counts
   * @param {?Tile} root tile of the whole world, from which the size of marks follows
   */
  setTiles(parts, root) {
    this._parts = parts;
    if (root !== this._root) this._extent = root ? extentOf(root) : 0;
    this._root = root;
    this.redraw();
  },

  /** Leave out the statuses of these names. */
  setHidden(names) {
    this._kinds = kindTable(names);
    this.redraw();
  },

  /** Ring a mark that `hit` found, null for none. */
  select(mark) {
    this._selected = mark;
    this.redraw();
  },

  /** Draw again at the same place, for example because colours changed. */
  redraw() {
    if (this._map && this._bounds) this._draw();
    return this;
  },

  /** Position of a mark. */
  latLng(mark) {
    const zoom = this._map.getZoom();
    const scale = this._scale(zoom);
    return this._map.unproject([mark.worldX * scale, mark.worldY * scale], zoom);
  },

  /**
   * The mark nearest to a point of the map's container, null where none is near enough.
   *
   * @param {L.Point} point pixels from the container's top left
   * @param {number} reach pixels beyond a mark's own radius that still count
   * @returns {?{row: number, count: number, kind: number, worldX: number, worldY: number}}
   */
  hit(point, reach) {
    if (!this._root) return null;
    const scale = this._scale(this._map.getZoom());
    const at = this._map.getPixelBounds().min.add(point);
    return nearestMark(this._parts, this._kinds, { x: at.x / scale, y: at.y / scale, scale, reach, sizes: radii(this._base()) });
  },

  _scale(zoom) {
    return (TILE_PIXELS * 2 ** zoom) / WORLD_STEPS;
  },

  /** Size of marks: by the room that schools have; small where each mark stands for all that lie in two pixels. */
  _base() {
    const scale = this._scale(this._map.getZoom());
    const base = baseRadius((this._extent * scale * scale) / Math.max(1, this._root.placed));
    return this._parts.some(({ tile }) => !tile.isComplete) ? Math.min(LARGEST_THINNED, base) : base;
  },

  _initContainer() {
    this._container = document.createElement("canvas");
    this._container.className = "school-canvas";
    this._context = this._container.getContext("2d", { willReadFrequently: true });
    this._schemes = ["(prefers-color-scheme: dark)", "print"].map((query) => matchMedia(query));
    this._onColours = () => this.redraw();
    this._schemes.forEach((scheme) => scheme.addEventListener("change", this._onColours));
  },

  _destroyContainer() {
    this._schemes.forEach((scheme) => scheme.removeEventListener("change", this._onColours));
    cancelAnimationFrame(this._frame);
    this._container.remove();
    this._container = null;
  },

  getEvents() {
    return { ...L.Renderer.prototype.getEvents.call(this), move: this._onMove };
  },

  _onZoomEnd() {
    this._update();
  },

  /** While the map is dragged beyond what is drawn, draw on. */
  _onMove() {
    if (this._frame || this._map._animatingZoom || this._zoom !== this._map.getZoom()) return;
    const shown = L.bounds(this._map.containerPointToLayerPoint([0, 0]), this._map.containerPointToLayerPoint(this._map.getSize()));
    if (this._bounds.contains(shown)) return;
    this._frame = requestAnimationFrame(() => {
      this._frame = 0;
      if (this._container && !this._map._animatingZoom) this._update();
    });
  },

  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    const size = this._bounds.getSize();
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(size.x * ratio), Math.round(size.y * ratio)];
    L.DomUtil.setPosition(this._container, this._bounds.min);
    if (this._container.width !== width || this._container.height !== height) {
      Object.assign(this._container, { width, height });
      Object.assign(this._container.style, { width: `${size.x}px`, height: `${size.y}px` });
    }
    this._ratio = ratio;
    this._draw();
  },

  _draw() {
    const started = performance.now();
    this.largest = 0;
    if (!this._root) {
      this._context.clearRect(0, 0, this._container.width, this._container.height);
      return;
    }
    const palette = colours(this._container);
    const base = this._base();
    const steps = paintSteps(base, palette).reverse();
    const frame = this._image(Math.ceil(Math.max(...steps.map((step) => step.reach)) * this._ratio) + 2);
    this._collect(frame);
    this.marks = this._counts.reduce((sum, count) => sum + count, 0);
    frame.pixels.fill(0);
    frame.solid.fill(0);
    for (const step of this._stamps(steps, base, palette, frame.stride)) {
      stampUnder(frame, this._places[step.kind], this._counts[step.kind], step);
    }
    this._context.putImageData(frame.image, -frame.margin, -frame.margin);
    if (this._selected) this._ringSelected(palette, radii(base));
    this.drawMs = performance.now() - started;
  },

  /** The image that is stamped into: the canvas and a margin, so that no mark needs to be cut at an edge. */
  _image(margin) {
    const { width, height } = this._container;
    const stride = Math.ceil((width + 2 * margin) / 4) * 4;
    const rows = height + 2 * margin;
    if (!this._kept || this._kept.stride !== stride || this._kept.image.height !== rows) {
      const image = new ImageData(stride, rows);
      const [mask, solid] = [0, 1].map(() => new Int32Array((stride * rows) / 4));
      this._kept = { image, pixels: new Int32Array(image.data.buffer), mask, solid, stride, margin };
    }
    this._kept.margin = margin;
    return this._kept;
  },

  _stamps(steps, base, palette, stride) {
    const key = JSON.stringify([base.toFixed(3), palette, stride, this._ratio]);
    if (this._stampKey !== key) this._stampsMade = makeStamps(steps, this._ratio, stride);
    this._stampKey = key;
    return this._stampsMade;
  },

  /** Places of all marks to draw by kind, as `stamp` takes them. */
  _collect({ stride, margin }) {
    const phases = phasesOf(this._ratio);
    const scale = this._scale(this._map.getZoom()) * this._ratio;
    const corner = this._map.getPixelOrigin().add(this._bounds.min).multiplyBy(this._ratio);
    const inner = this._map.getPixelBounds();
    const view = {
      scale: scale * phases,
      x: (corner.x - margin) * phases,
      y: (corner.y - margin) * phases,
      stride,
      half: phases - 1,
      low: [(corner.x - margin / 2) / scale, (corner.y - margin / 2) / scale],
      high: [(corner.x + this._container.width + margin / 2) / scale, (corner.y + this._container.height + margin / 2) / scale],
    };
    this._counts.fill(0);
    for (const part of this._parts) {
      this._makeRoom(part.tile.count);
      collect(part, view, this._kinds, this._places, this._counts);
      this.largest = Math.max(this.largest, largestIn(part, this._kinds, inner, this._scale(this._map.getZoom())));
    }
  },

  /** Let every kind have room for so many places more. */
  _makeRoom(count) {
    this._places.forEach((places, kind) => {
      const needed = this._counts[kind] + count;
      if (places.length >= needed) return;
      this._places[kind] = new Int32Array(Math.ceil(needed * 1.25));
      this._places[kind].set(places);
    });
  },

  _ringSelected(palette, sizes) {
    const scale = this._scale(this._map.getZoom());
    const corner = this._map.getPixelOrigin().add(this._bounds.min);
    const { worldX, worldY, kind } = this._selected;
    this._context.setTransform(this._ratio, 0, 0, this._ratio, 0, 0);
    drawSelection(this._context, worldX * scale - corner.x, worldY * scale - corner.y, sizes[kind], palette);
  },
});

/** Append the places of one tile's marks that lie in its square and in the view. */
function collect({ tile, west, north, east, south }, { scale, x, y, stride, half, low, high }, kinds, places, counts) {
  const [left, top] = [Math.max(west, low[0]), Math.max(north, low[1])];
  const [right, bottom] = [Math.min(east, high[0]), Math.min(south, high[1])];
  const { count, worldX, worldY, attributes } = tile;
  for (let i = 0; i < count; i += 1) {
    const markX = worldX[i];
    const markY = worldY[i];
    if (markX < left || markX >= right || markY < top || markY >= bottom) continue;
    const kind = kinds[attributes[i]];
    if (kind === NO_KIND) continue;
    places[kind][counts[kind]] = placeOf((markX * scale - x) | 0, (markY * scale - y) | 0, half, stride);
    counts[kind] += 1;
  }
}

/** Schools that one mark in view stands for at most; 1 where none stands for several. */
function largestIn({ tile, west, north, east, south }, kinds, inner, scale) {
  const { count, counts, worldX, worldY, attributes } = tile;
  let largest = 1;
  if (!counts) return largest;
  const [left, top] = [Math.max(west, inner.min.x / scale), Math.max(north, inner.min.y / scale)];
  const [right, bottom] = [Math.min(east, inner.max.x / scale), Math.min(south, inner.max.y / scale)];
  for (let i = 0; i < count; i += 1) {
    if (counts[i] <= largest || kinds[attributes[i]] === NO_KIND) continue;
    if (worldX[i] >= left && worldX[i] < right && worldY[i] >= top && worldY[i] < bottom) largest = counts[i];
  }
  return largest;
}

/** Area of the box around a tile's marks, in squared `WORLD_STEPS`. */
function extentOf({ count, worldX, worldY }) {
  const side = (places) => {
    let low = Infinity;
    let high = -Infinity;
    for (let i = 0; i < count; i += 1) {
      if (places[i] < low) low = places[i];
      if (places[i] > high) high = places[i];
    }
    return high > low ? high - low : WORLD_STEPS / 1000;
  };
  return side(worldX) * side(worldY);
}
