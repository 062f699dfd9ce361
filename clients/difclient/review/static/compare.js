// Comparing: pictures turned onto each other, with one zoom and one place for all of them.

import { tabulate } from "./facts.js";
import { EDGE, Placed, bounds, fitAll, smallSize } from "./geometry.js";
import { keepCommon, layOnto } from "./laying.js";
import { bitmap } from "./pictures.js";
import { complain } from "./notes.js";
import { Places } from "./places.js";
import { drawSharp, magnified, shownBox } from "./sharp.js";
import { onShown } from "./shown.js";
import { Tiles } from "./tiles.js";
import { percent } from "./words.js";

const NEAREST = 32;
const LARGEST = 8; // pixels of the screen for one of the original, at least as near as one can come
const STACKED = new Set(["swipe", "blink", "fade", "difference"]);

class Comparison {
  constructor(root) {
    this.root = root;
    this.stage = root.querySelector("#stage");
    this.placed = [...root.querySelectorAll("figure")].map((figure) => new Placed(figure));
    this.view = { scale: 1, x: 0, y: 0 }; // x and y of the pane's size, to the right and down
    this.pointers = new Map();
    this.cursor = null; // where the mouse is: picture, and place in its pane
    this.tiles = new Tiles(root.dataset.job, () => this.sharpen());
    this.places = new Places(root, (row, box) => this.show(row, box));
    this.drawing = 0;
    root.addEventListener("change", (event) => this.changed(event));
    root.addEventListener("htmx:afterSwap", () => this.tell());
    root.addEventListener("input", () => this.place());
    root.addEventListener("click", (event) => this.clicked(event));
    root.addEventListener("keydown", (event) => this.key(event));
    root.addEventListener("marked", () => this.place());
    this.stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.stage.addEventListener("dblclick", (event) => this.original(...this.spot(event)));
    this.stage.addEventListener("pointerdown", (event) => this.grab(event));
    this.stage.addEventListener("pointermove", (event) => this.drag(event));
    this.stage.addEventListener("pointerleave", () => (this.cursor = null));
    const release = (event) => this.pointers.delete(event.pointerId);
    for (const end of ["pointerup", "pointercancel"]) this.stage.addEventListener(end, release);
    this.sizes = new ResizeObserver(() => this.fit());
    this.sizes.observe(this.stage);
    this.clock = setInterval(() => this.tick(), 1000);
    this.arrange();
  }

  get mode() { return this.root.querySelector("[name=mode]:checked").value; }

  /** What is known of the pictures that are shown, the left one first. */
  get shown() {
    return this.placed
      .filter((one) => !one.figure.hidden)
      .sort((one, other) => one.figure.style.order - other.figure.style.order);
  }

  value(id) {
    return this.root.querySelector(`#${id}`).value;
  }

  /** Show the pictures that the mode and the two fields ask for. */
  arrange() {
    const mode = this.mode;
    const stacked = STACKED.has(mode);
    this.stage.dataset.mode = mode;
    this.stage.classList.toggle("stacked", stacked);
    const pair = [this.value("left"), this.value("right")];
    for (const one of this.placed) {
      const place = pair.indexOf(one.figure.dataset.row);
      one.figure.hidden = mode !== "all" && place < 0;
      one.figure.dataset.side = ["left", "right"][place] ?? "";
      one.figure.style.order = place < 0 ? 2 : place;
      // An edited copy is laid onto its origin where pictures lie on each other.
      one.laid = stacked && one.lies !== null;
    }
    this.root.querySelector("#laid").hidden = !stacked || !this.outlines.length;
    this.tell();
    for (const tool of this.root.querySelectorAll("[data-mode]")) {
      if (tool !== this.stage) tool.hidden = tool.dataset.mode !== mode;
    }
    this.stage.classList.remove("other");
    this.places.look(this.shown, pair, stacked);
    this.fit();
  }

  /** Have the facts of the pictures that are shown stand below, and what differs marked. */
  tell() {
    tabulate(this.root, this.mode === "all" ? null : [this.value("left"), this.value("right")]);
  }

