// The map of a page: folium's script builds map and regions and calls qosyl.start; the page's JSON says what to show.

import { STATUSES, readPayload } from "./map/payload.js";
import { colourRegions, element, labelRegions, regionCard } from "./map/regions.js";
import { SchoolLayer } from "./map/schools.js";

const MOUSE_REACH = 4;
const TOUCH_REACH = 16;

class SchoolMap {
  constructor(map, regions, view) {
    this.map = map;
    this.regions = regions;
    this.view = view;
    this.container = map.getContainer();
    this.home = map.getBounds();
    map.createPane("schools");
    this.layer = new SchoolLayer().addTo(map);
    this.tooltip = L.tooltip({ className: "map-tooltip", offset: [12, 0], direction: "auto" });
    this.message = element("p", "map-message", view.words.loading);
    this.message.setAttribute("role", "status");
    this.container.append(this.message);
  }

  start() {
    this.#nameControls();
    colourRegions(this.regions, this.view.regions, this.view.focus);
    this.#goHome();
    labelRegions(this.map, this.regions, this.view.regions, this.view.focus);
    this.#listen();
    this.#legend();
    this.#linkTable();
    this.load();
  }

  /** Fetch the schools and draw them; says so and offers another try where that fails. */
  async load() {
    this.container.dataset.state = "loading";
    try {
      const answer = await fetch(this.view.payload_url);
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      const schools = readPayload(await answer.arrayBuffer());
      this.layer.setSchools(schools);
      this.container.dataset.drawn = schools.placed;
      this.container.dataset.notPlaced = schools.notPlaced.reduce((sum, count) => sum + count, 0);
      this.container.dataset.state = "ready";
      this.message.textContent = this.view.words.none_drawn;
      this.message.hidden = schools.placed > 0 || this.container.dataset.notPlaced === "0";
    } catch (error) {
      this.container.dataset.state = "failed";
      this.#offerRetry();
    }
  }

