// The schools as a part of the map: which tiles they come from, what the legend hides of them, and how many are where.

import { STATUSES, STATUS_BITS } from "./payload.js";
import { PointLayer } from "./points.js";
import { TileSource, urlWithout } from "./tiles.js";

const CARDS_KEPT = 300;

export class SchoolPart {
  #map;
  #onChange;
  #view;
  #hidden = new Set();
  #all; // source of every school of the view
  #shown; // source of those drawn: another one where thinned marks would hide what the legend leaves
  #cards = new Map();
  #hiddenCount = 0;

  /** @param {() => void} onChange called when other schools are drawn, or could not be loaded */
  constructor(map, onChange) {
    this.#map = map;
    this.#onChange = onChange;
    map.createPane("schools");
    this.layer = new PointLayer().addTo(map);
    map.on("moveend", () => this.#look());
  }

  setView(view) {
    const before = this.#view;
    this.#view = view;
    if (before && JSON.stringify(before.points) === JSON.stringify(view.points)) return;
    this.#cards.clear();
    this.layer.select(null);
    if (this.#all) this.#all.close();
    this.#all = new TileSource(view.points, () => this.#update());
    this.#choose();
  }

  setHidden(names) {
    this.#hidden = new Set(STATUSES.filter((status) => names.has(status)));
    this.layer.setHidden(this.#hidden);
    this.#choose();
  }

  get state() {
    if (!this.#all || this.#all.hasFailed || (this.#shown && this.#shown.hasFailed)) return "failed";
    return this.#all.root && (!this.#shown || this.#shown.isSettled) ? "ready" : "loading";
  }

  /** Schools of the view by what the map does with them; null until they are known. */
  get counts() {
    const root = this.#all && this.#all.root;
    if (!root) return null;
    const notPlaced = root.notPlaced.reduce((sum, count) => sum + count, 0);
    return { drawn: root.schools, notPlaced, hidden: this.#hiddenCount, largest: this.layer.largest };
  }

  retry() {
    for (const source of [this.#all, this.#shown]) if (source) source.retry();
    this.#onChange();
  }

  /** What the server says of one school; asked once. */
  async card(row) {
    const { points, school_url: address } = this.#view;
    if (points.cards) return points.cards[row];
    if (!this.#cards.has(row)) {
      if (this.#cards.size >= CARDS_KEPT) this.#cards.clear();
      const answer = await fetch(address.replace("{row}", row));
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      this.#cards.set(row, await answer.json());
    }
    return this.#cards.get(row);
  }

  /** Choose what is drawn from: thinned marks stand for hidden schools too, so what is left is asked for by itself. */
  #choose() {
    const { root } = this.#all || {};
    if (this.#shown && this.#shown !== this.#all) this.#shown.close();
    this.#shown = this.#all;
    if (root && !root.isComplete && this.#hidden.size) {
      const url = urlWithout(this.#view.points.url, this.#hidden);
      this.#shown = url && new TileSource({ url }, () => this.#update());
    }
    this.#look();
  }

  #look() {
    if (this.#shown && this.#shown.root) {
      const zoom = this.#map.getZoom();
      const side = 256 * 2 ** zoom;
      const { min, max } = this.#map.getPixelBounds();
      this.#shown.look({ west: min.x / side, north: min.y / side, east: max.x / side, south: max.y / side }, zoom);
    }
    this.#draw();
  }

  #update() {
    const { root } = this.#all;
    const isOwnNeeded = root && !root.isComplete && this.#hidden.size > 0;
    if (isOwnNeeded && this.#shown === this.#all) this.#choose();
    else this.#look();
  }

  #draw() {
    const { root } = this.#all || {};
    if (root && (!this.#shown || this.#shown.root)) {
      this.#hiddenCount = this.#countHidden(root);
      this.layer.setTiles(this.#shown ? this.#shown.drawn() : [], root);
    }
    this.#onChange();
  }

  #countHidden(root) {
    if (!this.#hidden.size) return 0;
    if (!root.isComplete) return this.#shown ? root.schools - this.#shown.root.schools : root.schools;
    const isHidden = STATUSES.map((status) => this.#hidden.has(status));
    return root.attributes.reduce((sum, attributes) => sum + isHidden[attributes & STATUS_BITS], 0);
  }
}