  async draw(placed) {
    const { figure } = placed;
    const kind = placed.laid ? "laid" : "upright";
    const compared = this.mode === "difference" ? this.outlines : [];
    const size = this.copied(placed);
    const wanted = JSON.stringify([kind, compared, size]);
    if (figure.dataset.drawn === wanted) return;
    figure.dataset.drawn = wanted;
    delete figure.dataset.ready;
    try {
      const address = `/jobs/${this.root.dataset.job}/pictures/${figure.dataset.row}?size=${EDGE}`;
      const image = await bitmap(address, this.isSmall ? this.turnedSize(placed, size) : null);
      if (figure.dataset.drawn !== wanted) return;
      this.copy(placed, image, size);
      const canvas = figure.querySelector("canvas");
      if (compared.length) keepCommon(canvas, compared);
      figure.dataset.ready = kind;
      figure.dispatchEvent(new Event("drawn", { bubbles: true }));
      if (placed.known) return;
      // Of a picture whose size nobody knows, its copy's is taken; it has no pixels of its own then.
      placed.size = [image.width, image.height];
      this.fit();
    } catch (error) {
      delete figure.dataset.drawn;
      if (this.root.isConnected) complain(error.message);
    }
  }

  /** Where those of the two pictures lie that are edited copies. */
  get outlines() {
    return this.placed.filter((one) => one.figure.dataset.side && one.lies).map((one) => one.lies);
  }

  /** How large a picture's copy is drawn; null: as it is. Two that are to be equal have one size. */
  copied(placed) {
    const edge = ([width, height]) => Math.min(1, EDGE / Math.max(width, height));
    const scaled = (size, by) => size.map((one) => Math.max(1, Math.round(one * by)));
    const { shown } = this;
    if (this.mode === "difference" && shown.every((one) => one.known)) {
      const widths = shown.flatMap((one) => [one.across * edge(one.size), one.frame[0] * edge(one.frame)]);
      return scaled(shown[0].frame, Math.min(...widths) / shown[0].frame[0]);
    }
    if (placed.laid) return scaled(placed.onto, edge(placed.onto));
    return this.isSmall && placed.known ? smallSize(placed.frame, placed.pane) : null;
  }

  /** Whether copies are drawn as large as they are shown, and no larger: that is quickest. */
  get isSmall() {
    return this.view.scale === 1 && !STACKED.has(this.mode);
  }

  /** The size of a frame, as that of the picture as its file is displayed. */
  turnedSize(placed, size) {
    return size && placed.turned % 180 ? [size[1], size[0]] : size;
  }

  /** Draw the copy of a picture as it lies in its frame. */
  copy(placed, image, size) {
    const canvas = placed.figure.querySelector("canvas");
    const across = !placed.laid && placed.turned % 180 !== 0;
    [canvas.width, canvas.height] = size ?? (across ? [image.height, image.width] : [image.width, image.height]);
    const pen = canvas.getContext("2d");
    pen.imageSmoothingQuality = "high";
    const at = placed.onFrame;
    const corners = [at(0, 0), at(1, 0), at(1, 1), at(0, 1)];
    layOnto(pen, image, corners.map(([x, y]) => [x * canvas.width, y * canvas.height]));
  }

  /** Fit the pictures into their panes again. */
  fit() {
    if (!this.root.isConnected) return;
    const { shown, view } = this;
    const width = shown[0].pane && shown[0].fit[2];
    const share = width && this.shareAt(shown[0], shown[0].pane.map((edge) => edge / 2));
    fitAll(shown, this.stage.classList.contains("stacked"));
    for (const one of shown) {
      const copy = one.figure.querySelector("canvas");
      [copy.style.width, copy.style.height] = [`${one.fit[2]}px`, `${one.fit[3]}px`];
    }
    // What was in the middle stays there, as large as it was.
    if (view.scale === 1 || !width) this.place();
    else this.zoomOnto((view.scale * width) / shown[0].fit[2], shown[0], share);
    const { pane } = shown[0];
    const detail = { pane, sizeFor: (size) => (size[0] ? smallSize(size, pane) : null) };
    this.root.dispatchEvent(new CustomEvent("fitted", { bubbles: true, detail }));
  }

