// One map of a page: the schools, the parts under them, and what keeps them in step with the page's JSON, legend and address.
//
// A part is what one of the functions given as `makers` returns, called with the map; it may have any of these members:
//   setView(view, before)  show another view; `before` is undefined the first time
//   setHidden(names)       hide what the legend's switches of these names stand for
//   bounds()               what the present view looks at, L.LatLngBounds; undefined for the whole map
//   pick(event)            what lies under a Leaflet mouse event: { key, card: (isOpen) => element }, or undefined
//   lift(key)              set off the thing of this key, undefined for none

import { hashOf, readHash } from "./hash.js";
import { onSwitch, showSwitches } from "./legend.js";
import { MapNotes } from "./notes.js";
import { Pointer } from "./pointer.js";
import { SchoolPart } from "./school_part.js";

export class SchoolMap {
  /**
   * @param {L.Map} map
   * @param {?L.GeoJSON} regions folium's layer of regions
   * @param {object} view the page's JSON (geo/web/pages/places.py)
   * @param {{makers: Function[], hasAddress: boolean}} options makers of parts, topmost first; whether the page's hash is this map's
   */
  constructor(map, regions, view, { makers = [], hasAddress = true } = {}) {
    Object.assign(this, { map, regions, container: map.getContainer(), hasAddress, hidden: readHash(location.hash).hidden });
    this.home = map.getBounds();
    this.isUsed = false;
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) stopMotion(map);
    this.notes = new MapNotes(this.container);
    this.schools = new SchoolPart(map, () => this.#say());
    this.parts = makers.map((make) => make(this));
    this.pointer = new Pointer(this);
    this.#listen();
    this.setView(view);
  }

  /** Show another view: the page's JSON after a filter, norm, measure or release was chosen. Nothing is loaded again but schools. */
  setView(view) {
    const before = this.view;
    this.view = view;
    this.#nameControls();
    if (before) this.map.closePopup();
    for (const part of this.parts) if (part.setView) part.setView(view, before);
    if (!before) this.#goTo(readHash(location.hash).place);
    else if (before.focus !== view.focus) this.goHome();
    this.schools.setView(view);
    this.setHidden(this.hidden);
  }

  /** Hide what the switches of these names stand for: statuses by their names, others by what parts call them. */
  setHidden(names) {
    this.hidden = new Set(names);
    showSwitches(this.hidden);
    this.schools.setHidden(this.hidden);
    for (const part of this.parts) if (part.setHidden) part.setHidden(this.hidden);
  }

  /** Look at what the view is about. */
  goHome() {
    const focus = this.parts.map((part) => part.bounds && part.bounds()).find(Boolean);
    this.map.fitBounds(focus || this.home, { animate: false });
  }

  /** Look at a place, for example of a row of a table. */
  lookAt(latitude, longitude, zoom) {
    this.isUsed = true;
    this.map.setView([latitude, longitude], zoom);
  }

  /** The first thing under a mouse event that a part knows. */
  pick(event) {
    for (const part of this.parts) {
      const found = part.pick && part.pick(event);
      if (found) return found;
    }
    return undefined;
  }

  /** Set off the thing of a key, such as a region's code; undefined for none. */
  lift(key) {
    for (const part of this.parts) if (part.lift) part.lift(key);
  }

  #listen() {
    this.map.on("moveend", () => this.#remember());
    for (const kind of ["pointerdown", "wheel", "keydown"]) {
      this.container.addEventListener(kind, () => (this.isUsed = true), { capture: true, passive: true });
    }
    onSwitch((name, isHidden) => {
      const names = new Set(this.hidden);
      if (isHidden) names.add(name);
      else names.delete(name);
      this.isUsed = true;
      this.setHidden(names);
      this.#remember();
    });
    document.addEventListener("pointerover", (event) => this.#liftRow(event.target));
    if (this.hasAddress) addEventListener("hashchange", () => this.#follow());
    new ResizeObserver(() => this.map.invalidateSize({ animate: false })).observe(this.container);
  }

  /** Rows of the page's tables lift their region on the map. */
  #liftRow(target) {
    const row = target instanceof Element ? target.closest("[data-region]") : null;
    if (!row && !this.liftedRow) return;
    this.liftedRow = row;
    this.lift(row ? row.dataset.region : undefined);
  }

  #goTo(place) {
    if (place && this.hasAddress) this.map.setView([place.latitude, place.longitude], place.zoom, { animate: false });
    else if (this.parts.some((part) => part.bounds && part.bounds())) this.goHome();
  }

  /** A link to a place on this page was followed, or the address was changed by hand. */
  #follow() {
    const { place, hidden } = readHash(location.hash);
    if (!place) return;
    this.#goTo(place);
    this.setHidden(hidden);
  }

  /** Keep the place that somebody moved to in the address, without a new entry in the history. */
  #remember() {
    if (!this.isUsed || !this.hasAddress) return;
    const { lat, lng } = this.map.getCenter();
    history.replaceState(history.state, "", hashOf({ zoom: this.map.getZoom(), latitude: lat, longitude: lng }, this.hidden));
  }

  #nameControls() {
    const { words } = this.view;
    this.container.setAttribute("aria-label", words.label);
    for (const [name, text] of [["in", words.zoom_in], ["out", words.zoom_out]]) {
      const button = this.container.querySelector(`.leaflet-control-zoom-${name}`);
      if (!button) continue;
      button.title = text;
      button.setAttribute("aria-label", text);
    }
  }

  #say() {
    const { counts, state } = this.schools;
    const { words } = this.view;
    if (counts) Object.assign(this.container.dataset, { drawn: counts.drawn, notPlaced: counts.notPlaced, hidden: counts.hidden });
    this.notes.show(this.view, counts, this.hidden);
    if (state === "failed") this.notes.say(words.failed, { text: words.retry, act: () => this.schools.retry() });
    else if (!counts) this.notes.say(words.loading);
    else this.notes.say(counts.drawn === 0 && counts.notPlaced > 0 ? words.none_drawn : "");
    this.container.dataset.state = state;
  }
}

/** For people who asked their system for less motion, the map jumps instead of gliding. */
function stopMotion(map) {
  Object.assign(map.options, { zoomAnimation: false, fadeAnimation: false, inertia: false });
  map._zoomAnimated = false;
  const panBy = map.panBy.bind(map);
  map.panBy = (offset, options) => panBy(offset, { ...options, animate: false });
}
