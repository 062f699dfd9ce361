// The list of groups: only the rows in sight are in the page, so that ten thousand cost no more
// than ten. Rows have one height; pages of them are fetched as they come near.

import { ask } from "./session.js";
import { look } from "./pictures.js";
import { complain } from "./notes.js";
import { _, number } from "./words.js";

const PAGE = 40;

export class GroupList {
  /** @param {HTMLElement} review the view of a result. */
  constructor(review) {
    this.job = review.dataset.job;
    this.list = review.querySelector("#list");
    this.tools = review.querySelector("#tools");
    this.total = 0;
    this.pages = new Map(); // page → its rows, or null while they are fetched
    this.chosen = -1; // place in the list
    this.number = null; // of the chosen group, once it is known
    this.shown = null; // number of the group that stands beside the list
    this.before = -1; // its place
    this.asked = false; // whether the chosen group is on its way
    this.waiting = []; // what is to be done once the chosen group stands there
    this.sent = new Set(); // decisions on their way: their answers make the group anew
    this.turn = 0;
    this.space = document.createElement("div");
    this.space.className = "list-space";
    this.space.setAttribute("role", "presentation");
    this.list.append(this.space);
    this.list.addEventListener("scroll", () => this.draw(), { passive: true });
    this.list.addEventListener("click", (event) => this.clicked(event));
    this.list.addEventListener("keydown", (event) => this.key(event));
    this.tools.addEventListener("submit", (event) => event.preventDefault());
    this.tools.addEventListener("change", () => this.renew());
    let clock;
    this.tools.find.addEventListener("input", () => {
      clearTimeout(clock);
      clock = setTimeout(() => this.renew(), 250);
    });
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this.list);
  }

  /** Of a row, in pixels: rows grow with the size of the text. */
  get height() {
    const root = parseFloat(getComputedStyle(document.documentElement).fontSize);
    return parseFloat(getComputedStyle(this.list).getPropertyValue("--row")) * root;
  }

  /** Whether another group is chosen than the one that still stands beside the list. */
  get coming() {
    return this.chosen >= 0 && this.number !== this.shown;
  }

  /** Do something with the chosen group, as soon as it is shown as it was decided last. */
  soon(doing) {
    this.waiting.push(doing);
    this.proceed();
  }

  /** Go through the list: at once, or after what is still to be done with a group on the way. */
  go(going) {
    if (this.waiting.length) this.waiting.push(going);
    else going();
  }

  /** A group has come. */
  comes(number) {
    if (number === this.number) this.asked = false;
    // The answer to a decision may arrive when the user has gone on to the next group.
    else if (this.number !== null && !this.asked) this.choose(this.chosen, true);
  }

  /** A group stands beside the list, and its buttons do something. */
  stands(number) {
    this.shown = number;
    if (number === this.number) this.before = this.chosen;
    this.proceed();
  }

  /** A decision is on its way. */
  sends(request) {
    this.sent.add(request);
  }

  /** Its answer came, or will not come. */
  answered(request) {
    if (this.sent.delete(request)) this.proceed();
  }

  /** Where a group is asked for. */
  address(number) {
    return `/jobs/${this.job}/groups/${number}`;
  }

  /** An answer does not come. If it is the chosen group, the one that stands there is it again. */
  fails(address) {
    if (address === this.address(this.number)) this.stay();
  }

  stay() {
    this.waiting = [];
    this.chosen = this.before;
    this.number = this.shown;
    this.asked = false;
    this.draw();
  }

  proceed() {
    while (this.waiting.length && !this.coming && !this.sent.size) this.waiting.shift()();
  }

  /** Make the list anew, and go to its first group. */
  async renew(place = 0) {
    const turn = ++this.turn;
    this.pages.clear();
    await this.fetch(0, true);
    if (turn !== this.turn) return;
    this.list.scrollTop = 0;
    this.chosen = this.before = -1;
    this.draw();
    const narrow = matchMedia("(max-width: 50rem)").matches;
    if (this.total && !narrow) {
      this.choose(Math.min(place, this.total - 1));
    } else {
      document.getElementById("group").replaceChildren();
      this.shown = null;
    }
  }

  /** Fetch the rows in sight again: decisions have changed. */
  async refresh() {
    const seen = this.inSight();
    for (const page of this.pages.keys()) if (!seen.includes(page)) this.pages.delete(page);
    await Promise.all(seen.map((page) => this.fetch(page)));
    this.draw();
  }

  async fetch(page, fresh = false) {
    if (!this.pages.has(page)) this.pages.set(page, null);
    const turn = this.turn;
    const question = new URLSearchParams({ from: page * PAGE, count: PAGE });
    if (fresh) {
      for (const [name, value] of new FormData(this.tools)) question.set(name, value);
      question.set("fresh", "1");
    }
    try {
      const answer = await ask(`/jobs/${this.job}/rows?${question}`);
      const holder = document.createElement("template");
      holder.innerHTML = await answer.text();
      if (turn !== this.turn || !this.list.isConnected) return;
      this.total = Number(answer.headers.get("X-Difd-Total"));
      this.pages.set(page, [...holder.content.children]);
      this.count();
    } catch (error) {
      this.pages.delete(page);
      complain(error.message);
    }
  }

  count() {
    document.getElementById("list-count").textContent =
      this.total === 1 ? _("1 group") : _("%(count)s groups", { count: number(this.total) });
    document.getElementById("list-empty").hidden = this.total > 0;
    this.space.style.height = `${this.total * this.height}px`;
  }

  inSight() {
    const size = this.height * PAGE;
    const first = Math.floor(Math.max(0, this.list.scrollTop - this.list.clientHeight) / size);
    const last = Math.floor((this.list.scrollTop + 2 * this.list.clientHeight) / size);
    const pages = [];
    for (let page = first; page <= last && page * PAGE < Math.max(1, this.total); page++) pages.push(page);
    return pages;
  }

  draw() {
    const height = this.height;
    const top = this.list.scrollTop - 4 * height;
    const bottom = this.list.scrollTop + this.list.clientHeight + 4 * height;
    const rows = [];
    for (const page of this.inSight()) {
      const found = this.pages.get(page);
      if (found === undefined) this.fetch(page).then(() => this.draw());
      found?.forEach((row, offset) => {
        const place = page * PAGE + offset;
        if (place * height < top || place * height > bottom) return;
        row.dataset.place = place;
        row.style.transform = `translateY(${place * height}px)`;
        row.setAttribute("aria-selected", String(place === this.chosen));
        rows.push(row);
      });
    }
    const kept = new Set(rows);
    for (const row of [...this.space.children]) if (!kept.has(row)) row.remove();
    for (const row of rows) if (!row.isConnected) this.space.append(row);
    const chosen = rows.find((row) => Number(row.dataset.place) === this.chosen);
    if (chosen) this.list.setAttribute("aria-activedescendant", chosen.id);
    else this.list.removeAttribute("aria-activedescendant");
    look(this.space);
  }

  /** Show the group at a place of the list; one that is shown is asked for again only if told to. */
  async choose(place, again = false) {
    if (place < 0 || place >= this.total) return;
    if (place === this.chosen && this.number === this.shown && !again) {
      document.getElementById("review").classList.add("has-group");
      return;
    }
    this.chosen = place;
    this.number = null;
    const height = this.height;
    if (place * height < this.list.scrollTop) this.list.scrollTop = place * height;
    const below = (place + 1) * height - this.list.clientHeight;
    if (below > this.list.scrollTop) this.list.scrollTop = below;
    const page = Math.floor(place / PAGE);
    if (!this.pages.get(page)) await this.fetch(page);
    this.draw();
    if (this.chosen !== place) return;
    const row = this.pages.get(page)?.[place % PAGE];
    if (!row) return this.stay();
    this.number = row.dataset.number;
    this.asked = true;
    document.getElementById("review").classList.add("has-group");
    window.htmx.ajax("GET", this.address(this.number), { target: "#group" });
  }

  clicked(event) {
    const row = event.target.closest("[role=option]");
    if (!row) return;
    this.waiting = [];
    this.choose(Number(row.dataset.place));
  }

  key(event) {
    const step = Math.max(1, Math.floor(this.list.clientHeight / this.height) - 1);
    const places = {
      ArrowDown: () => this.chosen + 1,
      ArrowUp: () => this.chosen - 1,
      PageDown: () => Math.min(this.total - 1, this.chosen + step),
      PageUp: () => Math.max(0, this.chosen - step),
      Home: () => 0,
      End: () => this.total - 1,
      Enter: () => Math.max(0, this.chosen),
    };
    const place = places[event.key];
    if (!place) return;
    event.preventDefault();
    this.go(() => this.choose(place()));
  }
}