  place() {
    const { view } = this;
    const farthest = Math.abs(view.scale - 1) / 2;
    view.x = Math.min(farthest, Math.max(-farthest, view.x));
    view.y = Math.min(farthest, Math.max(-farthest, view.y));
    for (const one of this.shown) {
      const [left, top, width, height] = shownBox(one, view);
      const moved = `translate(${left}px, ${top}px) scale(${width / one.fit[2]}, ${height / one.fit[3]})`;
      one.figure.querySelector("canvas").style.transform = moved;
      // Lines are as wide at every zoom where the drawing is scaled, and not its element.
      const lines = [...one.figure.querySelectorAll("svg > g"), ...(one === this.shown[0] ? this.places.layer.querySelectorAll("g") : [])];
      for (const line of lines) line.setAttribute("transform", `translate(${left} ${top}) scale(${width} ${height})`);
    }
    this.settle();
    for (const one of this.shown) this.draw(one);
    this.sharpen();
  }

  /** What stands beside the pictures; moving them changes none of it, and costs no layout. */
  settle() {
    const { view } = this;
    const units = Object.entries({ boundary: "%", fading: "%", amplified: "" });
    const sides = units.map(([id, unit]) => [`--${id}`, `${this.value(id)}${unit}`]);
    const now = JSON.stringify([view.scale, this.isOriginal(), sides]);
    if (now === this.settled) return;
    this.settled = now;
    this.root.querySelector("#zoom").textContent = percent(view.scale);
    this.root.querySelector("#original").setAttribute("aria-pressed", String(this.isOriginal()));
    this.root.toggleAttribute("data-near", view.scale !== 1);
    for (const side of sides) this.stage.style.setProperty(...side);
  }

