// What the map says about itself in the picture: synthetic data, thinning, what is hidden and what has no position.

import { grouped } from "./cards.js";
import { element } from "./regions.js";

export class MapNotes {
  #box = element("ul", "map-notes");
  #message = element("p", "map-message");

  constructor(container) {
    this.#message.setAttribute("role", "status");
    this.#message.hidden = true;
    container.append(this.#box, this.#message);
  }

  /** Say what holds of the present picture; sentences without a number come ready from the server. */
  show({ words, notes = {} }, counts, hidden) {
    const fill = (text, number) => (text || "").replace("{n}", grouped(number, words.group || ""));
    const lines = [notes.synthetic];
    if (counts && counts.largest > 1) lines.push(fill(words.thinned, counts.largest));
    if (counts && counts.hidden) lines.push(fill(words.hidden, counts.hidden));
    lines.push(notes.filtered, hidden.has("not_placed") ? "" : notes.not_placed);
    const said = lines.filter(Boolean);
    if (said.join("\n") === [...this.#box.children].map((line) => line.textContent).join("\n")) return;
    this.#box.replaceChildren(...said.map((line) => element("li", line === notes.synthetic ? "is-synthetic" : "", line)));
    this.#box.hidden = said.length === 0;
  }

  /** One sentence over the map, with a button where there is something to do about it; an empty one says nothing. */
  say(text, button) {
    this.#message.replaceChildren(text);
    if (button) {
      const made = element("button", "", button.text);
      made.type = "button";
      made.addEventListener("click", button.act);
      this.#message.append(" ", made);
    }
    this.#message.hidden = !text;
  }
}
