// Fetches the schools that a map needs, tile by tile, and says which of them to draw where.
//
// Tile 0/0/0 is asked first. Where it is complete, as that of a small country is, nothing else is ever asked. Otherwise every map zoom has
// its tiles, thinned to what can be told apart there; until a tile is here, the part of a wider one that lies under it is drawn.
//
// A page that is opened from a file cannot fetch. There `points.data` holds the bytes of one complete tile in base64 instead of
// `points.url`, and `points.cards` what /map/<tag>/school/<row>.json would answer: an object, or an array, by row number.

import { STATUSES, WORLD_STEPS, readTile } from "./payload.js";

const DEEPEST = 18;
const AT_ONCE = 6;
const KEPT_BYTES = 24 * 2 ** 20;
const ROOT = "0/0/0";

export class TileSource {
  #tiles = new Map(); // by key; the one used last is the last
  #asked = new Map(); // AbortController by key
  #failed = new Set();
  #wanted = [];
  #url;
  #deepest;
  #onChange;

  /**
   * @param {{url: ?string, data: ?string}} points address of tiles with {z}, {x} and {y}, or the bytes of one
   * @param {() => void} onChange called when there is something else to draw, or to say
   */
  constructor(points, onChange) {
    this.#url = points.url;
    this.#deepest = points.max_zoom ?? DEEPEST;
    this.#onChange = onChange;
    if (points.data) this.#tiles.set(ROOT, readTile(bytesOf(points.data)));
    else this.#wanted = [ROOT];
    this.#askNext();
  }

  /** The tile of the whole world; undefined until it is here. */
  get root() {
    return this.#tiles.get(ROOT);
  }

  get hasFailed() {
    return this.#wanted.some((key) => this.#failed.has(key));
  }

  /** Whether everything wanted is here. */
  get isSettled() {
    return this.root !== undefined && this.#missing().length === 0;
  }

  /** Ask again for what could not be loaded. */
  retry() {
    this.#failed.clear();
    this.#askNext();
  }

  /** Ask for nothing more. */
  close() {
    for (const asking of this.#asked.values()) asking.abort();
    this.#wanted = [];
  }

  /**
   * Say what is looked at; what is not wanted any more is given up.
   *
   * @param {{west: number, north: number, east: number, south: number}} box in world coordinates, 0 to 1 from the north-west
   * @param {number} zoom of the map, may be a fraction
   */
  look(box, zoom) {
    if (!this.root || this.root.isComplete) return;
    this.#wanted = [ROOT, ...keysOf(box, Math.max(0, Math.min(this.#deepest, Math.round(zoom))))];
    const missing = new Set(this.#missing());
    for (const [key, asking] of this.#asked) {
      if (missing.has(key)) continue;
      asking.abort();
      this.#asked.delete(key);
    }
    for (const key of this.#failed) if (!missing.has(key)) this.#failed.delete(key);
    this.#askNext();
    this.#forget();
  }

  /**
   * What to draw: tiles, each with the part of it that counts, in `WORLD_STEPS`.
   *
   * @returns {{tile: Tile, west: number, north: number, east: number, south: number}[]}
   */
  drawn() {
    if (!this.root) return [];
    if (this.root.isComplete || this.#wanted.length < 2) return [{ tile: this.root, ...squareOf(ROOT) }];
    const found = new Map();
    for (const key of this.#wanted.slice(1)) {
      const from = this.#nearest(key);
      // A complete tile is drawn once as a whole; a wider one that only stands in is cut to the square of the missing one.
      const square = this.#tiles.get(from).isComplete ? from : key;
      found.set(square, { tile: this.#used(from), ...squareOf(square) });
    }
    return [...found.values()];
  }

  /** The tile to draw a square from: the widest complete one, else the nearest of those here. */
  #nearest(key) {
    let best;
    for (let one = key; one; one = parentOf(one)) {
      const tile = this.#tiles.get(one);
      if (tile && (tile.isComplete || !best)) best = one;
    }
    return best;
  }

  #missing() {
    return this.#wanted.filter((key) => !this.#tiles.has(key) && !(this.root && this.#tiles.get(this.#nearest(key)).isComplete));
  }

  #askNext() {
    const missing = this.#missing().filter((key) => !this.#asked.has(key) && !this.#failed.has(key));
    for (const key of missing.slice(0, Math.max(0, AT_ONCE - this.#asked.size))) this.#ask(key);
  }

  async #ask(key) {
    const asking = new AbortController();
    this.#asked.set(key, asking);
    try {
      const [z, x, y] = key.split("/");
      const address = this.#url.replace("{z}", z).replace("{x}", x).replace("{y}", y);
      const answer = await fetch(address, { signal: asking.signal });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      this.#tiles.set(key, readTile(await answer.arrayBuffer()));
    } catch (error) {
      if (!asking.signal.aborted) this.#failed.add(key);
    }
    if (this.#asked.get(key) === asking) this.#asked.delete(key);
    if (asking.signal.aborted) return;
    this.#askNext();
    this.#onChange();
  }

  #used(key) {
    const tile = this.#tiles.get(key);
    this.#tiles.delete(key);
    this.#tiles.set(key, tile);
    return tile;
  }

  /** Forget the tiles that were not used for longest, as far as memory asks for it; the whole world's stays. */
  #forget() {
    let bytes = 0;
    for (const tile of this.#tiles.values()) bytes += tile.bytes;
    const wanted = new Set(this.#wanted);
    for (const [key, tile] of this.#tiles) {
      if (bytes <= KEPT_BYTES) return;
      if (wanted.has(key)) continue;
      this.#tiles.delete(key);
      bytes -= tile.bytes;
    }
  }
}

/** The same tiles with some statuses left out, which thinned marks hide; null where none is left. */
export function urlWithout(url, hidden) {
  const made = new URL(url.replace(/[{}]/g, (sign) => (sign === "{" ? "~(" : ")~")), document.baseURI);
  const former = made.searchParams.get("status");
  const left = (former ? former.split(",") : STATUSES).filter((status) => !hidden.has(status));
  if (!left.length) return null;
  made.searchParams.set("status", left.join(","));
  return made.href.replace(/~\(/g, "{").replace(/\)~/g, "}");
}

function bytesOf(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;
}

function parentOf(key) {
  const [z, x, y] = key.split("/").map(Number);
  return z ? `${z - 1}/${x >> 1}/${y >> 1}` : null;
}

function squareOf(key) {
  const [z, x, y] = key.split("/").map(Number);
  const side = WORLD_STEPS / 2 ** z;
  return { west: x * side, north: y * side, east: (x + 1) * side, south: (y + 1) * side };
}

/** Tiles of a zoom that a box touches, those nearest to its middle first. */
function keysOf({ west, north, east, south }, zoom) {
  const tiles = 2 ** zoom;
  const last = (value) => Math.max(0, Math.min(tiles - 1, Math.floor(value * tiles)));
  const middle = [((west + east) / 2) * tiles - 0.5, ((north + south) / 2) * tiles - 0.5];
  const found = [];
  for (let y = last(north); y <= last(south); y += 1) {
    for (let x = last(west); x <= last(east); x += 1) found.push([(x - middle[0]) ** 2 + (y - middle[1]) ** 2, `${zoom}/${x}/${y}`]);
  }
  return found.sort((first, second) => first[0] - second[0]).map(([, key]) => key);
}
