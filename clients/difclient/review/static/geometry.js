// Where the pictures of a stage lie: each in its pane, and all of them at one place of the scene.
//
// A picture's own place is told in shares of its width and height, as its file is displayed. The
// frame is what its pane shows: the picture, turned as it lies to the others, or, where an edited
// copy is laid onto it, the picture that this one comes from. A box is a frame's place in the pane
// while nothing is zoomed: left, top, width and height, in CSS pixels.

import { perspective } from "./laying.js";

export const EDGE = 2048; // longer edge of the copies, in pixels

const ALIKE = 0.02; // share by which proportions of one scene may differ by rounding
const ALIGNED = 2; // zoom from which on a copy beside its origin shows the same place as this one

/** What is known of a figure's picture. */
export class Placed {
  constructor(figure) {
    this.figure = figure;
    this.turned = Number(figure.dataset.rotation);
    this.mirrored = figure.dataset.mirrored === "1";
    this.lies = figure.dataset.lies ? JSON.parse(figure.dataset.lies) : null;
    this.onto = figure.dataset.onto ? JSON.parse(figure.dataset.onto) : null;
    this.size = JSON.parse(figure.dataset.size); // in pixels, as displayed
    this.known = this.size[0] > 0;
    if (!this.known) this.size = [4, 3]; // until its copy is there
    this.laid = false;
    this.fit = [0, 0, 1, 1];
    this.there = null; // where it is in the picture that it comes from, as shares of its frame
  }

  /** Width and height of the frame, in pixels of the picture that it is. */
  get frame() {
    if (this.laid) return this.onto;
    return this.turned % 180 ? [this.size[1], this.size[0]] : this.size;
  }

  /** From the picture's own place to the frame's. */
  get onFrame() {
    if (this.laid) return perspective(this.lies);
    return (u, v) => {
      let [x, y] = [this.mirrored ? 0.5 - u : u - 0.5, v - 0.5];
      for (let turn = 0; turn < this.turned; turn += 90) [x, y] = [y, -x]; // counter-clockwise
      return [x + 0.5, y + 0.5];
    };
  }

  /** How many of the picture's own pixels lie along the width of its frame. */
  get across() {
    if (!this.laid) return this.frame[0];
    const [a, b, c, d] = this.lies.map(([x, y]) => [x * this.onto[0], y * this.onto[1]]);
    const area = Math.abs((c[0] - a[0]) * (d[1] - b[1]) - (d[0] - b[0]) * (c[1] - a[1])) / 2;
    return this.onto[0] * Math.sqrt((this.size[0] * this.size[1]) / area);
  }

  /** Where the frame is at a zoom, before that is applied. */
  box(scale) {
    if (!this.there) return this.fit;
    const share = Math.min(1, Math.max(0, Math.log(scale) / Math.log(ALIGNED)));
    return this.fit.map((one, part) => one + (this.there[part] - one) * share);
  }
}

/** Fit what is shown into its panes: what has nearly the same proportions to the very same place. */
export function fitAll(shown, stacked) {
  let first = null;
  for (const one of shown) {
    const pane = one.figure.querySelector(".pane");
    const size = [pane.clientWidth, pane.clientHeight];
    let frame = one.frame;
    first ??= frame;
    const apart = Math.abs(Math.log((frame[0] * first[1]) / (frame[1] * first[0])));
    if (apart < ALIKE) frame = first;
    const by = Math.min(size[0] / frame[0], size[1] / frame[1]);
    const [width, height] = [frame[0] * by, frame[1] * by];
    one.pane = size;
    one.fit = [(size[0] - width) / 2, (size[1] - height) / 2, width, height];
  }
  for (const one of shown) {
    const from = shown.find((other) => other.figure.dataset.row === one.figure.dataset.from);
    one.there = one.lies && !stacked && from ? within(from, one.lies) : null;
  }
}

/** How large a picture of a size is in a pane, in pixels of the screen; not larger than its copy. */
export function smallSize([width, height], pane) {
  const room = [pane[0] / width, pane[1] / height].map((one) => one * devicePixelRatio);
  const by = Math.min(1, EDGE / Math.max(width, height), ...room);
  return [width, height].map((one) => Math.max(1, Math.round(one * by)));
}

/** The box of what some corners of a picture bound. */
export function within(placed, corners) {
  const [left, top, right, bottom] = bounds(corners.map(([u, v]) => placed.onFrame(u, v)));
  const [x, y, width, height] = placed.fit;
  return [x + left * width, y + top * height, (right - left) * width, (bottom - top) * height];
}

/** Left, top, right and bottom of some places. */
export function bounds(places) {
  const [xs, ys] = [0, 1].map((axis) => places.map((place) => place[axis]));
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}
