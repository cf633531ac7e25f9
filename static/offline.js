// The map of a bundle that opens from a disk: its data were put on `window` by the scripts before, and nothing is ever asked of a server.

import { areasPart } from "./map/areas.js";
import { groundPart } from "./map/ground.js";
import { SchoolMap } from "./map/school_map.js";
import { useTables } from "./table.js";

/** What each school's popup says, by row of the release: its own name, and words that it shares with others. */
function cardsOf({ rows, names, ids, places, states, enrolments }, words) {
  const cards = {};
  for (let i = 0; i < rows.length; i += 1) {
    const [status, sentence, speed] = words.states[states[i]];
    const [students, needs] = words.enrolments[enrolments[i]];
    const facts = [[words.students, students], [words.needs, needs]];
    if (speed !== null) facts.splice(1, 0, [words.speed, speed]);
    const name = names[i] ?? words.unnamed.replace("{id}", ids[i]);
    cards[rows[i]] = { name, place: words.places[places[i]], status, sentence, facts };
  }
  return cards;
}

window.qosyl = {
  maps: [],
  start(map, regions) {
    const { qosylView: view, qosylSchools: schools } = window;
    const points = { ...view.points, data: schools.tile, cards: cardsOf(schools, view.cards) };
    window.qosyl.maps.push(new SchoolMap(map, regions, { ...view, points }, { makers: [areasPart, groundPart], hasAddress: true }));
  },
};

document.documentElement.classList.add("is-live");
useTables();
