// The time line over releases: its links are followed without a reload by live.js; this plays them one after another, and lets arrow keys
// step while the focus is in it. Nothing plays by itself, nor for people who ask for reduced motion.

const PAUSE_MS = 2000;
const PATIENCE_MS = 20000;

let timer = 0;
let last = "";

const part = (selector) => document.querySelector(`.timeline ${selector}`);
const isPlaying = () => timer !== 0;

function wait(action, milliseconds) {
  clearTimeout(timer);
  timer = setTimeout(action, milliseconds);
}

function stop() {
  clearTimeout(timer);
  timer = 0;
  showState();
}

/** Go on to the next release; without one, playing is over. */
function step() {
  const next = part("a[rel=next]");
  if (!next) return stop();
  wait(stop, PATIENCE_MS);
  return next.click();
}

function play() {
  if (part("a[rel=next]")) return step();
  const first = [...document.querySelectorAll(".timeline-list a")].find((link) => link.getAttribute("href") === part("button").dataset.first);
  if (!first) return undefined;
  wait(stop, PATIENCE_MS);
  return first.click();
}

function showState() {
  const button = part(".timeline-play");
  if (!button) return;
  const [sign, words] = button.children;
  button.dataset.play = button.dataset.play || words.textContent;
  sign.textContent = isPlaying() ? "❚❚" : "▶";
  words.textContent = isPlaying() ? button.dataset.pause : button.dataset.play;
  button.hidden = matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** The page shows another release: keep the focus where it was, and play on. */
function onView() {
  showState();
  if (last && document.activeElement === document.body) {
    const same = part(last) || part(".timeline-play:not([hidden])") || part("a[data-live]");
    if (same) same.focus({ preventScroll: true });
  }
  if (!isPlaying()) return;
  if (part("a[rel=next]")) wait(step, PAUSE_MS);
  else stop();
}

function onClick(event) {
  if (event.target.closest(".timeline-play")) {
    if (isPlaying()) stop();
    else play();
    showState();
  } else if (event.isTrusted && event.target.closest("a, button, select, input") && isPlaying()) {
    stop();
  }
}

function onKey(event) {
  if (!event.target.closest(".timeline") || event.target.matches("select")) return;
  const rel = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
  if (event.key === "Escape" && isPlaying()) stop();
  if (!rel || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  if (isPlaying()) stop();
  const link = part(`a[rel=${rel}]`);
  if (link) link.click();
}

/** Let the time line of the page, if it has one, play. */
export function startTimeline() {
  if (!document.querySelector(".timeline")) return;
  document.addEventListener("qosyl:view", onView);
  document.addEventListener("click", onClick, true);
  document.addEventListener("keydown", onKey);
  document.addEventListener("focusin", (event) => {
    const key = event.target.closest(".timeline") && event.target.dataset.liveKey;
    last = key ? `[data-live-key="${key}"]` : "";
  });
  document.addEventListener("visibilitychange", () => document.hidden && isPlaying() && stop());
  showState();
}
