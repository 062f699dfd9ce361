// How sharp pictures are beside each other: the variance of the Laplacian in the same crop of each,
// all as large as the smallest, whichever way they lie. A hint for photos of one moment, never a rule.

const EDGE = 1024; // longer edge at which pictures are looked at, in pixels
const CROP = 0.5; // of width and height, around the middle

/** For each bitmap, its share of the sharpest one's, 0 to 1; null if there is nothing to tell. */
export function sharpness(bitmaps) {
  const longer = (one) => Math.max(one.width, one.height);
  if (!bitmaps.every(longer)) return null; // one was closed meanwhile: nobody looks any more
  const edge = Math.min(EDGE, ...bitmaps.map(longer));
  const found = bitmaps.map((one) => variance(middle(one, edge / longer(one))));
  const most = Math.max(...found);
  return most > 0 ? found.map((one) => one / most) : null;
}

function middle(bitmap, by) {
  const [width, height] = [bitmap.width, bitmap.height].map((one) => Math.max(1, Math.round(one * by)));
  const size = [Math.max(3, Math.round(width * CROP)), Math.max(3, Math.round(height * CROP))];
  const made = new OffscreenCanvas(...size);
  const pen = made.getContext("2d", { willReadFrequently: true });
  pen.drawImage(bitmap, (size[0] - width) / 2, (size[1] - height) / 2, width, height);
  return pen.getImageData(0, 0, ...size);
}

function variance({ data, width, height }) {
  const grey = new Float32Array(width * height);
  for (let at = 0; at < grey.length; at += 1) {
    grey[at] = 0.299 * data[4 * at] + 0.587 * data[4 * at + 1] + 0.114 * data[4 * at + 2];
  }
  let sum = 0;
  let squares = 0;
  for (let row = 1; row < height - 1; row += 1) {
    for (let at = row * width + 1; at < (row + 1) * width - 1; at += 1) {
      const bend = grey[at - 1] + grey[at + 1] + grey[at - width] + grey[at + width] - 4 * grey[at];
      sum += bend;
      squares += bend * bend;
    }
  }
  const count = (width - 2) * (height - 2);
  return squares / count - (sum / count) ** 2;
}
