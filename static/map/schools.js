// A Leaflet layer that draws every school on one canvas and says which school lies under a point.

import { baseRadius, colours, drawSchools, drawSelection, radii } from "./marks.js";

const TILE = 256;

export const SchoolLayer = L.Renderer.extend({
  options: { pane: "schools", padding: 0.15 },

  initialize(options) {
    L.Renderer.prototype.initialize.call(this, options);
    this.schools = null;
    this.hidden = new Set();
    this.selected = -1;
  },

  /** Show other schools; null shows none. */
  setSchools(schools) {
    this.schools = schools;
    this.selected = -1;
    this.redraw();
  },

  /** Show or hide the schools of one status code. */
  setHidden(status, isHidden) {
    if (isHidden) this.hidden.add(status);
    else this.hidden.delete(status);
    this.redraw();
  },

  /** Ring one school, -1 for none. */
  select(index) {
    this.selected = index;
    this.redraw();
  },

  /** Draw again at the same place, for example because colours changed. */
  redraw() {
    if (this._map && this._bounds) this._draw();
    return this;
  },

  /** Position of a school. */
  latLng(index) {
    const zoom = this._map.getZoom();
    const scale = TILE * 2 ** zoom;
    return this._map.unproject([this.schools.worldX[index] * scale, this.schools.worldY[index] * scale], zoom);
  },

  /**
   * The school nearest to a point of the map's container, -1 where none is near enough.
   *
   * @param {L.Point} point pixels from the container's top left
   * @param {number} reach pixels beyond a mark's own radius that still count
   */
  hit(point, reach) {
    if (!this.schools) return -1;
    const scale = TILE * 2 ** this._map.getZoom();
    const origin = this._map.getPixelBounds().min;
    const sizes = radii(this._base());
    let best = -1;
    let bestDistance = reach;
    for (let i = 0; i < this.schools.count; i += 1) {
      const status = this.schools.status(i);
      if (!this.schools.isPlaced(i) || this.hidden.has(status)) continue;
      const dx = this.schools.worldX[i] * scale - origin.x - point.x;
      const dy = this.schools.worldY[i] * scale - origin.y - point.y;
      const distance = Math.hypot(dx, dy) - sizes[status];
      if (distance < bestDistance) {
        best = i;
        bestDistance = distance;
      }
    }
    return best;
  },

  _base() {
    const scale = TILE * 2 ** this._map.getZoom();
    const { worldX, worldY, placed } = this.schools;
    if (this._extent === undefined || this._extentOf !== this.schools) {
      this._extent = extent(worldX, this.schools) * extent(worldY, this.schools);
      this._extentOf = this.schools;
    }
    return baseRadius((this._extent * scale * scale) / Math.max(1, placed));
  },

  _initContainer() {
    this._container = document.createElement("canvas");
    this._container.className = "school-canvas";
    this._context = this._container.getContext("2d");
    this._scheme = matchMedia("(prefers-color-scheme: dark)");
    this._paper = matchMedia("print");
    this._onColours = () => this.redraw();
    this._scheme.addEventListener("change", this._onColours);
    this._paper.addEventListener("change", this._onColours);
  },

  _destroyContainer() {
    this._scheme.removeEventListener("change", this._onColours);
    this._paper.removeEventListener("change", this._onColours);
    this._container.remove();
    this._container = null;
  },

  _onZoomEnd() {
    this._update();
  },

  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    const size = this._bounds.getSize();
    const ratio = window.devicePixelRatio || 1;
    L.DomUtil.setPosition(this._container, this._bounds.min);
    this._container.width = Math.round(size.x * ratio);
    this._container.height = Math.round(size.y * ratio);
    this._container.style.width = `${size.x}px`;
    this._container.style.height = `${size.y}px`;
    this._ratio = ratio;
    this._draw();
  },

  _draw() {
    const size = this._bounds.getSize();
    const context = this._context;
    context.setTransform(this._ratio, 0, 0, this._ratio, 0, 0);
    context.clearRect(0, 0, size.x, size.y);
    if (!this.schools) return;
    const offset = this._map.getPixelOrigin().add(this._bounds.min);
    const toCanvas = { scale: TILE * 2 ** this._map.getZoom(), x: offset.x, y: offset.y };
    const palette = colours(this._container);
    const base = this._base();
    drawSchools(context, this.schools, { hidden: this.hidden, toCanvas, width: size.x, height: size.y, base, palette });
    if (this.selected >= 0) {
      const x = this.schools.worldX[this.selected] * toCanvas.scale - toCanvas.x;
      const y = this.schools.worldY[this.selected] * toCanvas.scale - toCanvas.y;
      drawSelection(context, x, y, radii(base)[this.schools.status(this.selected)], palette);
    }
  },
});

function extent(values, schools) {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < values.length; i += 1) {
    if (!schools.isPlaced(i)) continue;
    low = Math.min(low, values[i]);
    high = Math.max(high, values[i]);
  }
  return high > low ? high - low : 0.001;
}
