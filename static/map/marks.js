// The five marks ▲ ■ ○ ● ◇ as small pictures, each with a halo in the colour of the ground, and the colours they have.

import { RURAL, STATUSES, STATUS_BITS } from "./payload.js";

const TAU = 2 * Math.PI;
const RURAL_UNCONNECTED = STATUSES.length;
/** Kinds of marks: one a status, and one more for what is unconnected and rural. */
export const KINDS = STATUSES.length + 1;
const HIDDEN = 255;

/** Radius of the plain mark at a zoom, in CSS pixels, from the room that each school has; unconnected ones are drawn larger (`radii`). */
export function baseRadius(pixelsPerSchool) {
  return Math.max(0.7, Math.min(4.5, 0.21 * Math.sqrt(pixelsPerSchool)));
}

/** Radius that each kind is drawn with; also what a pointer has to come near to. Least where a country is as small as a phone. */
export function radii(base) {
  const unconnected = Math.max(Math.min(2.6, 1.3 + base), base * 2.15);
  return [unconnected, base * 1.25, base * 1.35, base, base * 1.5, unconnected];
}

/** Kind of every byte of attributes, `HIDDEN` where its status is among the names. */
export function kindTable(hidden) {
  return Uint8Array.from({ length: 256 }, (_, attributes) => {
    const status = attributes & STATUS_BITS;
    if (status >= STATUSES.length || hidden.has(STATUSES[status])) return HIDDEN;
    return status === 0 && ((attributes >> 3) & 0b11) === RURAL ? RURAL_UNCONNECTED : status;
  });
}

/** Colours from the stylesheet, so that dark, light and paper follow it. */
export function colours(element) {
  const style = getComputedStyle(element);
  const read = (name) => style.getPropertyValue(name).trim();
  const statuses = STATUSES.map((status) => read(`--status-${status.replace("_", "-")}`));
  return { kinds: [...statuses, statuses[0]], halo: read("--halo"), ink: read("--ink") };
}

function disc(context, r) {
  context.arc(0, 0, r, 0, TAU);
}

function triangle(context, r) {
  context.moveTo(0, -r * 1.1);
  context.lineTo(r, r * 0.75);
  context.lineTo(-r, r * 0.75);
  context.closePath();
}

const SHAPES = [
  triangle,
  (context, r) => context.rect(-r * 0.88, -r * 0.88, r * 1.76, r * 1.76),
  disc,
  disc,
  (context, r) => {
    context.moveTo(0, -r);
    context.lineTo(r, 0);
    context.lineTo(0, r);
    context.lineTo(-r, 0);
    context.closePath();
  },
  triangle,
];

function isOpen(kind) {
  return kind === 2 || kind === 4;
}

/**
 * From the bottom up: what meets the norm recedes, what is unconnected lies on top, rural ones last. Halos of a kind lie under all its
 * marks, so that neighbours touch rather than eat one another. Each step has one colour and paints around the middle of a context.
 *
 * @returns {{kind: number, colour: string, reach: number, paint: (context: CanvasRenderingContext2D) => void}[]} reach in CSS pixels
 */
export function paintSteps(base, { kinds, halo }) {
  const sizes = radii(base);
  const haloWidth = Math.max(0.3, Math.min(1, base * 0.4));
  return [3, 2, 1, 4].flatMap((kind) => markSteps(kind, sizes[kind], kinds[kind], halo, haloWidth)).concat(
    ringSteps(RURAL_UNCONNECTED, sizes[0], kinds[0], halo),
    markSteps(0, sizes[0], kinds[0], halo, haloWidth * 1.5),
    markSteps(RURAL_UNCONNECTED, sizes[0], kinds[0], halo, haloWidth * 1.5),
  );
}

/** The halo of a mark, which fills open marks too, and the mark. */
function markSteps(kind, radius, colour, halo, haloWidth) {
  const line = isOpen(kind) ? Math.max(1, radius * 0.42) : 0;
  const trace = (context) => {
    context.beginPath();
    SHAPES[kind](context, radius);
  };
  const reach = radius * 1.45 + line + haloWidth;
  const under = (context) => {
    trace(context);
    context.fill();
    context.lineWidth = line + haloWidth * 2;
    context.stroke();
  };
  const over = (context) => {
    trace(context);
    context.lineWidth = line;
    if (line) context.stroke();
    else context.fill();
  };
  return [{ kind, colour: halo, reach, paint: under }, { kind, colour, reach, paint: over }];
}

/** The ring around what is unconnected and rural: close and thin where marks are small, so that a crowd of them is not one mass. */
function ringSteps(kind, radius, colour, halo) {
  const line = Math.max(0.5, Math.min(1.25, radius * 0.24));
  const ring = radius * 1.5 + Math.min(0.5, radius - 2);
  const step = (ink, width) => ({
    kind,
    colour: ink,
    reach: ring + width,
    paint(context) {
      context.beginPath();
      disc(context, ring);
      context.lineWidth = width;
      context.stroke();
    },
  });
  return [step(halo, line * 2), step(colour, line)];
}

/** A ring around the school whose popup is open. */
export function drawSelection(context, x, y, radius, palette) {
  context.beginPath();
  context.arc(x, y, radius + 6, 0, TAU);
  for (const [colour, width] of [[palette.halo, 4], [palette.ink, 2]]) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }
}
