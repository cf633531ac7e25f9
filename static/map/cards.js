// What tooltips and popups about schools say. Every word and number is set as text, never as markup.

import { element } from "./regions.js";

/** What a school's popup says: name, place, status in words, facts, link. */
export function schoolCard(school) {
  const card = element("div", `card status-${school.status.replace("_", "-")}`);
  card.append(element("strong", "card-title", school.name));
  if (school.place) card.append(element("div", "card-place", school.place));
  card.append(element("div", "card-status", school.sentence));
  const facts = element("dl", "card-facts");
  for (const [name, value] of school.facts || []) facts.append(element("dt", "", name), element("dd", "", value));
  if (facts.children.length) card.append(facts);
  if (school.url) {
    const link = element("a", "card-link", school.link);
    link.href = school.url;
    card.append(link);
  }
  return card;
}

/** What a school's tooltip says: name and status in words. */
export function schoolHint(school) {
  const card = element("div", "card");
  card.append(element("strong", "card-title", school.name), element("div", "card-line", school.sentence));
  return card;
}

/** What a mark says that stands for several schools: how many, and a button that zooms to them. */
export function groupCard(words, onZoom) {
  const card = element("div", "card");
  card.append(element("strong", "card-title", words.stands_for));
  if (onZoom) {
    const button = element("button", "card-button", words.zoom_here);
    button.type = "button";
    button.addEventListener("click", onZoom);
    card.append(button);
  }
  return card;
}

/** A whole number grouped as the server groups them, by the sign that it sent. */
export function grouped(number, sign) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, sign);
}
