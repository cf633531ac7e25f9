// The report of an import: asks how far the work is, and says which choices wait to be read again. Everything works without it.

const FIRST_WAIT_MS = 700;
const LONGEST_WAIT_MS = 8000;
const GROWTH = 1.25;

const working = document.querySelector("[data-poll]");
if (working) watch(working);
const edited = new Set();
let isSent = false;
for (const form of document.querySelectorAll("form[data-reading], form[data-matches]")) noteChanges(form);
addEventListener("beforeunload", (event) => {
  if (!isSent && edited.size) event.preventDefault();
});
for (const form of document.querySelectorAll("form[data-matches]")) countAbove(form);
openTarget();
addEventListener("hashchange", openTarget);

/** Ask now and then where an import stands, and show the page anew once the work is done. */
function watch(section) {
  const words = JSON.parse(document.getElementById("progress-words").textContent);
  const said = section.querySelector("[data-stage]");
  const bar = section.querySelector("[data-progress]");
  let wait = FIRST_WAIT_MS;

  async function look() {
    try {
      const answer = await fetch(section.dataset.poll, { headers: { Accept: "application/json" }, cache: "no-store" });
      if (answer.status === 429 || answer.status >= 500) throw new Error(String(answer.status));
      if (!answer.ok) return location.reload();
      const found = await answer.json();
      if (!(found.state in words) && !["reading", "publishing"].includes(found.state)) return location.reload();
      const stage = words[found.step ?? found.state] ?? words[found.state];
      if (stage && said.textContent !== stage) said.textContent = stage;
      if (found.progress > 0) bar.value = found.progress;
      else bar.removeAttribute("value");
      wait = Math.min(wait * GROWTH, LONGEST_WAIT_MS / 4);
    } catch {
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    }
    setTimeout(look, wait);
  }

  setTimeout(look, wait);
}

/** Mark choices that were changed and not sent yet; leaving the page then asks first, and so does another of its forms. */
function noteChanges(form) {
  const fields = Array.from(form.elements).filter((field) => isChoice(field));
  const first = new Map(fields.map((field) => [field, stateOf(field)]));

  function mark() {
    const changed = fields.filter((field) => stateOf(field) !== first.get(field));
    for (const field of fields) field.closest("tr, .field, .pair, .check, .card-choice")?.classList.remove("is-edited");
    for (const field of changed) field.closest("tr, .field, .pair, .check, .card-choice")?.classList.add("is-edited");
    if (changed.length) edited.add(form);
    else edited.delete(form);
  }

  for (const field of fields) field.addEventListener("change", mark);
  form.addEventListener("submit", () => (isSent = edited.size <= 1 && (edited.has(form) || !edited.size)));
}

function isChoice(field) {
  return field.name && field.type !== "hidden" && field.localName !== "button" && field.localName !== "fieldset" && field.name !== "accept_above";
}

function stateOf(field) {
  return field.type === "radio" || field.type === "checkbox" ? field.checked : field.value;
}

/** Say how many of the suggestions shown are at or above the score that is typed. */
function countAbove(form) {
  const field = form.querySelector("[data-above]");
  const said = form.querySelector("[data-above-count]");
  if (!field || !said) return;
  const scores = Array.from(form.querySelectorAll("[data-score]"), (row) => Number(row.dataset.score));
  const total = Number(form.dataset.matches || scores.length);

  function count() {
    const least = Number(field.value) / 100;
    said.textContent = total > scores.length ? "" : `(${scores.filter((score) => score >= least).length})`;
  }

  field.addEventListener("input", count);
  count();
}

/** Unfold the part of the report that the address names. */
function openTarget() {
  const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  if (target instanceof HTMLDetailsElement) target.open = true;
}
