// On paper the server's picture of the map takes the place of the screen's, which fits no paper. It is asked for when somebody prints,
// and at once: a browser does not wait for what comes later.

/** The picture at an address, as an element; null where it cannot be had, so that the screen's map is printed instead. */
function picture(address) {
  const request = new XMLHttpRequest();
  request.open("GET", address, false);
  try {
    request.send();
  } catch {
    return null;
  }
  return request.status === 200 && request.responseXML ? document.importNode(request.responseXML.documentElement, true) : null;
}

function fill() {
  for (const box of document.querySelectorAll("[data-paper]")) {
    const drawn = picture(box.dataset.paper);
    if (!drawn) continue;
    drawn.setAttribute("role", "img");
    drawn.setAttribute("aria-label", box.dataset.label);
    box.replaceChildren(drawn);
    box.removeAttribute("data-paper");
  }
}

/** Put pictures into the places marked `data-paper` when the page is printed. */
export function usePaper() {
  addEventListener("beforeprint", fill);
}
