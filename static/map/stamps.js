// Draws small marks many thousand times: faster than any canvas call, and at the same speed with or without a GPU.
//
// Each painting step has one colour. How far it covers each pixel is gathered for all its marks in a mask, where the most counts, so that
// marks that touch make one even shape; then the mask is laid under the steps above it, so that what is hidden costs nothing. A mask has a byte a pixel, with as many low
// bits set as the pixel is covered in eighths: "the most" is then a bitwise or, which takes four pixels at once and never branches.

const PHASES = 2;
const LANES = 4;
/** Bytes of the mask by eighths; eighths, and how much of 255 they are, by byte. */
const LEVELS = Uint8Array.from({ length: 9 }, (_, eighths) => (1 << eighths) - 1);
const EIGHTHS = new Uint8Array(256);
const COVERS = new Uint8Array(256);
/** By the alpha of what lies above, times 8, plus eighths that lie below it, less 1: alpha of both, and share of the lower in 256ths. */
const WHOLES = new Uint8Array(256 * 8);
const PARTS = new Uint16Array(256 * 8);
fillTables();

function fillTables() {
  for (let eighths = 0; eighths <= 8; eighths += 1) {
    EIGHTHS[LEVELS[eighths]] = eighths;
    COVERS[LEVELS[eighths]] = Math.round((255 * eighths) / 8);
  }
  for (let blend = 0; blend < WHOLES.length; blend += 1) {
    const above = (blend >> 3) / 255;
    const below = ((1 - above) * ((blend & 7) + 1)) / 8;
    WHOLES[blend] = Math.round(255 * (above + below));
    PARTS[blend] = Math.round((256 * below) / (above + below));
  }
}

/** Positions within a pixel that a stamp is made for, a side: fine marks lie where they belong, on dense screens all do. */
export function phasesOf(ratio) {
  return ratio >= 2 ? 1 : PHASES;
}

/**
 * Where a mark goes: the four pixels of the mask that its middle is among, and which of a step's stamps it takes.
 *
 * @param {number} stepX, stepY place in parts of a pixel, as many as there are phases
 * @param {number} half 1 for two phases, 0 for one
 * @param {number} stride width of the image in pixels, a multiple of four
 */
export function placeOf(stepX, stepY, half, stride) {
  const x = stepX >> half;
  const four = (((stepY >> half) * stride) >> 2) + (x >> 2);
  return (four << 4) | ((stepY & half) << 3) | ((stepX & half) << 2) | (x & 3);
}

/**
 * The stamps of each painting step, one for every phase and every place among four pixels, as `placeOf` numbers them.
 *
 * @param {{kind: number, colour: string, reach: number, paint: Function}[]} steps
 * @param {number} ratio device pixels in a CSS pixel
 * @param {number} stride width of the image in pixels, a multiple of four
 * @returns {{kind: number, colour: number, stamps: {at: Int32Array, cover: Int32Array}[]}[]} colour as a pixel of ImageData, opaque
 */
