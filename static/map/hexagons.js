// Hexagons as a part of the map (school_map.js says what a part is): one file for every measure, words for one when it is pointed at.

import { element, loaded, regionCard } from "./regions.js";

const COUNT_MEASURE = "unconnected_rural";
const FILES_KEPT = 8;
const CARDS_KEPT = 500;

class Hexagons {
  #map;
  #group;
  #circles;
  #drawn = [];
  #hidden = new Set();
  #files = new Map();
  #cards = new Map();
  #turn = 0;

  constructor(map) {
    this.#map = map;
    map.createPane("hexagons");
    this.#group = L.layerGroup().addTo(map);
    this.#circles = L.layerGroup().addTo(map);
  }

  /** Show the view's hexagons, none where it has none; a file that cannot be loaded shows none, and the legend still says what it counts. */
  async setView(view) {
    this.view = view;
    this.#turn += 1;
    const turn = this.#turn;
    const { hexagons } = view.areas || {};
    try {
      const file = hexagons ? await this.#file(hexagons.url) : undefined;
      if (turn === this.#turn) this.#draw(file, hexagons);
    } catch (error) {
      if (turn === this.#turn) this.#draw();
    }
  }

  setHidden(names) {
    this.#hidden = names;
    this.#switch();
  }

  lift(key) {
    for (const { key: own, path } of this.#drawn) path.classList.toggle("is-lifted", own === key);
  }

  /** What a hexagon says, filled in when it has come. */
  card(position) {
    const { one_url: url } = this.view.areas.hexagons;
    const address = url.replace("{n}", position);
    const card = element("div", "card");
    card.append(element("p", "card-line", this.view.words.loading));
    if (!this.#cards.has(address)) {
      if (this.#cards.size >= CARDS_KEPT) this.#cards.clear();
      const loading = loaded(address);
      loading.catch(() => this.#cards.delete(address));
      this.#cards.set(address, loading);
    }
    this.#cards.get(address).then(
      (found) => card.replaceChildren(...regionCard(found).children),
      () => card.replaceChildren(element("p", "card-line", this.view.words.failed)),
    );
    return card;
  }

  #file(url) {
    if (!this.#files.has(url)) {
      if (this.#files.size >= FILES_KEPT) this.#files.clear();
      const loading = loaded(url).then((file) => ({ ...file, rings: ringsOf(file) }));
      loading.catch(() => this.#files.delete(url));
      this.#files.set(url, loading);
    }
    return this.#files.get(url);
  }

  #draw(file, hexagons) {
    this.#group.clearLayers();
    this.#circles.clearLayers();
    this.#drawn = [];
    const { dataset } = this.#map.getContainer();
    delete dataset.hexagons;
    if (!file) return;
    const looks = file.looks[hexagons.count][hexagons.measure];
    const isCount = hexagons.measure === COUNT_MEASURE;
    file.rings.forEach((rings, position) => {
      const { name, isWide } = lookOf(looks[position], file.names[hexagons.measure]);
      const fill = isCount && name !== "share-none" ? "share-plain" : name;
      const layer = L.polygon(rings, { pane: "hexagons", className: `hexagon ${fill}${isWide ? " is-wide" : ""}`, weight: 1 }).addTo(this.#group);
      const path = layer.getElement();
      const key = `hexagon ${position}`;
      path.dataset.hexagon = position;
      this.#drawn.push({ key, name, path });
    });
    if (isCount) this.#drawCircles(file, hexagons, looks);
    this.#switch();
    Object.assign(dataset, { hexagons: file.hexagons, hexagonSchools: file.schools });
  }

  #drawCircles(file, hexagons, looks) {
    const counts = file.counts[hexagons.count];
    const largest = Math.max(...counts, 1);
    const order = counts.map((_, position) => position).filter((position) => counts[position] > 0);
    order.sort((first, second) => counts[second] - counts[first]);
    for (const position of order) {
      const radius = hexagons.max_radius * Math.sqrt(counts[position] / largest);
      const middle = L.latLngBounds(file.rings[position][0]).getCenter();
      const path = L.circleMarker(middle, { pane: "circles", radius, className: "count-circle" }).addTo(this.#circles).getElement();
      path.dataset.hexagon = position;
      this.#drawn.push({ key: "", name: lookOf(looks[position], file.names[hexagons.measure]).name, path });
    }
  }

  #switch() {
    const { hexagons } = (this.view && this.view.areas) || {};
    for (const { name, path } of this.#drawn) path.classList.toggle("is-off", this.#hidden.has(`${hexagons.measure}-${name}`));
  }
}

/** Class and dots of a hexagon from its letter (geo/render/measures.py, ManyLooks). */
function lookOf(letter, names) {
  if (letter === "-") return { name: "share-none", isWide: false };
  const isWide = letter >= "a";
  return { name: names[letter.charCodeAt(0) - (isWide ? 97 : 48)], isWide };
}

/** The six corners of each hexagon; one across the antimeridian is drawn at both ends of the map. */
function ringsOf({ corners, hexagons, steps_per_degree: steps }) {
  let [longitude, latitude, at] = [0, 0, 0];
  const found = [];
  for (let position = 0; position < hexagons; position += 1) {
    const ring = [];
    for (let corner = 0; corner < 6; corner += 1, at += 2) {
      longitude += corners[at];
      latitude += corners[at + 1];
      ring.push([latitude / steps, longitude / steps]);
    }
    const turns = ring.some(([, east]) => east > 180) ? -360 : ring.some(([, east]) => east < -180) ? 360 : 0;
    found.push(turns ? [ring, ring.map(([north, east]) => [north, east + turns])] : [ring]);
  }
  return found;
}

/** The part that shows hexagons where the view has them. */
export function hexagonsPart({ map }) {
  const hexagons = new Hexagons(map);
  return {
    setView: (view) => void hexagons.setView(view),
    setHidden: (names) => hexagons.setHidden(names),
    lift: (key) => hexagons.lift(key),

    pick(event) {
      const target = event.originalEvent && event.originalEvent.target;
      const position = target && target.dataset ? target.dataset.hexagon : undefined;
      return position === undefined ? undefined : { key: `hexagon ${position}`, card: () => hexagons.card(position) };
    },
  };
}
