// Tables of a page: sorted by a button in their headings, and each row leads to its place on the map and back.

const SCHOOL_ZOOM = 13;
const CARD_WAIT_MS = 4000;

const sorting = new Map();
let origin = null;

function valueOf(row, column, kind) {
  const cell = row.cells[column];
  if (kind === "text") return cell.textContent.trim();
  return cell.dataset.v ? Number(cell.dataset.v) : null;
}

/** Order of two rows: what has no value comes last either way, as does the row that is marked so. */
function compared(first, second, column, kind, sign) {
  const isLast = [first, second].map((row) => row.hasAttribute("data-last"));
  if (isLast[0] !== isLast[1]) return isLast[0] ? 1 : -1;
  const [left, right] = [first, second].map((row) => valueOf(row, column, kind));
  if (left === null || right === null) return (left === null) - (right === null);
  return sign * (kind === "text" ? left.localeCompare(right, document.documentElement.lang) : left - right);
}

function sortBy(table, column, isUp) {
  const heads = [...table.tHead.rows[0].cells];
  const kind = heads[column].dataset.sort;
  const rows = [...table.tBodies[0].rows];
  rows.sort((first, second) => compared(first, second, column, kind, isUp ? 1 : -1));
  table.tBodies[0].append(...rows);
  for (const head of heads) head.removeAttribute("aria-sort");
  heads[column].setAttribute("aria-sort", isUp ? "ascending" : "descending");
}

function onSort(button) {
  const head = button.closest("th");
  const table = head.closest("table");
  const former = head.getAttribute("aria-sort");
  const isUp = former ? former === "descending" : head.dataset.sort !== "down";
  sortBy(table, head.cellIndex, isUp);
  sorting.set(table.dataset.sortable, { column: head.cellIndex, isUp });
  const box = document.querySelector("[data-live-box]");
  const words = isUp ? box.dataset.sortedUp : box.dataset.sortedDown;
  box.querySelector("[role=status]").textContent = words.replace("{column}", button.textContent.replace(/\s+/g, " ").trim());
}

/** Make buttons of the headings, and sort again what was sorted before the page changed. */
function prepareTables() {
  for (const table of document.querySelectorAll("table[data-sortable]")) {
    for (const head of table.tHead.querySelectorAll("th[data-sort]")) {
      if (head.querySelector("button")) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.dataset.liveKey = `sort-${table.dataset.sortable}-${head.cellIndex}`;
      button.append(...head.childNodes);
      head.append(button);
    }
    const chosen = sorting.get(table.dataset.sortable);
    if (chosen && table.tHead.rows[0].cells[chosen.column].dataset.sort) sortBy(table, chosen.column, chosen.isUp);
  }
}

function pageMap() {
  return window.qosyl && window.qosyl.maps && window.qosyl.maps[0];
}

function lookAtRegion(made, code) {
  made.isUsed = true;
  const shapes = [];
  made.map.eachLayer((layer) => {
    if (layer.feature && layer.feature.id === code && layer.getBounds) shapes.push(layer);
  });
  if (shapes.length) made.map.fitBounds(shapes[0].getBounds());
  made.lift(code);
}

/** Look at a school and open its card, once the marks around it are drawn. */
function lookAtSchool(made, link) {
  const [latitude, longitude] = link.dataset.lookAt.split("/").map(Number);
  made.lookAt(latitude, longitude, SCHOOL_ZOOM);
  const end = Date.now() + CARD_WAIT_MS;
  const open = () => {
    const centre = made.map.latLngToContainerPoint([latitude, longitude]);
    const mark = made.schools.layer.hit(centre, 2);
    if (mark) made.pointer.openMark({ ...mark, row: Number(link.dataset.lookSchool), count: 1 });
    else if (Date.now() < end) setTimeout(open, 100);
  };
  setTimeout(open, made.map.options.zoomAnimation ? 350 : 0);
}

function look(link) {
  const made = pageMap();
  if (!made) return false;
  document.getElementById("map").scrollIntoView({ block: "start" });
  made.container.focus({ preventScroll: true });
  if (link.dataset.lookRegion) lookAtRegion(made, link.dataset.lookRegion);
  else lookAtSchool(made, link);
  origin = link.dataset.liveKey;
  document.querySelector("[data-look-back]").hidden = false;
  return true;
}

function goBack() {
  document.querySelector("[data-look-back]").hidden = true;
  const link = origin && document.querySelector(`[data-live-key="${CSS.escape(origin)}"]`);
  origin = null;
  if (!link) return;
  link.scrollIntoView({ block: "center" });
  link.focus({ preventScroll: true });
}

/** Let the tables of the page be sorted, and their rows lead to the map. */
export function useTables() {
  if (!document.querySelector("[data-live-box]")) return;
  prepareTables();
  document.addEventListener("qosyl:view", prepareTables);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.sort");
    if (button) onSort(button);
    const link = event.target.closest("a.to-map");
    if (link && look(link)) event.preventDefault();
    if (event.target.closest("[data-look-back]")) goBack();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && origin && event.target.closest(".map")) goBack();
  });
}
