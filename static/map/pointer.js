// What mouse, finger and keys do on a map: hints, popups, and the cross in the middle while it is steered by keys.

import { grouped, groupCard, schoolCard, schoolHint } from "./cards.js";
import { element } from "./regions.js";

const MOUSE_REACH = 4;
const TOUCH_REACH = 16;
const KEYS_REACH = 60;
const HINT_DELAY_MS = 120;
const ZOOM_INTO_GROUP = 2;
const WIDEST_POPUP = 320;
const NARROWEST_POPUP = 200;
const POPUP_FRAME = 36;
const EDGE = 10;

export class Pointer {
  #owner;
  #map;
  #container;
  #tooltip = L.tooltip({ className: "map-tooltip", offset: [12, 0], direction: "auto" });
  #hinted;
  #timer;

  /** @param {SchoolMap} owner the map whose schools and parts lie under the pointer */
  constructor(owner) {
    this.#owner = owner;
    this.#map = owner.map;
    this.#container = owner.container;
    this.#map.on("mousemove", (event) => this.#hover(event));
    this.#map.on("mouseout", () => this.leave());
    this.#map.on("click", (event) => this.#choose(event));
    this.#map.on("popupclose", () => owner.schools.layer.select(null));
    this.#map.getPane("popupPane").setAttribute("aria-live", "polite");
    this.#container.addEventListener("keydown", (event) => this.#onKey(event));
    this.#container.addEventListener("pointerdown", () => this.#container.classList.remove("is-steered"));
  }

  /** Show no hint and lift nothing. */
  leave() {
    clearTimeout(this.#timer);
    this.#hinted = undefined;
    this.#owner.lift(undefined);
    this.#map.closeTooltip(this.#tooltip);
  }

  #hover(event) {
    const mark = this.#owner.schools.layer.hit(event.containerPoint, MOUSE_REACH);
    this.#container.classList.toggle("is-on-school", mark !== null);
    if (mark) {
      this.#hintMark(mark);
      return;
    }
    const found = this.#owner.pick(event);
    if (!found) {
      this.leave();
      return;
    }
    if (this.#hinted !== found.key) {
      this.leave();
      this.#owner.lift(found.key);
      this.#tooltip.setContent(found.card(false));
    }
    this.#hinted = found.key;
    this.#showHint(event.latlng);
  }

  /** A school's name is fetched when the pointer rests on its mark. */
  #hintMark(mark) {
    const key = `school ${mark.row}`;
    if (this.#hinted === key) return;
    this.leave();
    this.#hinted = key;
    this.#timer = setTimeout(async () => {
      try {
        const card = mark.count > 1 ? groupCard(this.#words(mark.count)) : schoolHint(await this.#owner.schools.card(mark.row));
        if (this.#hinted !== key) return;
        this.#tooltip.setContent(card);
        this.#showHint(this.#owner.schools.layer.latLng(mark));
      } catch (error) {
        // A hint is not worth a message: the popup says it where it cannot be loaded.
        if (this.#hinted === key) this.#hinted = undefined;
      }
    }, HINT_DELAY_MS);
  }

  #showHint(latLng) {
    this.#tooltip.setLatLng(latLng);
    this.#map.openTooltip(this.#tooltip);
  }

  #words(count) {
    const { words } = this.#owner.view;
    return { ...words, stands_for: words.stands_for.replace("{n}", grouped(count, words.group)) };
  }

  #choose(event) {
    const isTouch = event.originalEvent && event.originalEvent.pointerType === "touch";
    const mark = this.#owner.schools.layer.hit(event.containerPoint, isTouch ? TOUCH_REACH : MOUSE_REACH);
    if (mark) {
      this.openMark(mark);
      return;
    }
    const found = this.#owner.pick(event);
    if (found) this.#popup(event.latlng, found.card(true));
  }

  /** Steered by keys, the map shows a cross in its middle; Enter opens the school nearest to it. */
  #onKey(event) {
    if (event.key === "Escape") this.#map.closePopup();
    if (event.target !== this.#container) return;
    this.#container.classList.add("is-steered");
    if (event.key !== "Enter") return;
    const mark = this.#owner.schools.layer.hit(this.#map.getSize().divideBy(2), KEYS_REACH);
    if (mark) this.openMark(mark);
  }

  #popup(latLng, content) {
    this.leave();
    const options = { className: "map-popup", ...this.#popupRoom() };
    const popup = L.popup(options).setLatLng(latLng).setContent(content).openOn(this.#map);
    const close = popup.getElement().querySelector(".leaflet-popup-close-button");
    if (close) close.setAttribute("aria-label", this.#owner.view.words.close);
    return popup;
  }

  /** Popups open beside the zoom buttons, never under them, and are no wider than the room that is left. */
  #popupRoom() {
    const zoom = this.#container.querySelector(".leaflet-control-zoom");
    const left = EDGE + (zoom ? zoom.offsetLeft + zoom.offsetWidth : 0);
    const maxWidth = Math.min(WIDEST_POPUP, this.#map.getSize().x - left - EDGE - POPUP_FRAME);
    return { maxWidth, minWidth: Math.min(NARROWEST_POPUP, maxWidth), autoPanPaddingTopLeft: [left, EDGE], autoPanPaddingBottomRight: [EDGE, EDGE] };
  }

  /** Open the popup of a mark; a school's text is fetched and set as text. */
  async openMark(mark) {
    const { words } = this.#owner.view;
    const { schools } = this.#owner;
    const latLng = schools.layer.latLng(mark);
    if (mark.count > 1) {
      const zoom = Math.min(this.#map.getMaxZoom(), this.#map.getZoom() + ZOOM_INTO_GROUP);
      this.#popup(latLng, groupCard(this.#words(mark.count), () => this.#zoomTo(latLng, zoom)));
      schools.layer.select(mark);
      return;
    }
    const popup = this.#popup(latLng, element("p", "card-line", words.loading));
    schools.layer.select(mark);
    try {
      popup.setContent(schoolCard(await schools.card(mark.row)));
    } catch (error) {
      popup.setContent(element("p", "card-line", words.failed));
    }
  }

  #zoomTo(latLng, zoom) {
    this.#map.closePopup();
    this.#map.setView(latLng, zoom);
    this.#container.focus({ preventScroll: true });
  }
}
