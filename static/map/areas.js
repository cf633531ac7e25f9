// Regions and districts as a part of the map (school_map.js says what a part is): by colour or circles, named, finer from near.

import { RegionLabels, largestRingCentre, loaded, paint, regionCard } from "./regions.js";

const STYLE = { className: "region share-none", weight: 1 };

class Areas {
  #map;
  #labels;
  #circles;
  #layers = new Map();
  #regions;
  #shown = null;
  #members = {};
  #hidden = new Set();
  #legend = null;
  #turn = 0;

  constructor(map, regions) {
    this.#map = map;
    this.#regions = regions;
    map.createPane("circles");
    this.#circles = L.layerGroup().addTo(map);
    this.#labels = new RegionLabels(map);
    map.on("zoomend", () => this.#settle());
  }

  /** A view that says nothing of areas shows folium's regions. */
  setView(view) {
    this.view = { ...view, areas: view.areas || { geometry: { key: "" } } };
    if (!this.#layers.size) this.#layers.set(this.view.areas.geometry.key, Promise.resolve(this.#regions));
    this.#legend = null;
    this.isFiner = undefined;
    this.#settle();
  }

  setHidden(names) {
    this.#hidden = names;
    this.#paint();
  }

  get focused() {
    const { focus } = this.view;
    return focus ? this.#regions.getLayers().find((layer) => layer.feature.id === focus) : undefined;
  }

  member(code) {
    return this.#members[code];
  }

  lift(key) {
    this.#each((path, code) => path.classList.toggle("is-lifted", code === key));
  }

  /** Look at one area, and let the keyboard go on from there. */
  zoomTo(code) {
    this.#map.closePopup();
    this.#each((_, own, layer) => own === code && this.#map.fitBounds(layer.getBounds()));
    this.#map.getContainer().focus({ preventScroll: true });
  }

  /** Show the view's areas, or districts in their place from near; what cannot be loaded leaves what is there. */
  async #settle() {
    const { areas, regions } = this.view;
    const isFiner = Boolean(areas.finer) && this.#map.getZoom() >= areas.finer.zoom;
    if (this.isFiner === isFiner) return;
    this.isFiner = isFiner;
    this.#turn += 1;
    const turn = this.#turn;
    try {
      const wanted = isFiner ? areas.finer : areas;
      const loading = isFiner ? loaded(areas.finer.url) : { regions };
      const [layer, { regions: members, legend }] = await Promise.all([this.#layerOf(wanted.geometry), loading]);
      if (turn === this.#turn) this.#show(layer, members, legend);
    } catch (error) {
      if (turn === this.#turn) this.isFiner = undefined;
    }
  }

  #layerOf({ key, url }) {
    if (!this.#layers.has(key)) {
      const made = loaded(url).then((shapes) => L.geoJSON(shapes, { style: () => STYLE, smoothFactor: 0.5 }));
      made.catch(() => this.#layers.delete(key));
      this.#layers.set(key, made);
    }
    return this.#layers.get(key);
  }

  #show(layer, members, legend) {
    this.#members = members;
    if (this.#shown && this.#shown !== layer) this.#shown.remove();
    if (!this.#map.hasLayer(layer)) layer.addTo(this.#map).bringToBack();
    this.#shown = layer;
    this.#paint();
    this.#drawCircles();
    this.#labels.show(layer, members, this.view.focus, (code) => this.lift(code));
    this.#count(legend);
  }

  #each(act) {
    if (!this.#shown) return;
    this.#shown.eachLayer((layer) => {
      const path = layer.getElement();
      if (path) act(path, layer.feature.id, layer);
    });
  }

  #paint() {
    if (!this.#shown) return;
    const { focus } = this.view;
    this.#each((path, code, layer) => {
      paint(path, code, this.#members[code], this.#hidden);
      if (focus) path.classList.add(code === focus ? "is-focus" : "is-beside");
      if (code === focus) layer.bringToFront();
    });
    this.#circles.eachLayer(({ _path, options }) => _path && _path.classList.toggle("is-off", this.#hidden.has(options.kind)));
  }

  /** One circle for a count, the largest lowest; its size comes from the server, where the legend's sizes do. */
  #drawCircles() {
    this.#circles.clearLayers();
    const drawn = [];
    this.#each((path, code, layer) => {
      const region = this.#members[code];
      if (region && region.radius) drawn.push({ region, code, layer });
    });
    drawn.sort((first, second) => second.region.radius - first.region.radius);
    for (const { region, code, layer } of drawn) {
      const look = { pane: "circles", radius: region.radius, className: "count-circle", kind: region.class };
      const circle = L.circleMarker(largestRingCentre(layer), look).addTo(this.#circles);
      circle.getElement().dataset.code = code;
      circle.getElement().classList.toggle("is-off", this.#hidden.has(region.class));
    }
  }

  /** The legend counts what is drawn: districts while they show, and what the page says again after. */
  #count(legend) {
    const places = [...document.querySelectorAll(".areas-legend [data-class]")];
    if (legend && !this.#legend) this.#legend = Object.fromEntries(places.map((place) => [place.dataset.class, place.textContent]));
    const counts = legend ? legend.counts : this.#legend;
    if (counts) for (const place of places) place.textContent = counts[place.dataset.class];
    const note = document.querySelector("[data-finer]");
    if (note) note.hidden = !legend;
    if (!legend) this.#legend = null;
  }
}

/** The part that shows regions and districts; a map may have none. */
export function areasPart({ map, regions }) {
  if (!regions) return {};
  const areas = new Areas(map, regions);
  return {
    setView: (view) => areas.setView(view),
    setHidden: (names) => areas.setHidden(names),
    bounds: () => areas.focused && areas.focused.getBounds(),
    lift: (key) => areas.lift(key),

    pick(event) {
      const target = event.originalEvent && event.originalEvent.target;
      const code = target && target.dataset ? target.dataset.code : undefined;
      const region = code === undefined ? undefined : areas.member(code);
      if (!region || !region.name) return undefined;
      return { key: code, card: (isOpen) => (isOpen ? regionCard(region, areas.view.words, () => areas.zoomTo(code)) : regionCard(region)) };
    },
  };
}
