// A page's choices change it without a reload: the same address is fetched as a page, and the parts that the server marked are put in
// the place of the old ones. Words and figures are the server's alone. Without this script the same forms and links are followed plainly.

const PART = "data-live-part";
const SLOW_MS = 400;

let shown = "";
let pending = null;

/** Path and query of an address, which is what figures depend on; the hash says only how the map is looked at. */
function viewOf(address) {
  const url = new URL(address, location.href);
  return url.pathname + url.search;
}

/** Address that a form asks for: no blanks, several values of one name joined by commas, the map's place kept. */
function addressOf(form, submitter) {
  const values = new Map();
  for (const [name, value] of new FormData(form, submitter)) {
    if (value) values.set(name, values.has(name) ? `${values.get(name)},${value}` : value);
  }
  const url = new URL(form.action, location.href);
  url.search = new URLSearchParams([...values]);
  url.hash = location.hash;
  return url.href;
}

function box() {
  return document.querySelector("[data-live-box]");
}

function say(words) {
  const status = box() && box().querySelector("[role=status]");
  if (status) status.textContent = words;
}

function setBusy(isBusy) {
  const main = document.querySelector("main");
  if (isBusy) main.setAttribute("aria-busy", "true");
  else main.removeAttribute("aria-busy");
}

/** What finds an element again in the page that replaces it. */
function keyOf(element) {
  if (element.id) return `#${CSS.escape(element.id)}`;
  if (element.dataset.liveKey) return `[data-live-key="${CSS.escape(element.dataset.liveKey)}"]`;
  if (!element.name) return null;
  const value = element.type === "radio" || element.type === "checkbox" ? `[value="${CSS.escape(element.value)}"]` : "";
  return `[name="${CSS.escape(element.name)}"]${value}`;
}

/** Put the parts of a fetched page in place; what was open stays open and what had the focus keeps it. */
function replaceParts(page) {
  const focus = document.activeElement;
  const key = focus && focus.closest(`[${PART}]`) ? keyOf(focus) : null;
  for (const part of document.querySelectorAll(`[${PART}]`)) {
    const next = page.querySelector(`[${PART}="${part.getAttribute(PART)}"]`);
    if (!next || part.isEqualNode(next)) continue;
    for (const folded of part.querySelectorAll("details[id]")) {
      const same = next.querySelector(`#${CSS.escape(folded.id)}`);
      if (same) same.open = folded.open;
    }
    part.replaceWith(document.adoptNode(next));
  }
  if (key && !focus.isConnected) {
    const again = document.querySelector(key);
    if (again) again.focus({ preventScroll: true });
  }
}

/** The JSON that says what the map shows, renewed; undefined on a page without a map. */
function renewView(page) {
  const [former, next] = [document, page].map((one) => one.getElementById("map-view"));
  if (!former || !next) return undefined;
  former.textContent = next.textContent;
  return JSON.parse(next.textContent);
}

/** Whether a fetched page is made for the scripts that run here; after an update of the service it is not. */
function isOurs(page) {
  const [here, there] = [document, page].map((one) => one.querySelector("script[data-live-script]"));
  return Boolean(here && there) && here.getAttribute("src") === there.getAttribute("src");
}

function fail(address, isStep) {
  for (const form of document.querySelectorAll("form[data-live]")) form.reset();
  const note = box() && box().querySelector("[data-live-failed]");
  if (!note) return location.assign(address);
  note.hidden = false;
  note.querySelector("button").onclick = () => open(address, isStep);
  return undefined;
}

/** Show what another address of this page shows. `isStep`: whether the address is new to the history. */
async function open(address, isStep = true) {
  if (pending) pending.abort();
  const mine = new AbortController();
  pending = mine;
  const failed = box() && box().querySelector("[data-live-failed]");
  if (failed) failed.hidden = true;
  setBusy(true);
  const slow = setTimeout(() => say(box() ? box().dataset.loading : ""), SLOW_MS);
  try {
    const answer = await fetch(viewOf(address), { signal: mine.signal, headers: { Accept: "text/html" } });
    if (answer.status >= 500) throw new Error(`status ${answer.status}`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine.signal.aborted) return;
    if (!answer.ok || !isOurs(page)) {
      location.assign(address);
      return;
    }
    settle(page, viewOf(answer.url) + new URL(address, location.href).hash, isStep);
  } catch (error) {
    if (mine.signal.aborted) return;
    fail(address, isStep);
  } finally {
    clearTimeout(slow);
    if (pending === mine) {
      pending = null;
      setBusy(false);
    }
  }
}

function settle(page, address, isStep) {
  shown = viewOf(address);
  if (isStep) history.pushState(null, "", address);
  document.title = page.title;
  replaceParts(page);
  const view = renewView(page);
  const news = document.querySelector("[data-live-news]");
  say(news ? news.textContent.replace(/\s+/g, " ").trim() : "");
  document.dispatchEvent(new CustomEvent("qosyl:view", { detail: view }));
}

function onSubmit(event) {
  const form = event.target;
  if (!form.matches("form[data-live]")) return;
  event.preventDefault();
  open(addressOf(form, event.submitter));
}

function onChange(event) {
  const { form } = event.target;
  if (form && form.matches("form[data-live]") && form.reportValidity()) open(addressOf(form));
}

function onClick(event) {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest("a[data-live]");
  if (!link || new URL(link.href).pathname !== location.pathname) return;
  event.preventDefault();
  const isPart = link.hash.length > 1 && !link.hash.includes("=");
  const address = new URL(link.href);
  if (isPart || !link.hash) address.hash = location.hash;
  open(address.href).then(() => isPart && goTo(link.hash.slice(1)));
}

/** A part of the page that a link names beside the view. */
function goTo(id) {
  const part = document.getElementById(id);
  if (!part) return;
  part.scrollIntoView({ block: "start" });
  part.focus({ preventScroll: true });
}

/** Let forms and links marked `data-live` change the page that is open. */
export function goLive() {
  if (!document.querySelector("form[data-live], a[data-live]")) return;
  shown = viewOf(location.href);
  document.documentElement.classList.add("is-live");
  document.addEventListener("submit", onSubmit);
  document.addEventListener("change", onChange);
  document.addEventListener("click", onClick);
  addEventListener("popstate", () => {
    if (viewOf(location.href) !== shown || pending) open(location.href, false);
  });
}
