// What lies under the map as a part of it (school_map.js says what a part is): own ground with names, and a base map where one is set.

import { element, loaded } from "./regions.js";

const NAMED_FROM_ZOOM = 4;
const DOT_PX = 2;
const GROUND_PER_NAME_PX = 12000;

class Ground {
  #map;
  #pane;
  #base;
  #layer = L.layerGroup();
  #labels = [];
  #credits = [];
  #shown = "";

  constructor(map) {
    this.#map = map;
    this.#pane = map.createPane("ground");
    map.on("moveend resize", () => this.#place());
  }

  setView({ areas }) {
    const { ground = {} } = areas || {};
    this.#showBase(ground.basemap);
    const url = ground.layers ? ground.layers.url : "";
    if (url === this.#shown) return;
    this.#shown = url;
    this.#load(url, ground.layers);
  }

  #showBase(basemap) {
    if (this.#base || !basemap) return;
    this.#map.attributionControl.setPosition("topright");
    this.#base = L.tileLayer(basemap.url, { attribution: escaped(basemap.credit), maxZoom: this.#map.getMaxZoom() }).addTo(this.#map);
    this.#map.getContainer().classList.add("has-basemap");
  }

  /** Ground is never worth a message: without it the map says the same. */
  async #load(url, layers) {
    try {
      const kinds = url ? await loaded(url) : {};
      if (url !== this.#shown) return;
      this.#draw(kinds);
      for (const credit of this.#credits) this.#map.attributionControl.removeAttribution(credit);
      this.#credits = (layers ? layers.credits : []).map(escaped);
      if (this.#credits.length) this.#map.attributionControl.setPosition("topright"); // the notes of the map are below
      for (const credit of this.#credits) this.#map.attributionControl.addAttribution(credit);
    } catch (error) {
      if (url === this.#shown) this.#shown = "";
    }
  }

  #draw(kinds) {
    this.#layer.clearLayers().addTo(this.#map);
    for (const { label } of this.#labels) label.remove();
    this.#labels = [];
    for (const kind of ["lakes", "rivers", "roads"]) {
      const style = { pane: "ground", className: `ground-${kind}`, interactive: false, fill: kind === "lakes", weight: 1 };
      for (const { geometry, name } of kinds[kind] || []) {
        const drawn = L.geoJSON(geometry, { style: () => style, interactive: false }).addTo(this.#layer);
        if (name && kind === "lakes") this.#name(name, drawn.getBounds().getCenter(), "ground-water");
      }
    }
    for (const { geometry, name } of kinds.places || []) {
      const [longitude, latitude] = geometry.type === "Point" ? geometry.coordinates : geometry.coordinates[0];
      if (name) this.#name(name, L.latLng(latitude, longitude), "ground-town");
    }
    this.#map.getContainer().dataset.ground = Object.values(kinds).reduce((sum, features) => sum + features.length, 0);
    this.#place();
  }

  #name(text, at, kind) {
    const label = element("div", `ground-label ${kind}`, text);
    label.setAttribute("aria-hidden", "true");
    label.hidden = true;
    this.#pane.append(label);
    this.#labels.push({ label, at });
  }

  /** Names that have room, those that matter most first, which is their order; never over a name of a region. */
  #place() {
    const size = this.#map.getSize();
    const view = L.bounds([0, 0], size);
    const most = (size.x * size.y) / GROUND_PER_NAME_PX;
    let named = 0;
    const corner = this.#map.getContainer().getBoundingClientRect();
    const taken = [...this.#map.getContainer().querySelectorAll(".region-label:not([hidden])")].map((label) => boxOf(label, corner));
    for (const { label, at } of this.#labels) {
      const point = this.#map.latLngToContainerPoint(at);
      label.hidden = named >= most || this.#map.getZoom() < NAMED_FROM_ZOOM || !view.contains(point);
      if (label.hidden) continue;
      L.DomUtil.setPosition(label, this.#map.latLngToLayerPoint(at).add([-DOT_PX, -label.offsetHeight / 2])._round());
      const box = boxOf(label, corner);
      label.hidden = !view.contains(box) || taken.some((other) => other.intersects(box));
      if (label.hidden) continue;
      taken.push(box);
      named += 1;
    }
  }
}

function boxOf(label, corner) {
  const { left, top, right, bottom } = label.getBoundingClientRect();
  return L.bounds([left - corner.left, top - corner.top], [right - corner.left, bottom - corner.top]);
}

/** Leaflet takes attributions as markup; these are text. */
function escaped(text) {
  return element("span", "", text).innerHTML;
}

/** The part that shows what lies under regions and schools. */
export function groundPart({ map }) {
  const ground = new Ground(map);
  return { setView: (view) => ground.setView(view) };
}
