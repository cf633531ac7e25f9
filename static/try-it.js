// Shows the answer to an example where it stands, instead of leaving the page. Without a script the links open the answers themselves.
const MAX_CHARACTERS = 20000;

function shown(text, type) {
  if (!type.includes("json")) return text.slice(0, MAX_CHARACTERS);
  return JSON.stringify(JSON.parse(text), null, 2).slice(0, MAX_CHARACTERS);
}

async function answer(link) {
  const response = await fetch(link.href);
  const type = response.headers.get("Content-Type") || "";
  const status = `${response.status} ${type}`;
  if (!/json|text|csv/.test(type)) return status;
  return `${status}\n\n${shown(await response.text(), type)}`;
}

for (const link of document.querySelectorAll("a[data-try]")) {
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    let place = link.parentElement.nextElementSibling;
    if (!place || !place.matches("pre.tried")) {
      place = document.createElement("pre");
      place.className = "tried";
      place.tabIndex = 0;
      place.setAttribute("aria-live", "polite");
      link.parentElement.after(place);
    }
    place.textContent = "…";
    try {
      place.textContent = await answer(link);
    } catch (error) {
      place.textContent = String(error);
    }
  });
}
