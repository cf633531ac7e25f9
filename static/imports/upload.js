// The upload: a file dropped anywhere on the panel or chosen, sent with a progress bar. Without this script the form posts itself.

const form = document.querySelector("form[data-upload]");
const words = JSON.parse(document.getElementById("upload-words").textContent);
const input = form.querySelector("input[type=file]");
const sending = form.querySelector("[data-sending]");
const said = form.querySelector("[data-said]");
const progress = sending.querySelector("progress");
const answer = document.querySelector("[data-answer]");
const BY_SCRIPT = "X-Qosyl-Upload";
const MEGABYTE = 1024 * 1024;

function say(text) {
  sending.hidden = false;
  said.textContent = text;
}

/** A template such as "{name}, {size} kB" with its parts put in. */
function filled(template, parts) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => parts[name] ?? whole);
}

/** A share of 0 to 1 in the page's language, such as "45%". */
function percent(share) {
  return share.toLocaleString(document.documentElement.lang, { style: "percent", maximumFractionDigits: 0 });
}

/** Show why nothing was staged, and lead a screen reader there. */
function refuse(content) {
  sending.hidden = true;
  form.classList.remove("is-sending");
  for (const button of form.querySelectorAll("button")) button.disabled = false;
  answer.replaceChildren(content);
  const alert = answer.querySelector("[role=alert]");
  alert?.setAttribute("tabindex", "-1");
  alert?.focus();
}

function alertOf(text) {
  const box = document.createElement("div");
  box.className = "flash is-bad";
  box.setAttribute("role", "alert");
  const line = document.createElement("p");
  line.textContent = text;
  box.append(line);
  return box;
}

/** The part of a page that says what was wrong with the file or with the request. */
function refusalIn(markup) {
  const page = new DOMParser().parseFromString(markup, "text/html");
  const found = page.querySelector("[data-answer] [role=alert]") ?? page.querySelector("main");
  if (!found) return alertOf(words.failed);
  if (found.getAttribute("role") === "alert") return document.importNode(found, true);
  const box = alertOf("");
  box.replaceChildren(...Array.from(found.childNodes, (node) => document.importNode(node, true)));
  return box;
}

function isTooLarge(file) {
  const limit = Number(form.dataset.maxBytes);
  if (file.size <= limit) return false;
  const parts = { name: file.name, size: (file.size / MEGABYTE).toFixed(1), limit: limit / MEGABYTE };
  refuse(alertOf(filled(words.too_large, parts)));
  return true;
}

function send() {
  const file = input.files[0];
  if (!file || isTooLarge(file)) return;
  answer.replaceChildren();
  const body = new FormData(form);
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "text/html");
  request.setRequestHeader(BY_SCRIPT, "1");
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    progress.value = event.loaded / event.total;
    say(filled(words.sending, { percent: percent(event.loaded / event.total) }));
  });
  request.upload.addEventListener("load", () => {
    progress.removeAttribute("value");
    say(words.reading);
  });
  request.addEventListener("load", () => {
    if (request.status === 200) location.assign(JSON.parse(request.responseText).url);
    else refuse(refusalIn(request.responseText));
  });
  request.addEventListener("error", () => refuse(alertOf(words.failed)));
  form.classList.add("is-sending");
  for (const button of form.querySelectorAll("button")) button.disabled = true;
  say(filled(words.sending, { percent: percent(0) }));
  request.send(body);
}

function describe() {
  const file = input.files[0];
  if (file) say(filled(words.chosen, { name: file.name, size: Math.max(1, Math.round(file.size / 1000)).toLocaleString(document.documentElement.lang) }));
  progress.value = 0;
}

/** Files that a drag carries, if it carries any. */
function carriesFiles(event) {
  return Array.from(event.dataTransfer?.types ?? []).includes("Files");
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
input.addEventListener("change", describe);

let depth = 0;
addEventListener("dragenter", (event) => {
  if (!carriesFiles(event)) return;
  depth += 1;
  form.classList.add("is-over");
});
addEventListener("dragleave", (event) => {
  if (!carriesFiles(event)) return;
  depth = Math.max(0, depth - 1);
  if (!depth) form.classList.remove("is-over");
});
addEventListener("dragover", (event) => {
  if (carriesFiles(event)) event.preventDefault();
});
addEventListener("drop", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  depth = 0;
  form.classList.remove("is-over");
  if (form.classList.contains("is-sending")) return;
  if (event.dataTransfer.files.length !== 1) {
    refuse(alertOf(words.one));
    return;
  }
  input.files = event.dataTransfer.files;
  describe();
  send();
});

form.classList.add("has-script");
// Coming back through the browser's history must not leave the form as it was while it sent.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