export function makeStamps(steps, ratio, stride) {
  const phases = phasesOf(ratio);
  const half = Math.ceil(Math.max(...steps.map((step) => step.reach)) * ratio) + 1;
  const side = 2 * half + 1;
  const canvas = document.createElement("canvas");
  canvas.width = side * phases * phases + 1;
  canvas.height = side * steps.length;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.lineJoin = "round";
  steps.forEach((step, row) => {
    for (let phase = 0; phase < phases * phases; phase += 1) {
      const shift = [phase % phases, Math.floor(phase / phases)].map((part) => (part + 0.5) / phases);
      context.setTransform(ratio, 0, 0, ratio, phase * side + half + shift[0], row * side + half + shift[1]);
      step.paint(context);
    }
    context.resetTransform();
    context.fillStyle = step.colour;
    context.fillRect(canvas.width - 1, row * side, 1, 1);
  });
  const pixels = new Int32Array(context.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
  return steps.map((step, row) => {
    const pictures = Array.from({ length: phases * phases }, (_, phase) => {
      return pictureOf(pixels, { start: row * side * canvas.width + phase * side, width: canvas.width, half });
    });
    return {
      kind: step.kind,
      colour: pixels[(row * side + 1) * canvas.width - 1],
      stamps: pictures.flatMap((picture) => [0, 1, 2, 3].map((lane) => stampOf(picture, lane, stride))),
    };
  });
}

/** Pixels of one picture that are not clear: x and y from its middle, and eighths. */
function pictureOf(pixels, { start, width, half }) {
  const found = [];
  for (let y = -half; y <= half; y += 1) {
    for (let x = -half; x <= half; x += 1) {
      const alpha = pixels[start + (y + half) * width + x + half] >>> 24;
      if (alpha >= 16) found.push(x, y, Math.round(alpha / 31.875));
    }
  }
  return found;
}

/** A picture as words of four pixels of the mask, relative to the word that its middle lies in at `lane`. */
function stampOf(picture, lane, stride) {
  const at = [];
  const cover = [];
  for (let i = 0; i < picture.length; i += 3) {
    const x = picture[i] + lane;
    const word = (picture[i + 1] * stride) / LANES + (x >> 2);
    if (word !== at[at.length - 1]) {
      at.push(word);
      cover.push(0);
    }
    cover[cover.length - 1] |= LEVELS[picture[i + 2]] << (8 * (x & 3));
  }
  return { at: Int32Array.from(at), cover: Int32Array.from(cover) };
}

/**
 * Draw the marks of one step under what an image shows already.
 *
 * @param {{pixels: Int32Array, mask: Int32Array, solid: Int32Array}} image pixels as ImageData holds them; the mask, four pixels a word,
 *   clear before and after; where pixels hide all that comes under them, likewise, every bit of their byte set
 * @param {Int32Array} places as `placeOf` gives them
 * @param {number} count of places to use
 * @param {{colour: number, stamps: object[]}} step as `makeStamps` makes them
 */
export function stampUnder({ pixels, mask, solid }, places, count, { colour, stamps }) {
  const ink = colour & 0xffffff;
  for (let i = 0; i < count; i += 1) {
    const { at, cover } = stamps[places[i] & 15];
    const four = places[i] >> 4;
    for (let k = 0; k < at.length; k += 1) mask[four + at[k]] |= cover[k];
  }
  // To look through the whole mask costs a quarter of visiting as many words once more mark by mark.
  if (4 * count * stamps[0].at.length > mask.length) {
    for (let four = 0; four < mask.length; four += 1) if (mask[four] !== 0) layUnder(pixels, mask, solid, four, ink);
    return;
  }
  for (let i = 0; i < count; i += 1) {
    const { at } = stamps[places[i] & 15];
    const four = places[i] >> 4;
    for (let k = 0; k < at.length; k += 1) layUnder(pixels, mask, solid, four + at[k], ink);
  }
}

/** Lay one word of a mask under what its four pixels show, and clear it. */
function layUnder(pixels, mask, solid, four, ink) {
  const hidden = solid[four];
  const covers = mask[four] & ~hidden;
  mask[four] = 0;
  if (covers === 0) return;
  let full = hidden;
  const at = four * LANES;
  for (let k = 0; k < LANES; k += 1) {
    const cover = (covers >>> (8 * k)) & 255;
    if (cover === 0) continue;
    const here = pixels[at + k];
    const now = here === 0 ? ink | (COVERS[cover] << 24) : mixed(here, ink, ((here >>> 24) << 3) | (EIGHTHS[cover] - 1));
    pixels[at + k] = now;
    if (now >> 24 === -1) full |= 255 << (8 * k);
  }
  solid[four] = full;
}

/** A colour under another that covers a part of a pixel; alpha is not multiplied in. */
function mixed(over, under, blend) {
  const part = PARTS[blend];
  const red = (Math.imul(under & 0xff00ff, part) + Math.imul(over & 0xff00ff, 256 - part)) >>> 8;
  const green = (Math.imul(under & 0x00ff00, part) + Math.imul(over & 0x00ff00, 256 - part)) >>> 8;
  return (WHOLES[blend] << 24) | (red & 0xff00ff) | (green & 0x00ff00);
}
