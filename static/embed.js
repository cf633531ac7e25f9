// Copies a text that stands in a field of the page.

async function copy(button) {
  const field = document.getElementById(button.dataset.copy);
  const said = button.closest("details").querySelector("[role=status]");
  try {
    await navigator.clipboard.writeText(field.value);
    said.textContent = button.dataset.copied;
  } catch {
    field.select(); // the clipboard is closed to pages without TLS; what is selected can be copied by hand
  }
}

/** Let buttons marked `data-copy` copy the field that they name. */
export function useCopying() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copy(button);
  });
}
