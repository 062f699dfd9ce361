// Drawing a picture where it lies in the one that it comes from, and showing nothing but what two
// of them share.

const CELLS = 16;
const STRAIGHT = 0.5; // pixels by which the fourth corner may be off where three say all
const OVERLAP = 1; // pixels by which parts of a picture overlap, so that no seams are seen
const RIM = 1; // pixels along an edge that are not compared: there a picture is half transparent

/** Draw a bitmap, its corners at these places (from the upper left clockwise). */
export function layOnto(pen, image, places) {
  const size = [image.width, image.height];
  if (isParallelogram(places)) return drawOver(pen, image, [0, 0, ...size], places);
  // A picture seen aslant: so many small parts of it, each of which is straight enough.
  const at = perspective(places);
  for (let row = 0; row < CELLS; row += 1) {
    for (let column = 0; column < CELLS; column += 1) {
      const [left, top] = [column / CELLS, row / CELLS];
      const [right, bottom] = [left + 1 / CELLS, top + 1 / CELLS];
      const part = [left * size[0], top * size[1], size[0] / CELLS, size[1] / CELLS];
      drawOver(pen, image, part, [at(left, top), at(right, top), at(right, bottom), at(left, bottom)]);
    }
  }
}

/** Make all black that does not lie in each of these outlines: only what is common is compared. */
export function keepCommon(canvas, outlines) {
  const pen = canvas.getContext("2d");
  pen.resetTransform();
  pen.lineWidth = 2 * RIM;
  for (const corners of outlines) {
    outline(pen, corners.map(([x, y]) => [x * canvas.width, y * canvas.height]));
    pen.globalCompositeOperation = "destination-in";
    pen.fill();
    pen.globalCompositeOperation = "destination-out";
    pen.stroke();
  }
  pen.globalCompositeOperation = "destination-over";
  pen.fillRect(0, 0, canvas.width, canvas.height);
}

function isParallelogram([one, two, three, four]) {
  const off = (axis) => Math.abs(one[axis] - two[axis] + three[axis] - four[axis]);
  return off(0) < STRAIGHT && off(1) < STRAIGHT;
}

/** Draw a part of an image (left, top, width, height) over four places, by three of them. */
function drawOver(pen, image, [left, top, width, height], places) {
  const [start, right, , below] = places;
  const [across, down] = [[right, width], [below, height]].map(([end, length]) =>
    end.map((value, axis) => (value - start[axis]) / length));
  pen.save();
  if (width < image.width) {
    outline(pen, away(places, OVERLAP));
    pen.clip();
  }
  pen.transform(
    ...across, ...down,
    ...start.map((value, axis) => value - across[axis] * left - down[axis] * top),
  );
  pen.drawImage(image, 0, 0);
  pen.restore();
}

function outline(pen, places) {
  pen.beginPath();
  for (const place of places) pen.lineTo(...place);
  pen.closePath();
}

/** The places so many pixels farther from their middle. */
function away(places, pixels) {
  const middle = [0, 1].map((axis) => places.reduce((sum, place) => sum + place[axis], 0) / places.length);
  return places.map((place) =>
    place.map((value, axis) => value + Math.sign(value - middle[axis]) * pixels));
}

/** The map from the unit square to four places (Heckbert, 1989). */
export function perspective([[x0, y0], [x1, y1], [x2, y2], [x3, y3]]) {
  const [dx1, dx2, sx] = [x1 - x2, x3 - x2, x0 - x1 + x2 - x3];
  const [dy1, dy2, sy] = [y1 - y2, y3 - y2, y0 - y1 + y2 - y3];
  const all = dx1 * dy2 - dx2 * dy1;
  const g = (sx * dy2 - dx2 * sy) / all;
  const h = (dx1 * sy - sx * dy1) / all;
  return (u, v) => {
    const w = g * u + h * v + 1;
    return [
      ((x1 - x0 + g * x1) * u + (x3 - x0 + h * x3) * v + x0) / w,
      ((y1 - y0 + g * y1) * u + (y3 - y0 + h * y3) * v + y0) / w,
    ];
  };
}
