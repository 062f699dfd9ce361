// Where the copy of a picture does not suffice, its own pixels are drawn over it: put together from
// tiles, and scaled in one piece, so that no seams are seen and equal pictures are scaled equally.

import { bounds } from "./geometry.js";
import { layOnto } from "./laying.js";
import { TILE } from "./tiles.js";

const NEARLY = 1e-6;
const LEAST = 1 / 3; // pixels of the screen for one of the original, below which the copy has to do

/**
 * Draw a picture's own pixels where they are seen and there.
 *
 * @param {number?} grain pixels along the width of the frame, if there are to be no more of them.
 * @returns {number[][]} the tiles that are seen, there or not, from the middle outwards.
 */
export function drawSharp(placed, view, tiles, grain) {
  const pane = placed.figure.querySelector(".pane");
  const copy = pane.querySelector("canvas");
  const seen = isCoarse(placed, view, copy) ? visible(placed, view) : [];
  const found = seen.map((tile) => ({ ...tile, bitmap: tiles.get(tile.place) })).filter((tile) => tile.bitmap);
  if (found.length) {
    const mosaic = put(placed, found, copy, Math.round(grain ?? placed.across));
    draw(sharpOf(placed, pane, copy), placed, view, mosaic);
  } else {
    pane.querySelector("canvas.sharp")?.remove();
    placed.mosaic = null;
  }
  pane.classList.toggle("whole", found.length > 0 && found.length === seen.length);
  return seen.map((tile) => tile.place);
}

/** The canvas over a copy, as large as the pane in pixels of the screen. */
function sharpOf(placed, pane, copy) {
  let canvas = pane.querySelector("canvas.sharp");
  if (!canvas) {
    canvas = document.createElement("canvas");
    canvas.className = "sharp";
    canvas.setAttribute("aria-hidden", "true");
    copy.after(canvas);
  }
  const size = placed.pane.map((edge) => Math.round(edge * devicePixelRatio));
  if (canvas.width !== size[0]) canvas.width = size[0];
  if (canvas.height !== size[1]) canvas.height = size[1];
  return canvas;
}

/** Pixels of the screen for one of the picture's own, while nothing is zoomed. */
export function magnified(placed) {
  return (placed.fit[2] * devicePixelRatio) / placed.across;
}

function isCoarse(placed, view, copy) {
  if (view.scale === 1 || !placed.known) return false;
  const copied = Math.min(1, Math.max(LEAST, copy.width / placed.across));
  return shownBox(placed, view)[2] * devicePixelRatio >= copied * placed.across * (1 - NEARLY);
}

/**
 * Where a frame is in its pane: left, top, width and height, in CSS pixels; at whole pixels of the
 * screen, because edges that share one would stay in the difference of two equal pictures.
 */
export function shownBox(placed, view) {
  const [left, top, width, height] = placed.box(view.scale);
  const [across, down] = placed.pane;
  return [
    across / 2 + view.x * across + (left - across / 2) * view.scale,
    down / 2 + view.y * down + (top - down / 2) * view.scale,
    width * view.scale,
    height * view.scale,
  ].map((one) => Math.round(one * devicePixelRatio) / devicePixelRatio);
}

/** The tiles in sight, from the middle of the pane outwards: place, and corners in shares. */
function visible(placed, view) {
  const [width, height] = placed.size;
  const box = shownBox(placed, view);
  const at = placed.onFrame;
  const found = [];
  for (let line = 0; line * TILE < height; line += 1) {
    for (let column = 0; column * TILE < width; column += 1) {
      const [left, top] = [(column * TILE) / width, (line * TILE) / height];
      const [right, bottom] = [((column + 1) * TILE) / width, ((line + 1) * TILE) / height].map((end) => Math.min(1, end));
      const corners = [at(left, top), at(right, top), at(right, bottom), at(left, bottom)];
      const [x, y, toX, toY] = bounds(corners.map(([u, v]) => [box[0] + u * box[2], box[1] + v * box[3]]));
      if (toX <= 0 || toY <= 0 || x >= placed.pane[0] || y >= placed.pane[1]) continue;
      const away = Math.hypot((x + toX - placed.pane[0]) / 2, (y + toY - placed.pane[1]) / 2);
      found.push({ place: [placed.figure.dataset.row, column, line], corners, away });
    }
  }
  return found.sort((one, other) => one.away - other.away);
}

/** The tiles as one picture of the frame's grain: canvas, and its first column and row there. */
function put(placed, found, copy, across) {
  const key = JSON.stringify([across, placed.laid, found.map((tile) => tile.place).sort()]);
  if (placed.mosaic?.key === key) return placed.mosaic;
  const down = Math.round((across * placed.frame[1]) / placed.frame[0]);
  const ends = bounds(found.flatMap((tile) => tile.corners));
  const [left, top] = [Math.max(0, Math.floor(ends[0] * across)), Math.max(0, Math.floor(ends[1] * down))];
  const [right, bottom] = [Math.min(across, Math.ceil(ends[2] * across)), Math.min(down, Math.ceil(ends[3] * down))];
  const canvas = new OffscreenCanvas(Math.max(1, right - left), Math.max(1, bottom - top));
  const pen = canvas.getContext("2d");
  pen.imageSmoothingQuality = "high";
  const isExact = !placed.laid && across === placed.frame[0];
  // Tiles that are made smaller end within pixels; there the copy is seen between them.
  if (!isExact && !placed.laid) pen.drawImage(copy, -left, -top, across, down);
  for (const tile of found) {
    const corners = tile.corners.map(([u, v]) => [u * across - left, v * down - top]);
    layOnto(pen, tile.bitmap, isExact ? corners.map((place) => place.map(Math.round)) : corners);
  }
  placed.mosaic = { key, canvas, left, top, across, down };
  return placed.mosaic;
}

function draw(canvas, placed, view, { canvas: made, left, top, across, down }) {
  const pen = canvas.getContext("2d");
  const [x, y, width, height] = shownBox(placed, view).map((one) => one * devicePixelRatio);
  const [wide, high] = [width / across, height / down];
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.imageSmoothingEnabled = wide < 1 - NEARLY;
  pen.imageSmoothingQuality = "medium";
  // From the first pixel in sight, wherever the tiles begin: so equal pictures come to the very
  // same place.
  const first = [Math.max(left, Math.floor(-x / wide)), Math.max(top, Math.floor(-y / high))];
  const last = [
    Math.min(left + made.width, Math.ceil((canvas.width - x) / wide)),
    Math.min(top + made.height, Math.ceil((canvas.height - y) / high)),
  ];
  const [many, more] = [last[0] - first[0], last[1] - first[1]];
  if (many <= 0 || more <= 0) return;
  let [source, from] = [made, [first[0] - left, first[1] - top]];
  if (wide > 1 + NEARLY) {
    // Where pixels are that many times larger, the one that is taken may depend on where it lies in
    // what is drawn: so what is drawn begins with the first one.
    source = placed.patch ??= new OffscreenCanvas(1, 1);
    [source.width, source.height] = [many, more];
    source.getContext("2d").drawImage(made, -from[0], -from[1]);
    from = [0, 0];
  }
  pen.drawImage(source, ...from, many, more, x + first[0] * wide, y + first[1] * high, many * wide, more * high);
}
