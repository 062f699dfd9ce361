// The places where two pictures differ: asked for when they are looked at for a while, marked on the
// stage, and stepped through.

import { bounds } from "./geometry.js";
import { ask } from "./session.js";

const WHILE_MS = 700;
const SVG = "http://www.w3.org/2000/svg";

export class Places {
  /** @param {HTMLElement} root the view; `step` is told how to show a place. */
  constructor(root, step) {
    this.root = root;
    this.step = step;
    this.words = root.querySelector("#places");
    this.held = root.querySelector("#held");
    this.bar = root.querySelector(".compare-places");
    this.layer = document.createElement("div");
    this.layer.className = "pane marks";
    root.querySelector("#stage").append(this.layer);
    this.pair = "";
    this.forget();
  }

  /** Nothing is known, and nobody waits for it any more. */
  forget() {
    clearTimeout(this.clock);
    this.asked?.abort();
    this.asked = this.coming = this.found = null;
    this.current = -1;
    this.words.textContent = "";
    this.offer(true);
    for (const marks of this.root.querySelectorAll("svg.marked")) marks.remove();
  }

  /** These pictures are shown; where they are two, the places are looked for. */
  look(shown, pair, stacked) {
    this.shown = shown;
    this.stacked = stacked;
    const two = shown.length === 2 ? pair.join() : "";
    if (two !== this.pair) {
      if (this.pair) this.warn(""); // what is known of the first two came with them
      this.pair = two;
      this.forget();
      if (two) this.clock = setTimeout(() => this.fetch(), WHILE_MS);
    }
    this.bar.hidden = !two;
    this.mark();
  }

  /** Go on to the next place, or back to the one before. */
  async go(by) {
    if (!this.found) await this.fetch();
    const count = this.found?.places.length;
    if (!count) return;
    this.current = this.current < 0 && by < 0 ? count - 1 : (this.current + by + count) % count;
    this.words.textContent = this.found.steps[this.current];
    this.mark();
    this.step(this.found.of, this.found.places[this.current]);
  }

  /** Ask where the two differ, once. */
  fetch() {
    clearTimeout(this.clock);
    if (!this.pair || !this.root.isConnected) return null;
    return (this.coming ??= this.compare());
  }

  async compare() {
    const [row, other] = this.pair.split(",");
    this.words.textContent = "…";
    this.asked = new AbortController();
    const { signal } = this.asked;
    let found = { words: "", held: "", places: [] };
    try {
      const address = `/jobs/${this.root.dataset.job}/places?row=${row}&other=${other}`;
      found = await (await ask(address, { signal })).json();
    } catch (error) {
      found.words = error.message;
    }
    if (signal.aborted) return;
    this.found = found;
    this.words.textContent = found.words;
    this.warn(found.held);
    this.offer(found.places.length > 0);
    this.mark();
  }

  /** Say that the plan would hold back what goes, if it would. */
  warn(words) {
    this.held.textContent = words;
    this.held.hidden = !words;
  }

  /** Show the buttons that step from place to place, or hide them where there is none. */
  offer(steps) {
    const had = this.bar.contains(document.activeElement);
    for (const button of this.bar.querySelectorAll("button")) button.hidden = !steps;
    if (had && !steps) this.root.querySelector("#stage").focus();
  }

  /** Draw the places on what is shown: in the frame of each, or once where all lie on each other. */
  mark() {
    for (const marks of this.root.querySelectorAll("svg.marked")) marks.remove();
    const of = this.shown.find((one) => one.figure.dataset.row === String(this.found?.of));
    if (!of || !this.found.places.length) return;
    const corners = ([left, top, right, bottom]) => [[left, top], [right, top], [right, bottom], [left, bottom]];
    const boxes = this.found.places.map((box) => bounds(corners(box).map(([u, v]) => of.onFrame(u, v))));
    for (const one of this.stacked ? [of] : this.shown.filter((each) => this.pair.split(",").includes(each.figure.dataset.row))) {
      const parent = this.stacked ? this.layer : one.figure.querySelector(".pane");
      parent.append(this.drawn(one === of || !one.lies ? boxes : boxes.map((box) => inside(box, of, one))));
    }
    this.root.dispatchEvent(new Event("marked"));
  }

  drawn(boxes) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("class", "marked");
    svg.setAttribute("aria-hidden", "true");
    const frame = svg.appendChild(document.createElementNS(SVG, "g"));
    boxes.forEach(([left, top, right, bottom], place) => {
      const mark = document.createElementNS(SVG, "rect");
      const sides = { x: left, y: top, width: right - left, height: bottom - top };
      for (const [name, value] of Object.entries(sides)) mark.setAttribute(name, value);
      if (place === this.current) mark.setAttribute("class", "current");
      frame.append(mark);
    });
    return svg;
  }
}

/** A box of a frame, as a box of the copy that lies in it. */
function inside(box, of, copy) {
  const [left, top, right, bottom] = bounds(copy.lies.map(([u, v]) => of.onFrame(u, v)));
  const shares = [[left, right - left], [top, bottom - top]];
  return box.map((value, side) => (value - shares[side % 2][0]) / shares[side % 2][1]);
}
