// The legend's switches: each input `data-status` or `data-switch` hides what its name says, in every map of the page.

const SWITCHES = "input[data-status], input[data-switch]";

function nameOf(box) {
  return box.dataset.status || box.dataset.switch;
}

/** Make the switches of the page, which may have been replaced, show what is hidden. */
export function showSwitches(hidden) {
  for (const box of document.querySelectorAll(SWITCHES)) {
    box.hidden = false;
    box.checked = !hidden.has(nameOf(box));
  }
}

/** Call back with a name and whether it is hidden now, whenever somebody turns a switch. */
export function onSwitch(callback) {
  document.addEventListener("change", (event) => {
    if (event.target.matches(SWITCHES)) callback(nameOf(event.target), !event.target.checked);
  });
}
