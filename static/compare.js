// The two maps of the comparison page: each shows its release, both what changed between them; what one looks at, the other does too.

import "./map.js";
import { ChangesPart, readChanges } from "./map/changes.js";
import { loaded } from "./map/regions.js";

const OPTIONS = { zoomSnap: 0.25, zoomDelta: 1, wheelPxPerZoomLevel: 90, maxZoom: 18 };
const WORLD = [[-60, -170], [75, 170]];
const STYLE = { className: "region share-none", weight: 1 };

const jsonOf = (id) => {
  const found = document.getElementById(id);
  return found ? JSON.parse(found.textContent) : null;
};

async function regionsOf({ url }) {
  try {
    return await loaded(url);
  } catch (error) {
    return { type: "FeatureCollection", features: [] };
  }
}

/** One side's map; null where its release has none. */
async function build(number, settings) {
  const container = document.getElementById(`compare-map-${number}`);
  const view = jsonOf(`compare-view-${number}`);
  if (!container || !view) return null;
  const shapes = await regionsOf(view.areas.geometry);
  const map = L.map(container, OPTIONS);
  map.attributionControl.setPrefix("Leaflet");
  const regions = L.geoJSON(shapes, { style: () => STYLE, smoothFactor: 0.5 }).addTo(map);
  map.fitBounds(shapes.features.length ? regions.getBounds() : WORLD, { animate: false });
  const made = window.qosyl.start(map, regions, `compare-view-${number}`);
  const part = new ChangesPart(made, settings);
  made.parts.unshift(part);
  made.setHidden(made.hidden);
  return { map, made, part };
}

/** Let one map look where the other does. */
function link(leader, follower, state) {
  leader.on("move zoomend", () => {
    if (state.isFollowing) return;
    state.isFollowing = true;
    follower.setView(leader.getCenter(), leader.getZoom(), { animate: false });
    state.isFollowing = false;
  });
}

function onPlace(sides, event) {
  const row = event.target.closest("a[data-place]");
  if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const [zoom, latitude, longitude] = row.dataset.place.split("/").map(Number);
  sides[0].made.lookAt(latitude, longitude, zoom);
  const { container } = sides[sides.length - 1].made;
  container.scrollIntoView({ block: "center" });
  container.focus({ preventScroll: true });
}

async function start() {
  const settings = jsonOf("compare-view");
  const sides = (await Promise.all([1, 2].map((number) => build(number, settings)))).filter(Boolean);
  if (!sides.length) return;
  if (sides.length === 2) {
    const state = { isFollowing: false };
    link(sides[0].map, sides[1].map, state);
    link(sides[1].map, sides[0].map, state);
  }
  document.addEventListener("click", (event) => onPlace(sides, event));
  const answer = await fetch(settings.url);
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const changes = readChanges(await answer.arrayBuffer());
  for (const { part } of sides) part.setChanges(changes);
}

start();
