// Comparing: pictures turned onto each other, with one zoom and one place for all of them.

import { keepCommon, layOnto } from "./laying.js";
import { picture } from "./pictures.js";
import { complain } from "./notes.js";
import { onShown } from "./shown.js";
import { _, percent } from "./words.js";

const NEAREST = 32;
const EDGE = 2048;
const STACKED = new Set(["swipe", "blink", "fade", "difference"]);

class Comparison {
  constructor(root) {
    this.root = root;
    this.stage = root.querySelector("#stage");
    this.figures = [...root.querySelectorAll("figure")];
    this.scale = 1;
    this.x = 0; // of the pane's width, to the right
    this.y = 0; // of its height, down
    this.pointers = new Map();
    root.addEventListener("change", (event) => this.changed(event));
    root.addEventListener("htmx:afterSwap", () => this.tabulate());
    root.addEventListener("input", () => this.place());
    root.addEventListener("click", (event) => this.clicked(event));
    root.addEventListener("keydown", (event) => this.key(event));
    this.stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.stage.addEventListener("pointerdown", (event) => this.grab(event));
    this.stage.addEventListener("pointermove", (event) => this.drag(event));
    for (const end of ["pointerup", "pointercancel"]) {
      this.stage.addEventListener(end, (event) => this.pointers.delete(event.pointerId));
    }
    this.clock = setInterval(() => this.tick(), 1000);
    this.arrange();
  }

  get mode() {
    return this.root.querySelector("[name=mode]:checked").value;
  }

  value(id) {
    return this.root.querySelector(`#${id}`).value;
  }

  /** Show the pictures that the mode and the two fields ask for. */
  arrange() {
    const mode = this.mode;
    this.stage.dataset.mode = mode;
    this.stage.classList.toggle("stacked", STACKED.has(mode));
    const pair = [this.value("left"), this.value("right")];
    for (const figure of this.figures) {
      const place = pair.indexOf(figure.dataset.row);
      figure.hidden = mode !== "all" && place < 0;
      figure.dataset.side = ["left", "right"][place] ?? "";
      figure.style.order = place < 0 ? 2 : place;
    }
    for (const figure of this.figures) if (!figure.hidden) this.draw(figure);
    this.root.querySelector("#laid").hidden = !STACKED.has(mode) || !this.outlines.length;
    this.tabulate();
    for (const tool of this.root.querySelectorAll("[data-mode]")) {
      if (tool !== this.stage) tool.hidden = tool.dataset.mode !== mode;
    }
    this.stage.classList.remove("other");
    this.place();
  }

  /** Show the columns of the pictures that are shown, and mark in which rows these differ. */
  tabulate() {
    const pair = [this.value("left"), this.value("right")];
    for (const cell of this.root.querySelectorAll("table [data-row]")) {
      cell.hidden = this.mode !== "all" && !pair.includes(cell.dataset.row);
    }
    for (const row of this.root.querySelectorAll("tr[data-compared]")) {
      const told = [...row.querySelectorAll("td:not([hidden])")].map((cell) => cell.textContent);
      row.hidden = told.every((words) => words === "–");
      const differs = new Set(told).size > 1;
      row.classList.toggle("differs", differs);
      row.querySelector(".mark")?.remove();
      if (!differs) continue;
      const mark = Object.assign(document.createElement("span"), { className: "mark", textContent: _("differs") });
      row.querySelector("th").append(" ", mark);
    }
  }

  async draw(figure) {
    // An edited copy is laid onto its origin where pictures lie on each other.
    const laid = STACKED.has(this.mode) && figure.dataset.lies ? "laid" : "upright";
    const compared = this.mode === "difference" ? this.outlines : [];
    const wanted = JSON.stringify([laid, compared]);
    if (figure.dataset.drawn === wanted) return;
    figure.dataset.drawn = wanted;
    delete figure.dataset.ready;
    try {
      const url = await picture(`/jobs/${this.root.dataset.job}/pictures/${figure.dataset.row}?size=${EDGE}`);
      const image = new Image();
      image.src = url;
      await image.decode();
      if (figure.dataset.drawn !== wanted) return;
      const canvas = figure.querySelector("canvas");
      if (laid === "laid") this.lay(figure, image, canvas);
      else this.turn(figure, image, canvas);
      if (compared.length) keepCommon(canvas, compared);
      figure.dataset.ready = laid;
      figure.dispatchEvent(new Event("drawn", { bubbles: true }));
    } catch (error) {
      delete figure.dataset.drawn;
      if (this.root.isConnected) complain(error.message);
    }
  }

  /** Where those of the two pictures lie that are edited copies. */
  get outlines() {
    return this.figures
      .filter((figure) => figure.dataset.side && figure.dataset.lies)
      .map((figure) => JSON.parse(figure.dataset.lies));
  }

