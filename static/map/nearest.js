// Finds the mark under a pointer by looking only into the cells around it.

const MARKS_PER_CELL = 8;
const MOST_CELLS = 256;
const indexes = new WeakMap();

/**
 * The mark whose edge is nearest to a place.
 *
 * @param {{tile: Tile, west: number, north: number, east: number, south: number}[]} parts as they are drawn
 * @param {Uint8Array} kinds kind by attributes, 255 where hidden
 * @param {{x: number, y: number, scale: number, reach: number, sizes: number[]}} place in world steps; pixels a step; reach and radii in pixels
 */
export function nearestMark(parts, kinds, { x, y, scale, reach, sizes }) {
  const room = (reach + Math.max(...sizes)) / scale;
  let best = null;
  let bestDistance = reach;
  for (const { tile, west, north, east, south } of parts) {
    const { worldX, worldY, attributes, rows, counts } = tile;
    for (const i of candidates(tile, x - room, y - room, x + room, y + room)) {
      const kind = kinds[attributes[i]];
      if (kind === 255 || worldX[i] < west || worldX[i] >= east || worldY[i] < north || worldY[i] >= south) continue;
      const distance = Math.hypot(worldX[i] - x, worldY[i] - y) * scale - sizes[kind];
      if (distance >= bestDistance) continue;
      bestDistance = distance;
      best = { row: rows[i], count: counts ? counts[i] : 1, kind, worldX: worldX[i], worldY: worldY[i] };
    }
  }
  return best;
}

/** Marks in the cells that a box touches. */
function* candidates(tile, left, top, right, bottom) {
  if (!indexes.has(tile)) indexes.set(tile, indexOf(tile));
  const { box, side, starts, marks } = indexes.get(tile);
  if (!marks.length || right < box.left || left > box.right || bottom < box.top || top > box.bottom) return;
  const [first, last] = [cellOf(box, side, left, top), cellOf(box, side, right, bottom)];
  for (let row = first[1]; row <= last[1]; row += 1) {
    const end = starts[row * side + last[0] + 1];
    for (let k = starts[row * side + first[0]]; k < end; k += 1) yield marks[k];
  }
}

function cellOf(box, side, x, y) {
  const place = (value, low, high) => Math.max(0, Math.min(side - 1, Math.floor(((value - low) / (high - low + 1)) * side)));
  return [place(x, box.left, box.right), place(y, box.top, box.bottom)];
}

/** Marks sorted by cells of a square grid over them: `marks[starts[c]]` to `marks[starts[c + 1] - 1]` lie in cell c. */
function indexOf({ count, worldX, worldY }) {
  const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (let i = 0; i < count; i += 1) {
    box.left = Math.min(box.left, worldX[i]);
    box.right = Math.max(box.right, worldX[i]);
    box.top = Math.min(box.top, worldY[i]);
    box.bottom = Math.max(box.bottom, worldY[i]);
  }
  const side = Math.max(1, Math.min(MOST_CELLS, Math.ceil(Math.sqrt(count / MARKS_PER_CELL))));
  const cells = new Uint32Array(count);
  const starts = new Uint32Array(side * side + 1);
  for (let i = 0; i < count; i += 1) {
    const [column, row] = cellOf(box, side, worldX[i], worldY[i]);
    cells[i] = row * side + column;
    starts[cells[i] + 1] += 1;
  }
  for (let cell = 0; cell < side * side; cell += 1) starts[cell + 1] += starts[cell];
  const next = starts.slice();
  const marks = new Uint32Array(count);
  for (let i = 0; i < count; i += 1) {
    marks[next[cells[i]]] = i;
    next[cells[i]] += 1;
  }
  return { box, side, starts, marks };
}
