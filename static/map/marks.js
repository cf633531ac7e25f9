// Draws the five marks on a canvas: ▲ ■ ○ ● ◇, each with a halo in the colour of the ground.

import { RURAL, STATUSES } from "./payload.js";

// From the bottom up: what meets the norm recedes, what is unconnected lies on top, rural ones last.
const ORDER = [3, 2, 1, 4, 0];
const TAU = 2 * Math.PI;

/** Radius of the plain mark at a zoom, in CSS pixels, from the room that each school has. */
export function baseRadius(pixelsPerSchool) {
  return Math.max(0.9, Math.min(4.5, 0.21 * Math.sqrt(pixelsPerSchool)));
}

/** Radius that each status is drawn with, by code; also what a pointer has to come near to. */
export function radii(base) {
  return [Math.max(2.6, base * 2.15), base * 1.25, base * 1.35, base, base * 1.5];
}

/** Colours from the stylesheet, so that dark, light and paper follow it. */
export function colours(element) {
  const style = getComputedStyle(element);
  const read = (name) => style.getPropertyValue(name).trim();
  return {
    statuses: STATUSES.map((status) => read(`--status-${status.replace("_", "-")}`)),
    halo: read("--halo"),
    ink: read("--ink"),
  };
}

const SHAPES = [
  (context, x, y, r) => {
    context.moveTo(x, y - r * 1.1);
    context.lineTo(x + r, y + r * 0.75);
    context.lineTo(x - r, y + r * 0.75);
    context.closePath();
  },
  (context, x, y, r) => context.rect(x - r * 0.88, y - r * 0.88, r * 1.76, r * 1.76),
  (context, x, y, r) => disc(context, x, y, r),
  (context, x, y, r) => disc(context, x, y, r),
  (context, x, y, r) => {
    context.moveTo(x, y - r);
    context.lineTo(x + r, y);
    context.lineTo(x, y + r);
    context.lineTo(x - r, y);
    context.closePath();
  },
];

function disc(context, x, y, r) {
  context.moveTo(x + r, y);
  context.arc(x, y, r, 0, TAU);
}

/** Places of one status on the canvas as [x, y, x, y, …]; rural ones of the unconnected last. */
function placesByStatus(schools, hidden, toCanvas, width, height) {
  const places = STATUSES.map(() => []);
  const rural = [];
  const margin = 12;
  for (let i = 0; i < schools.count; i += 1) {
    const status = schools.status(i);
    if (hidden.has(status) || !schools.isPlaced(i)) continue;
    const x = schools.worldX[i] * toCanvas.scale - toCanvas.x;
    const y = schools.worldY[i] * toCanvas.scale - toCanvas.y;
    if (x < -margin || y < -margin || x > width + margin || y > height + margin) continue;
    (status === 0 && schools.areaType(i) === RURAL ? rural : places[status]).push(x, y);
  }
  return { places, rural };
}

function trace(context, shape, points, radius) {
  context.beginPath();
  for (let i = 0; i < points.length; i += 2) shape(context, points[i], points[i + 1], radius);
}

function drawFilled(context, shape, points, radius, colour, halo, haloWidth) {
  trace(context, shape, points, radius);
  context.lineWidth = haloWidth * 2;
  context.strokeStyle = halo;
  context.stroke();
  context.fillStyle = colour;
  context.fill();
}

function drawOpen(context, shape, points, radius, colour, halo, haloWidth) {
  const line = Math.max(1, radius * 0.42);
  trace(context, shape, points, radius);
  context.fillStyle = halo;
  context.fill();
  context.lineWidth = line + haloWidth * 2;
  context.strokeStyle = halo;
  context.stroke();
  context.lineWidth = line;
  context.strokeStyle = colour;
  context.stroke();
}

function drawRings(context, points, radius, colour, halo) {
  const line = Math.max(0.75, Math.min(1.25, radius * 0.3));
  trace(context, disc, points, radius * 1.5 + 0.5);
  context.lineWidth = line * 2.4;
  context.strokeStyle = halo;
  context.stroke();
  context.lineWidth = line;
  context.strokeStyle = colour;
  context.stroke();
}

/**
 * Draw all schools that are not hidden.
 *
 * @param {{scale: number, x: number, y: number}} toCanvas world coordinate times scale minus offset is a CSS pixel of the canvas
 */
export function drawSchools(context, schools, { hidden, toCanvas, width, height, base, palette }) {
  const { places, rural } = placesByStatus(schools, hidden, toCanvas, width, height);
  const sizes = radii(base);
  const haloWidth = Math.max(0.3, Math.min(1, base * 0.4));
  context.lineJoin = "round";
  for (const status of ORDER) {
    const isOpen = status === 2 || status === 4;
    const draw = isOpen ? drawOpen : drawFilled;
    const halo = status === 0 ? haloWidth * 1.5 : haloWidth;
    if (status === 0) drawRings(context, rural, sizes[0], palette.statuses[0], palette.halo);
    draw(context, SHAPES[status], places[status], sizes[status], palette.statuses[status], palette.halo, halo);
  }
  drawFilled(context, SHAPES[0], rural, sizes[0], palette.statuses[0], palette.halo, haloWidth * 1.5);
}

/** A ring around the school whose popup is open. */
export function drawSelection(context, x, y, radius, palette) {
  trace(context, disc, [x, y], radius + 6);
  context.lineWidth = 4;
  context.strokeStyle = palette.halo;
  context.stroke();
  context.lineWidth = 2;
  context.strokeStyle = palette.ink;
  context.stroke();
}