  /** Draw a picture upright, and as it lies to the others of the group. */
  turn(figure, image, canvas) {
    const turned = Number(figure.dataset.rotation);
    const across = turned % 180 !== 0;
    canvas.width = across ? image.naturalHeight : image.naturalWidth;
    canvas.height = across ? image.naturalWidth : image.naturalHeight;
    const pen = canvas.getContext("2d");
    pen.translate(canvas.width / 2, canvas.height / 2);
    pen.rotate((-turned * Math.PI) / 180); // counter-clockwise, after mirroring
    if (figure.dataset.mirrored === "1") pen.scale(-1, 1);
    pen.drawImage(image, -image.naturalWidth / 2, -image.naturalHeight / 2);
  }

  /** Draw a picture where it lies in the one that it comes from. */
  lay(figure, image, canvas) {
    const [width, height] = JSON.parse(figure.dataset.onto);
    const zoom = Math.min(1, EDGE / Math.max(width, height));
    canvas.width = Math.max(1, Math.round(width * zoom));
    canvas.height = Math.max(1, Math.round(height * zoom));
    layOnto(canvas, image, JSON.parse(figure.dataset.lies));
  }

  place() {
    const farthest = Math.max(0, (this.scale - 1) / 2);
    this.x = Math.min(farthest, Math.max(-farthest, this.x));
    this.y = Math.min(farthest, Math.max(-farthest, this.y));
    for (const figure of this.figures) {
      for (const drawn of figure.querySelectorAll("canvas, svg")) {
        drawn.style.transform = `translate(${this.x * 100}%, ${this.y * 100}%) scale(${this.scale})`;
      }
    }
    this.root.querySelector("#zoom").textContent = percent(this.scale);
    this.root.toggleAttribute("data-near", this.scale > 1);
    this.stage.style.setProperty("--boundary", `${this.value("boundary")}%`);
    this.stage.style.setProperty("--fading", `${this.value("fading")}%`);
    this.stage.style.setProperty("--amplified", this.value("amplified"));
  }

  /** Zoom; what is at (x, y) of the pane, from its middle in parts of its size, stays there. */
  zoom(factor, x = 0, y = 0) {
    const scale = Math.min(NEAREST, Math.max(1, this.scale * factor));
    const by = scale / this.scale;
    this.x = x - (x - this.x) * by;
    this.y = y - (y - this.y) * by;
    this.scale = scale;
    this.place();
  }

  move(x, y) {
    this.x += x;
    this.y += y;
    this.place();
  }

  changed(event) {
    if (event.target.matches("select, [name=mode]")) this.arrange();
  }

  clicked(event) {
    switch (event.target.closest("button")?.id) {
      case "nearer": return this.zoom(1.5);
      case "farther": return this.zoom(1 / 1.5);
      case "fit": return this.zoom(0);
      case "blink": return this.other();
    }
  }

  other() {
    this.stage.classList.toggle("other");
  }

  tick() {
    if (!this.root.isConnected) clearInterval(this.clock);
    else if (this.mode === "blink" && this.root.querySelector("#by-itself").checked) this.other();
  }

  wheel(event) {
    event.preventDefault();
    const [x, y] = this.spot(event);
    this.zoom(Math.exp(-event.deltaY * 0.0018), x, y);
  }

  spot(event) {
    const pane = (event.target.closest(".pane") ?? this.stage).getBoundingClientRect();
    return [(event.clientX - pane.left) / pane.width - 0.5, (event.clientY - pane.top) / pane.height - 0.5];
  }

  grab(event) {
    this.stage.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, [event.clientX, event.clientY]);
  }

  drag(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const pane = this.stage.querySelector("figure:not([hidden]) .pane").getBoundingClientRect();
    const others = [...this.pointers].filter(([id]) => id !== event.pointerId);
    if (others.length) {
      const [, [x, y]] = others[0];
      const length = (from) => Math.hypot(from[0] - x, from[1] - y) || 1;
      this.zoom(length([event.clientX, event.clientY]) / length(before));
    } else {
      this.move((event.clientX - before[0]) / pane.width, (event.clientY - before[1]) / pane.height);
    }
    this.pointers.set(event.pointerId, [event.clientX, event.clientY]);
  }

  key(event) {
    if (event.target.matches("input, select") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (this.root.matches("[data-look]") && event.key.startsWith("Arrow")) return; // they decide
    const doing = {
      "+": () => this.zoom(1.5),
      "=": () => this.zoom(1.5),
      "-": () => this.zoom(1 / 1.5),
      0: () => this.zoom(0),
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

onShown((place) => {
  if (place.id === "group") {
    // What was decided here is refused where it was the last file that stays.
    for (const box of document.querySelectorAll("#compare [name=go]")) {
      const there = document.getElementById(box.id.replace("compare-", ""));
      if (there) box.checked = there.checked;
    }
  }
  const root = place.id === "dialog" && document.getElementById("compare");
  if (!root) return;
  place.className = root.matches("[data-look]") ? "full" : "wide";
  new Comparison(root);
});
