// A school that was chosen elsewhere on the page, such as in the search field: the map moves there and opens its card.

const ZOOM = 13;
const WAIT_MS = 3000;
const WAIT_DRAWN_MS = 700;
const GLIDE_MS = 350;

/** Listen to "qosyl:goto" (static/search.js) for a map; a school that its filters or switches hide is shown on its own page instead. */
export function listenToGoto(made) {
  document.addEventListener("qosyl:goto", (event) => {
    event.preventDefault();
    goTo(made, event.detail);
  });
}

function goTo(made, { lat, lng, row, url }) {
  const began = Date.now();
  made.container.scrollIntoView({ block: "nearest" });
  made.container.focus({ preventScroll: true });
  made.lookAt(lat, lng, ZOOM);
  const open = () => {
    const mark = made.schools.layer.hit(made.map.latLngToContainerPoint([lat, lng]), 2);
    if (mark) made.pointer.openMark({ ...mark, row, count: 1 });
    else if (Date.now() - began < (made.container.dataset.state === "ready" ? WAIT_DRAWN_MS : WAIT_MS)) setTimeout(open, 100);
    else location.assign(url);
  };
  setTimeout(open, made.map.options.zoomAnimation ? GLIDE_MS : 0);
}
