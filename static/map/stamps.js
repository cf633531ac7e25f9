// Stamps small pictures into an image many thousand times: faster than any canvas call, and at the same speed with or without a GPU.

const PHASES = 2;

/** Positions within a pixel that a stamp is drawn for, a side: fine marks lie where they belong, on dense screens all do. */
export function phasesOf(ratio) {
  return ratio >= 2 ? 1 : PHASES;
}

/**
 * Pictures of painting steps as lists of pixels.
 *
 * @param {{kind: number, reach: number, paint: Function}[]} steps
 * @param {number} ratio device pixels in a CSS pixel
 * @param {number} stride width in pixels of the image that is stamped into
 * @returns {{kind: number, phases: {at: Int32Array, colour: Uint32Array, opaque: number}[]}[]} the first `opaque` pixels hide what is under them
 */
export function makeStamps(steps, ratio, stride) {
  const phases = phasesOf(ratio);
  const half = Math.ceil(Math.max(...steps.map((step) => step.reach)) * ratio) + 1;
  const side = 2 * half + 1;
  const canvas = document.createElement("canvas");
  canvas.width = side * phases * phases;
  canvas.height = side * steps.length;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.lineJoin = "round";
  steps.forEach((step, row) => {
    for (let phase = 0; phase < phases * phases; phase += 1) {
      const shift = [phase % phases, Math.floor(phase / phases)].map((part) => (part + 0.5) / phases);
      context.setTransform(ratio, 0, 0, ratio, phase * side + half + shift[0], row * side + half + shift[1]);
      step.paint(context);
    }
  });
  const image = context.getImageData(0, 0, canvas.width, canvas.height);
  const pixels = new Uint32Array(image.data.buffer);
  return steps.map((step, row) => ({
    kind: step.kind,
    phases: Array.from({ length: phases * phases }, (_, phase) => pixelsOf(pixels, canvas.width, phase * side, row * side, half, stride)),
  }));
}

/** Pixels of one picture that are not clear, the opaque ones first. */
function pixelsOf(pixels, width, left, top, half, stride) {
  const found = [];
  for (let y = -half; y <= half; y += 1) {
    for (let x = -half; x <= half; x += 1) {
      const colour = pixels[(top + half + y) * width + left + half + x];
      if (colour >>> 24) found.push([y * stride + x, colour]);
    }
  }
  const opaque = found.filter(([, colour]) => colour >>> 24 === 255);
  const sorted = [...opaque, ...found.filter(([, colour]) => colour >>> 24 !== 255)];
  return { at: Int32Array.from(sorted, (one) => one[0]), colour: Uint32Array.from(sorted, (one) => one[1]), opaque: opaque.length };
}

/**
 * Stamp at many places.
 *
 * @param {Uint32Array} pixels the image, as ImageData holds it
 * @param {Int32Array} places pixel times the number of phases, plus phase
 * @param {number} count of places to use
 */
export function stamp(pixels, places, count, phases) {
  const shift = phases.length === 1 ? 0 : 2;
  for (let i = 0; i < count; i += 1) {
    const { at, colour, opaque } = phases[shift ? places[i] & 3 : 0];
    const pixel = places[i] >> shift;
    for (let k = 0; k < opaque; k += 1) pixels[pixel + at[k]] = colour[k];
    for (let k = opaque; k < at.length; k += 1) pixels[pixel + at[k]] = mixed(pixels[pixel + at[k]], colour[k]);
  }
}

/** A colour over another, both with an alpha that is not multiplied in. */
function mixed(under, over) {
  const below = under >>> 24;
  if (below === 0) return over;
  const alpha = over >>> 24;
  const whole = below === 255 ? 255 : alpha + Math.round((below * (255 - alpha)) / 255);
  const part = Math.round((256 * alpha) / whole);
  const red = (Math.imul(over & 0xff00ff, part) + Math.imul(under & 0xff00ff, 256 - part)) >>> 8;
  const green = (Math.imul(over & 0x00ff00, part) + Math.imul(under & 0x00ff00, 256 - part)) >>> 8;
  return ((whole << 24) | (red & 0xff00ff) | (green & 0x00ff00)) >>> 0;
}