  #offerRetry() {
    const again = element("button", "", this.view.words.retry);
    again.type = "button";
    again.addEventListener("click", () => this.load());
    this.message.replaceChildren(`${this.view.words.failed} `, again);
    this.message.hidden = false;
  }

  #nameControls() {
    const { words } = this.view;
    this.container.setAttribute("aria-label", words.label);
    for (const [name, text] of [["in", words.zoom_in], ["out", words.zoom_out]]) {
      const button = this.container.querySelector(`.leaflet-control-zoom-${name}`);
      if (button) {
        button.title = text;
        button.setAttribute("aria-label", text);
      }
    }
  }

  #goHome() {
    const saved = /map=([\d.]+)\/(-?[\d.]+)\/(-?[\d.]+)/.exec(location.hash);
    if (saved) {
      this.map.setView([Number(saved[2]), Number(saved[3])], Number(saved[1]), { animate: false });
      return;
    }
    this.regions.eachLayer((layer) => {
      if (layer.feature.id === this.view.focus) this.map.fitBounds(layer.getBounds(), { animate: false });
    });
  }

  #listen() {
    this.map.on("mousemove", (event) => this.#hover(event));
    this.map.on("mouseout", () => this.#leave());
    this.map.on("click", (event) => this.#choose(event));
    this.map.on("popupclose", () => this.layer.select(-1));
    this.map.on("moveend", () => this.#remember());
    this.container.addEventListener("keydown", (event) => this.#onKey(event));
    this.container.addEventListener("pointerdown", () => this.container.classList.remove("is-steered"));
    new ResizeObserver(() => this.map.invalidateSize({ animate: false })).observe(this.container);
  }

  /** Steered by keys, the map shows a cross in its middle; Enter opens the school nearest to it. */
  #onKey(event) {
    if (event.target === this.container) this.container.classList.add("is-steered");
    this.hasMoved = true;
    if (event.key === "Escape") this.map.closePopup();
    if (event.key !== "Enter" || event.target !== this.container) return;
    const centre = this.map.getSize().divideBy(2);
    const index = this.layer.hit(centre, 60);
    if (index >= 0) this.openSchool(index);
  }

  /** Keep the place that was moved to in the address, without a new entry in the history. */
  #remember() {
    if (!this.hasMoved) return;
    const { lat, lng } = this.map.getCenter();
    const place = `map=${this.map.getZoom()}/${lat.toFixed(4)}/${lng.toFixed(4)}`;
    const hidden = [...this.layer.hidden].map((code) => STATUSES[code]);
    history.replaceState(null, "", `#${place}${hidden.length ? `&hide=${hidden.join(",")}` : ""}`);
  }

  #regionAt(event) {
    const target = event.originalEvent && event.originalEvent.target;
    const code = target && target.dataset ? target.dataset.code : undefined;
    return code === undefined ? undefined : { code, ...this.view.regions[code] };
  }

  #hover(event) {
    this.hasMoved = true;
    const isOnSchool = this.layer.hit(event.containerPoint, MOUSE_REACH) >= 0;
    this.container.classList.toggle("is-on-school", isOnSchool);
    const region = isOnSchool ? undefined : this.#regionAt(event);
    this.#lift(region && region.code);
    if (!region || !region.name) {
      this.map.closeTooltip(this.tooltip);
      return;
    }
    if (this.shown !== region.code) this.tooltip.setContent(regionCard(region));
    this.shown = region.code;
    this.tooltip.setLatLng(event.latlng);
    this.map.openTooltip(this.tooltip);
  }

  #leave() {
    this.shown = undefined;
    this.#lift(undefined);
    this.map.closeTooltip(this.tooltip);
  }

  #lift(code) {
    this.regions.eachLayer((layer) => {
      const path = layer.getElement();
      if (path) path.classList.toggle("is-lifted", layer.feature.id === code);
    });
  }

  #choose(event) {
    this.hasMoved = true;
    const isTouch = event.originalEvent && event.originalEvent.pointerType === "touch";
    const index = this.layer.hit(event.containerPoint, isTouch ? TOUCH_REACH : MOUSE_REACH);
    if (index >= 0) {
      this.openSchool(index);
      return;
    }
    const region = this.#regionAt(event);
    if (region && region.name) this.#popup(event.latlng, regionCard(region, this.view.words.open_region));
  }

  #popup(latLng, content) {
    this.#leave();
    return L.popup({ className: "map-popup", maxWidth: 320, minWidth: 200 }).setLatLng(latLng).setContent(content).openOn(this.map);
  }

  /** Open the popup of one school; its text is fetched and set as text. */
  async openSchool(index) {
    const popup = this.#popup(this.layer.latLng(index), element("p", "card-line", this.view.words.loading));
    this.layer.select(index);
    try {
      const answer = await fetch(this.view.school_url.replace("{row}", this.layer.schools.row(index)));
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      popup.setContent(schoolCard(await answer.json()));
    } catch (error) {
      popup.setContent(element("p", "card-line", this.view.words.failed));
    }
  }

  #legend() {
    const hidden = /hide=([a-z_,]+)/.exec(location.hash);
    const names = new Set(hidden ? hidden[1].split(",") : []);
    for (const box of document.querySelectorAll("input[data-status]")) {
      const code = STATUSES.indexOf(box.dataset.status);
      box.hidden = false;
      box.checked = !names.has(box.dataset.status);
      this.layer.setHidden(code, !box.checked);
      box.addEventListener("change", () => {
        this.hasMoved = true;
        this.layer.setHidden(code, !box.checked);
        this.#remember();
      });
    }
  }

  /** Rows of the table lift their region on the map. */
  #linkTable() {
    for (const row of document.querySelectorAll("tr[data-region]")) {
      row.addEventListener("pointerenter", () => this.#lift(row.dataset.region));
      row.addEventListener("pointerleave", () => this.#lift(undefined));
    }
  }
}

/** What a school's popup says: name, place, status in words, facts, link. */
function schoolCard(school) {
  const card = element("div", `card status-${school.status.replace("_", "-")}`);
  card.append(element("strong", "card-title", school.name));
  if (school.place) card.append(element("div", "card-place", school.place));
  card.append(element("div", "card-status", school.sentence));
  const facts = element("dl", "card-facts");
  for (const [name, value] of school.facts || []) facts.append(element("dt", "", name), element("dd", "", value));
  if (facts.children.length) card.append(facts);
  const link = element("a", "card-link", school.link);
  link.href = school.url;
  card.append(link);
  return card;
}

window.qosyl = {
  start(map, regions, viewId) {
    const view = JSON.parse(document.getElementById(viewId).textContent);
    new SchoolMap(map, regions, view).start();
  },
};
