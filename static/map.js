// The maps of a page: folium's script builds map and regions and calls qosyl.start; the page's JSON says what to show.

import { useCopying } from "./embed.js";
import { goLive } from "./live.js";
import { usePaper } from "./print.js";
import { useSharing } from "./share.js";
import { useTables } from "./table.js";
import { areasPart } from "./map/areas.js";
import { groundPart } from "./map/ground.js";
import { listenToGoto } from "./map/goto.js";
import { hexagonsPart } from "./map/hexagons.js";
import { SchoolMap } from "./map/school_map.js";
import "./search.js";
import { startTimeline } from "./timeline.js";

/** Makers of what lies under the schools, topmost first; map/school_map.js says what a part is. */
const MAKERS = [hexagonsPart, areasPart, groundPart];
const OWN_VIEW = "map-view";

/**
 * `qosyl.start(map, regions, viewId)` makes a map of a view and gives the `SchoolMap`; `qosyl.maps` has them all in order. The map of
 * the page's own view alone keeps its place in the address and follows the event `qosyl:view`; others are told by `setView`.
 */
window.qosyl = {
  maps: [],
  start(map, regions, viewId) {
    const view = JSON.parse(document.getElementById(viewId).textContent);
    const made = new SchoolMap(map, regions, view, { makers: MAKERS, hasAddress: viewId === OWN_VIEW });
    if (viewId === OWN_VIEW) document.addEventListener("qosyl:view", (event) => event.detail && made.setView(event.detail));
    if (viewId === OWN_VIEW) listenToGoto(made);
    window.qosyl.maps.push(made);
    return made;
  },
};

goLive();
useTables();
useSharing();
useCopying();
usePaper();
startTimeline();
