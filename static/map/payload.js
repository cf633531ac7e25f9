// Reads the schools' payload (geo/render/payload.py describes its bytes) and projects it once.

const MAGIC = 0x4c595351; // "QSYL", little-endian
const HEADER_BYTES = 72;
const VERSION = 1;
const STEPS = 2 ** 24 - 1;
const MAX_LATITUDE = 85.0511287798;

export const STATUSES = ["unconnected", "below_norm", "norm_unknown", "meets_norm", "unknown"];
export const RURAL = 1;

/**
 * @param {ArrayBuffer} buffer
 * @returns {Schools} schools in the release's row order
 * @throws {Error} where the bytes are not a payload this script can read
 */
export function readPayload(buffer) {
  const head = new DataView(buffer, 0, HEADER_BYTES);
  if (head.getUint32(0, true) !== MAGIC || head.getUint32(4, true) !== VERSION) {
    throw new Error("not a payload of schools");
  }
  const count = head.getUint32(8, true);
  const hasRows = head.getUint32(12, true) === 1;
  const [west, south, east, north] = [16, 24, 32, 40].map((offset) => head.getFloat64(offset, true));
  const notPlaced = STATUSES.map((_, code) => head.getUint32(48 + 4 * code, true));
  const rows = hasRows ? new Uint32Array(buffer, HEADER_BYTES, count) : null;
  const start = HEADER_BYTES + (hasRows ? 4 * count : 0);
  const planes = Array.from({ length: 7 }, (_, plane) => new Uint8Array(buffer, start + plane * count, count));
  return new Schools(count, rows, planes, { west, south, east, north }, notPlaced);
}

export class Schools {
  constructor(count, rows, planes, box, notPlaced) {
    this.count = count;
    this.rows = rows;
    this.notPlaced = notPlaced;
    this.attributes = planes[6];
    // World coordinates of spherical Mercator, 0 to 1 from the north-west: a zoom is then one multiplication.
    this.worldX = new Float64Array(count);
    this.worldY = new Float64Array(count);
    this.placed = 0;
    this.#project(planes, box);
  }

  #project(planes, { west, south, east, north }) {
    const [xHigh, xMiddle, xLow, yHigh, yMiddle, yLow] = planes;
    const degreesX = (east - west) / STEPS;
    const degreesY = (north - south) / STEPS;
    for (let i = 0; i < this.count; i += 1) {
      if (!this.isPlaced(i)) continue;
      const longitude = west + degreesX * ((xHigh[i] << 16) | (xMiddle[i] << 8) | xLow[i]);
      const latitude = south + degreesY * ((yHigh[i] << 16) | (yMiddle[i] << 8) | yLow[i]);
      const bounded = Math.max(-MAX_LATITUDE, Math.min(MAX_LATITUDE, latitude));
      const sine = Math.sin((bounded * Math.PI) / 180);
      this.worldX[i] = longitude / 360 + 0.5;
      this.worldY[i] = 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
      this.placed += 1;
    }
  }

  status(i) {
    return this.attributes[i] & 0b111;
  }

  areaType(i) {
    return (this.attributes[i] >> 3) & 0b11;
  }

  isPlaced(i) {
    return (this.attributes[i] & 0b100000) !== 0;
  }

  row(i) {
    return this.rows ? this.rows[i] : i;
  }
}
