// Reads a tile of schools, whose bytes geo/render/payload.py describes, into typed arrays that are drawn from.

const MAGIC = 0x4c595351; // "QSYL", little-endian
const HEADER_BYTES = 96;
const VERSION = 2;

/** Steps of a world coordinate from edge to edge of the Web Mercator square: 1/64 pixel at zoom 18. */
export const WORLD_STEPS = 2 ** 32;
export const STATUSES = ["unconnected", "below_norm", "norm_unknown", "meets_norm", "unknown"];
export const STATUS_BITS = 0b111;
export const RURAL = 1;

/**
 * One tile: marks in the release's order.
 *
 * @typedef {object} Tile
 * @property {boolean} isComplete every mark is one school, and deeper tiles say no more
 * @property {number} count marks here
 * @property {number} schools schools that the marks stand for
 * @property {number} largest schools that one mark stands for at most
 * @property {number} placed schools of the view that have a position, here and elsewhere
 * @property {number[]} notPlaced schools of the view without one, by status code
 * @property {Uint32Array} worldX, worldY place in `WORLD_STEPS`, from the north-west
 * @property {Uint8Array} attributes status, area type and flag
 * @property {Uint32Array} rows row in the release of the first school that each mark stands for
 * @property {?Uint32Array} counts schools that each mark stands for; null where each stands for one
 * @property {number} bytes memory that the tile takes
 */

/**
 * @param {ArrayBuffer} buffer
 * @returns {Tile}
 * @throws {Error} where the bytes are not a tile that this script can read
 */
export function readTile(buffer) {
  const head = new DataView(buffer);
  if (buffer.byteLength < HEADER_BYTES || head.getUint32(0, true) !== MAGIC || head.getUint32(4, true) !== VERSION) {
    throw new Error("not a tile of schools");
  }
  const number = (offset) => head.getUint32(offset, true);
  const count = number(12);
  const planes = [64, 65, 66, 67].map((offset) => head.getUint8(offset));
  const [west, north, step] = [72, 80, 88].map((offset) => head.getFloat64(offset, true) * WORLD_STEPS);
  let at = HEADER_BYTES;
  const attributes = new Uint8Array(buffer, at, count);
  at += count;
  const [x, y, counts, gaps] = planes.map((depth) => {
    const values = depth ? valuesOf(buffer, at, count, depth) : null;
    at += depth * count;
    return values;
  });
  return {
    key: `${number(16)}/${number(20)}/${number(24)}`,
    isComplete: number(8) === 1,
    count,
    schools: number(28),
    largest: number(32),
    placed: number(40),
    notPlaced: STATUSES.map((_, code) => number(44 + 4 * code)),
    worldX: placesOf(x, count, west, step),
    worldY: placesOf(y, count, north, step),
    attributes,
    rows: rowsOf(count, number(36), counts, gaps),
    counts,
    bytes: buffer.byteLength + count * (counts ? 16 : 12),
  };
}

/** Numbers from their planes of bytes, the most significant first. */
function valuesOf(buffer, at, count, depth) {
  const values = new Uint32Array(count);
  for (let plane = 0; plane < depth; plane += 1) {
    const octets = new Uint8Array(buffer, at + plane * count, count);
    for (let i = 0; i < count; i += 1) values[i] = (values[i] << 8) | octets[i];
  }
  return values;
}

function placesOf(steps, count, start, step) {
  const places = new Uint32Array(count);
  for (let i = 0; i < count; i += 1) places[i] = Math.min(WORLD_STEPS - 1, start + step * (steps ? steps[i] : 0));
  return places;
}

function rowsOf(count, first, counts, gaps) {
  const rows = new Uint32Array(count);
  if (count) rows[0] = first;
  for (let i = 1; i < count; i += 1) rows[i] = rows[i - 1] + (gaps ? gaps[i] : counts ? counts[i - 1] : 1);
  return rows;
}
