// How regions look and what they are called; every word is set as text, never as markup.

/** An element with text; the text is data and stays text. */
export function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

/** The JSON at an address; that of a page which opens from a file is in its view. */
export async function loaded(url) {
  const kept = window.qosylView && window.qosylView.files[url];
  if (kept) return kept;
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return answer.json();
}

/** What a region's tooltip says; its popup, which is given words, has a link to its page and a button that zooms to it besides. */
export function regionCard(region, words, onZoom) {
  const card = element("div", "card");
  card.append(element("strong", "card-title", region.name));
  if (region.share) card.append(element("div", "card-share", region.share));
  for (const line of region.lines || []) card.append(element("div", "card-line", line));
  if (words && region.url) {
    const link = element("a", "card-link", words.open_region);
    link.href = region.url;
    card.append(link);
  }
  if (words && onZoom) {
    const button = element("button", "card-button", words.zoom_here);
    button.type = "button";
    button.addEventListener("click", onZoom);
    card.append(button);
  }
  return card;
}

/** Give a path the look of its region; unknown codes keep the hatching of "no data", none of `hidden` is filled. */
export function paint(path, code, region, hidden) {
  const look = region || { class: "", fill: "share-none" };
  path.dataset.code = code;
  path.setAttribute("class", `leaflet-interactive region ${look.fill || look.class}`);
  path.classList.toggle("is-wide", Boolean(look.is_wide));
  path.classList.toggle("is-off", hidden.has(look.class));
}

/**
 * Names on the map where their region has room for them, again after every move; the page's own region is named by its heading. They
 * are links for the keyboard; a pointer reaches the region under them.
 */
export class RegionLabels {
  #map;
  #pane;
  #labels = [];

  constructor(map) {
    this.#map = map;
    this.#pane = map.getPane("labels") || map.createPane("labels");
    map.on("moveend viewreset resize", () => this.#place());
    map.on("zoomstart", () => this.#pane.classList.add("is-moving"));
    map.on("zoomend", () => this.#pane.classList.remove("is-moving"));
  }

  /** Name the layers of a group by their codes; `lift` is told which name has the focus, undefined for none. */
  show(layers, regions, focus, lift) {
    for (const { label } of this.#labels) label.remove();
    this.#labels = [];
    layers.eachLayer((layer) => {
      const region = regions[layer.feature.id];
      if (!region || layer.feature.id === focus) return;
      const label = element("a", "region-label", region.name);
      if (region.url) label.href = region.url;
      if (region.share) label.setAttribute("aria-label", `${region.name}: ${region.share}`);
      label.addEventListener("focus", () => lift(layer.feature.id));
      label.addEventListener("blur", () => lift(undefined));
      this.#pane.append(label);
      this.#labels.push({ label, layer, at: largestRingCentre(layer) });
    });
    this.#labels.sort((first, second) => extent(second.layer) - extent(first.layer));
    this.#place();
  }

  #place() {
    const taken = [];
    for (const one of this.#labels) placeLabel(this.#map, one, taken);
  }
}

function extent(layer) {
  const bounds = layer.getBounds();
  return (bounds.getEast() - bounds.getWest()) * (bounds.getNorth() - bounds.getSouth());
}

/** Put a name where its region has room, the map ends behind it and no larger region's name is in the way; else hide it. */
function placeLabel(map, { label, layer, at }, taken) {
  const bounds = layer.getBounds();
  const room = map.latLngToLayerPoint(bounds.getSouthEast()).subtract(map.latLngToLayerPoint(bounds.getNorthWest()));
  label.hidden = false;
  const size = L.point(label.offsetWidth, label.offsetHeight);
  const corner = map.latLngToLayerPoint(at).subtract(size.divideBy(2))._round();
  const box = L.bounds(corner, corner.add(size));
  const isCut = !L.bounds([0, 0], map.getSize()).contains(L.bounds(map.layerPointToContainerPoint(box.min), map.layerPointToContainerPoint(box.max)));
  label.hidden = isCut || room.x < size.x * 1.05 || room.y < size.y * 2 || taken.some((other) => other.intersects(box));
  if (label.hidden) return;
  taken.push(box);
  L.DomUtil.setPosition(label, corner);
}

/** Centre of mass of the ring that covers most ground: a better place for a name than the middle of the box. */
export function largestRingCentre(layer) {
  const polygons = layer.feature.geometry.type === "Polygon" ? [layer.feature.geometry.coordinates] : layer.feature.geometry.coordinates;
  let best = { area: 0, x: 0, y: 0 };
  for (const [ring] of polygons) {
    const found = ringCentre(ring);
    if (Math.abs(found.area) > Math.abs(best.area)) best = found;
  }
  return L.latLng(best.y, best.x);
}

function ringCentre(ring) {
  let [area, x, y] = [0, 0, 0];
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
    const cross = ring[j][0] * ring[i][1] - ring[i][0] * ring[j][1];
    area += cross / 2;
    x += (ring[j][0] + ring[i][0]) * cross;
    y += (ring[j][1] + ring[i][1]) * cross;
  }
  return area === 0 ? { area: 0, x: ring[0][0], y: ring[0][1] } : { area, x: x / (6 * area), y: y / (6 * area) };
}
