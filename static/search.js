// The search field of every page: a combobox with a list by the ARIA Authoring Practices. Focus stays in the field, and
// aria-activedescendant says which option is meant. Without this script the form leads to the page of results.
//
// A choice that a map can show is offered to it first: document gets the event "qosyl:goto" with detail {lat, lng, row, url}. Whoever
// shows the school calls preventDefault(); if nobody does, the choice leads to its own page.

const WAIT_MS = 150;

/** Text of an element that holds nothing else. */
function part(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

class SearchField {
  constructor(form) {
    this.form = form;
    this.input = form.elements.q;
    this.status = form.querySelector("[data-search-status]");
    this.marks = form.querySelector("template");
    this.list = part("ul", "search-list", "");
    this.list.id = `${this.input.id}-list`;
    this.list.hidden = true;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", this.input.getAttribute("aria-label"));
    form.append(this.list);
    this.results = [];
    this.active = -1;
    this.#prepare();
  }

  get isOpen() {
    return !this.list.hidden;
  }

  #prepare() {
    const roles = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id };
    for (const [name, value] of Object.entries(roles)) this.input.setAttribute(name, value);
    this.input.addEventListener("input", () => this.#wait());
    this.input.addEventListener("keydown", (event) => this.#onKey(event));
    this.input.addEventListener("blur", () => this.#close());
    this.form.addEventListener("submit", (event) => this.#submit(event));
    this.list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.#choose(Number(option.dataset.index));
    });
  }

  #submit(event) {
    if (!this.input.value.trim()) event.preventDefault();
    this.#stop();
  }

  #stop() {
    clearTimeout(this.timer);
    if (this.asking) this.asking.abort();
  }

  #wait() {
    this.#stop();
    if (this.input.value.trim()) this.timer = setTimeout(() => this.#ask(), WAIT_MS);
    else this.#close();
  }

  async #ask() {
    this.asking = new AbortController();
    const { signal } = this.asking;
    try {
      const address = `${this.form.dataset.search}?${new URLSearchParams(new FormData(this.form))}`;
      const answer = await fetch(address, { signal, headers: { Accept: "application/json" } });
      const found = await answer.json();
      if (!answer.ok) throw new Error(found.detail || "");
      this.#show(found);
    } catch (error) {
      if (!signal.aborted) this.#show({ results: [], words: this.form.dataset.failed });
    }
  }

  #show(found) {
    if (document.activeElement !== this.input) return;
    this.results = found.results;
    this.list.replaceChildren(...found.results.map((result, index) => this.#option(result, index)));
    if (!found.results.length) {
      const note = part("li", "search-note", found.words);
      note.setAttribute("role", "presentation");
      this.list.append(note);
    }
    this.status.textContent = found.words;
    this.#activate(-1);
    this.list.hidden = false;
    this.list.scrollTop = 0;
    this.input.setAttribute("aria-expanded", String(found.results.length > 0));
  }

  #option(result, index) {
    const option = part("li", "search-option", "");
    option.id = `${this.list.id}-${index}`;
    option.dataset.index = index;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    const mark = this.marks.content.querySelector(`[data-mark="${result.status || "place"}"] svg`);
    const name = part("bdi", "search-name", result.name);
    option.append(mark.cloneNode(true), name, part("small", "", ""));
    option.lastChild.append(part("bdi", "", result.about));
    return option;
  }

  #activate(index) {
    const options = this.list.querySelectorAll("[role=option]");
    options.forEach((option, own) => {
      option.classList.toggle("is-active", own === index);
      option.setAttribute("aria-selected", String(own === index));
    });
    this.active = index;
    if (index < 0) {
      this.input.removeAttribute("aria-activedescendant");
      return;
    }
    this.input.setAttribute("aria-activedescendant", options[index].id);
    options[index].scrollIntoView({ block: "nearest" });
  }

  #onKey(event) {
    if (event.isComposing) return;
    const count = this.isOpen ? this.results.length : 0;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!this.isOpen) this.#wait();
      else if (count && !event.altKey) this.#activate(event.key === "ArrowDown" ? (this.active + 1) % count : (this.active < 1 ? count : this.active) - 1);
      if (event.altKey && event.key === "ArrowUp") this.#close();
    } else if (event.key === "Enter" && this.active >= 0) {
      event.preventDefault();
      this.#choose(this.active);
    } else if (event.key === "Escape") {
      event.preventDefault();
      this.#stop();
      if (this.isOpen) this.#close();
      else this.input.value = "";
    } else if (["Home", "End", "ArrowLeft", "ArrowRight"].includes(event.key)) {
      this.#activate(-1); // and the caret moves in the field
    }
  }

  #close() {
    this.#stop();
    this.#activate(-1);
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.status.textContent = "";
  }

  #choose(index) {
    const { lat, lng, row, url, name } = this.results[index];
    this.#close();
    this.input.value = name;
    const isOffered = row !== null && lat !== null;
    const event = new CustomEvent("qosyl:goto", { detail: { lat, lng, row, url }, cancelable: true });
    if (!isOffered || document.dispatchEvent(event)) location.assign(url);
  }
}

for (const form of document.querySelectorAll("form[data-search]:not([data-ready])")) {
  form.dataset.ready = "";
  new SearchField(form);
}