  /** Draw the originals' pixels with the next frame, where the copies do not suffice. */
  sharpen() {
    if (this.drawing) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = 0;
      if (!this.root.isConnected) return this.tiles.end();
      const { shown } = this;
      const seen = shown.map((one) => drawSharp(one, this.view, this.tiles, this.grain));
      // Of each picture the nearest to the middle first.
      const most = Math.max(0, ...seen.map((places) => places.length));
      this.tiles.want([...Array(most).keys()].flatMap((place) => seen.flatMap((all) => all.slice(place, place + 1))));
    });
  }

  /** Pixels along the width of what is compared, where the two pictures have other numbers of them. */
  get grain() {
    if (this.mode !== "difference") return null;
    const across = this.shown.map((one) => one.across);
    const least = Math.round(Math.min(...across));
    return Math.round(Math.max(...across)) > least ? least : null;
  }

  /** Zoom to a scale; what is at a point of a picture's pane stays there. */
  zoomTo(scale, placed = this.shown[0], point = null) {
    const at = point ?? placed.pane.map((edge) => edge / 2);
    this.zoomOnto(scale, placed, this.shareAt(placed, at), at);
  }

  /** The place of a picture that is at a point of its pane, in shares of its frame. */
  shareAt(placed, at) {
    const box = shownBox(placed, this.view);
    return [0, 1].map((axis) => (at[axis] - box[axis]) / box[axis + 2]);
  }

  /** Zoom so that a place of a picture, in shares of its frame, comes to a point of its pane. */
  zoomOnto(scale, placed, share, at = placed.pane.map((edge) => edge / 2)) {
    const { view } = this;
    view.scale = Math.min(this.nearest, Math.max(this.farthest, scale));
    const box = placed.box(view.scale);
    [view.x, view.y] = [0, 1].map((axis) => {
      const middle = placed.pane[axis] / 2;
      const place = box[axis] + share[axis] * box[axis + 2] - middle;
      return (at[axis] - middle - view.scale * place) / placed.pane[axis];
    });
    this.place();
  }

  get nearest() {
    return Math.max(NEAREST, ...this.shown.map((one) => LARGEST / magnified(one)));
  }

  get farthest() {
    return Math.min(1, ...this.shown.map((one) => 1 / magnified(one)));
  }

  isOriginal(placed = this.cursor?.placed ?? this.shown[0]) {
    return Math.abs(this.view.scale * magnified(placed) - 1) < 1e-3;
  }

  /** One pixel of the original is one of the screen, at a point; or all of it is seen again. */
  original(placed = this.shown[0], point = null) {
    this.zoomTo(this.isOriginal(placed) ? 1 : 1 / magnified(placed), placed, point);
  }

  /** Zoom so that a place fills half of the pane: left, top, right and bottom of a row's picture. */
  show(row, [left, top, right, bottom]) {
    const placed = this.shown.find((one) => one.figure.dataset.row === String(row)) ?? this.shown[0];
    const box = bounds([placed.onFrame(left, top), placed.onFrame(right, bottom)]);
    const size = [0, 1].map((axis) => box[axis + 2] - box[axis]);
    const scales = size.map((edge, axis) => placed.pane[axis] / (2 * edge * placed.fit[axis + 2]));
    this.zoomOnto(Math.max(1, Math.min(...scales)), placed, [0, 1].map((axis) => box[axis] + size[axis] / 2));
  }

  move(x, y) {
    this.view.x += x;
    this.view.y += y;
    this.place();
  }

  changed(event) {
    if (event.target.matches("select, [name=mode]")) this.arrange();
  }

  clicked(event) {
    switch (event.target.closest("button")?.id) {
      case "nearer": return this.zoomTo(this.view.scale * 1.5);
      case "farther": return this.zoomTo(this.view.scale / 1.5);
      case "fit": return this.zoomTo(1);
      case "original": return this.original();
      case "blink": return this.other();
      case "place-next": return this.places.go(1);
      case "place-before": return this.places.go(-1);
    }
  }

  other() {
    this.stage.classList.toggle("other");
  }

  tick() {
    if (!this.root.isConnected) this.end();
    else if (this.mode === "blink" && this.root.querySelector("#by-itself").checked) this.other();
  }

  end() {
    clearInterval(this.clock);
    this.sizes.disconnect();
    this.tiles.end();
    this.places.forget();
  }

  wheel(event) {
    event.preventDefault();
    const [placed, point] = this.spot(event);
    this.zoomTo(this.view.scale * Math.exp(-event.deltaY * 0.0018), placed, point);
  }

  /** The picture at a place of the window, and where that is in its pane. */
  spot(event) {
    const under = document.elementsFromPoint(event.clientX, event.clientY);
    const placed = this.shown.find((one) => under.some((part) => one.figure.contains(part))) ?? this.shown[0];
    const pane = placed.figure.querySelector(".pane").getBoundingClientRect();
    return [placed, [event.clientX - pane.left, event.clientY - pane.top]];
  }

  grab(event) {
    this.stage.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, [event.clientX, event.clientY]);
  }

  drag(event) {
    if (event.pointerType === "mouse") {
      const [placed, point] = this.spot(event);
      this.cursor = { placed, point };
    }
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const others = [...this.pointers].filter(([id]) => id !== event.pointerId);
    const now = [event.clientX, event.clientY];
    if (others.length) {
      const [x, y] = others[0][1];
      const length = (from) => Math.hypot(from[0] - x, from[1] - y) || 1;
      this.zoomTo((this.view.scale * length(now)) / length(before), ...this.spot({ clientX: x, clientY: y }));
    } else {
      const { pane } = this.shown[0];
      this.move((now[0] - before[0]) / pane[0], (now[1] - before[1]) / pane[1]);
    }
    this.pointers.set(event.pointerId, now);
  }

  key(event) {
    if (event.target.matches("input, select") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (this.root.matches("[data-look]") && event.key.startsWith("Arrow")) return; // they decide
    const doing = {
      "+": () => this.zoomTo(this.view.scale * 1.5),
      "=": () => this.zoomTo(this.view.scale * 1.5),
      "-": () => this.zoomTo(this.view.scale / 1.5),
      0: () => this.zoomTo(1),
      z: () => this.original(this.cursor?.placed, this.cursor?.point),
      ".": () => this.places.go(1),
      ",": () => this.places.go(-1),
      ArrowLeft: () => this.move(0.1, 0),
      ArrowRight: () => this.move(-0.1, 0),
      ArrowUp: () => this.move(0, 0.1),
      ArrowDown: () => this.move(0, -0.1),
      " ": () => this.mode === "blink" && this.other(),
    }[event.key];
    if (!doing || (event.key === " " && event.target.matches("button"))) return;
    event.preventDefault();
    doing();
  }
}

let comparison = null;

onShown((place) => {
  if (place.id === "group") {
    // What was decided here is refused where it was the last file that stays.
    for (const box of document.querySelectorAll("#compare [name=go]")) {
      const there = document.getElementById(box.id.replace("compare-", ""));
      if (there) box.checked = there.checked;
    }
  }
  if (place.id !== "dialog") return;
  comparison?.end();
  const root = document.getElementById("compare");
  if (root) place.className = root.matches("[data-look]") ? "full" : "wide";
  comparison = root && new Comparison(root);
});
document.getElementById("dialog").addEventListener("close", () => comparison?.end());
