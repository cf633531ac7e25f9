// The regions as a part of the map (parts.js of the map are described in school_map.js): colours, names, what lies under the pointer.

import { colourRegions, labelRegions, regionCard } from "./regions.js";

/** The part that shows folium's regions; a map may have none. */
export function regionPart({ map, regions }) {
  let view;
  let hasLabels = false;
  if (!regions) return {};

  function layerOf(code) {
    return regions.getLayers().find((layer) => layer.feature.id === code);
  }

  return {
    setView(next) {
      view = next;
      colourRegions(regions, view.regions, view.focus);
      if (!hasLabels) labelRegions(map, regions, view.regions, view.focus);
      hasLabels = true;
    },

    bounds() {
      const layer = view.focus ? layerOf(view.focus) : undefined;
      return layer && layer.getBounds();
    },

    pick(event) {
      const target = event.originalEvent && event.originalEvent.target;
      const code = target && target.dataset ? target.dataset.code : undefined;
      const region = code === undefined ? undefined : view.regions[code];
      if (!region || !region.name) return undefined;
      return { key: code, card: (isOpen) => regionCard(region, isOpen ? view.words.open_region : undefined) };
    },

    lift(key) {
      regions.eachLayer((layer) => {
        const path = layer.getElement();
        if (path) path.classList.toggle("is-lifted", layer.feature.id === key);
      });
    },
  };
}
