// Takes a view away: its permanent address, with the place that the map looks at, and a print of the page.

async function share(link) {
  const url = new URL(link.href, location.href);
  url.hash = location.hash;
  const said = link.parentElement.querySelector("[role=status]");
  if (navigator.share && matchMedia("(pointer: coarse)").matches) {
    try {
      await navigator.share({ title: document.title, url: url.href });
      return;
    } catch (error) {
      if (error.name === "AbortError") return;
    }
  }
  try {
    await navigator.clipboard.writeText(url.href);
    said.textContent = link.dataset.copied;
  } catch (error) {
    location.assign(url.href);
  }
}

/** Let links marked `data-share` give their address away, and buttons marked `data-print` print. */
export function useSharing() {
  document.documentElement.classList.add("is-live");
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-share]");
    if (link && event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      share(link);
    }
    if (event.target.closest("[data-print]")) window.print();
  });
}
