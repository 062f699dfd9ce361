// Pictures: fetched with the token, because no address of a picture works by itself, a few at a
// time, what came into sight last first, and of that the topmost; shown as blobs, of which the
// newest are kept.

import { ask } from "./session.js";
import { onShown } from "./shown.js";
import { _ } from "./words.js";

const AT_ONCE = 5;
const KEPT = 400;
const FILES = 40;
const BITMAPS = 12; // of up to 12 MB: two groups of four ahead, and the one that is shown
const TRIES = 3;
const AGAIN_MS = 3000;
const GONE = 404;

const kept = new Map(); // address → blob URL, oldest first
const files = new Map(); // address → promise of its bytes, oldest first
const bitmaps = new Map(); // address and size → promise of a decoded picture, oldest first
const wanted = []; // images that wait, the most urgent last
let under_way = 0;

const sight = new IntersectionObserver(
  (entries) => {
    const seen = entries.filter((entry) => entry.isIntersecting).sort(later);
    for (const { target } of seen) {
      sight.unobserve(target);
      wanted.push(target);
    }
    work();
  },
  { rootMargin: "200px" },
);

/** Orders what came into sight at the same time: what nobody sees yet, then from below to above. */
function later(one, other) {
  const [a, b] = [one.boundingClientRect, other.boundingClientRect];
  return hidden(b) - hidden(a) || b.top - a.top || b.left - a.left;
}

/** Whether a place is only near what is seen. */
function hidden(place) {
  return Number(place.bottom < 0 || place.top > innerHeight);
}

/** Show the pictures of a part of the page as they come into sight. */
export function look(part) {
  for (const image of part.querySelectorAll("img[data-picture]")) {
    const url = kept.get(image.dataset.picture);
    if (url) show(image, url);
    else if (!image.src) sight.observe(image);
  }
}

/** The blob URL of a picture. */
export async function picture(address) {
  const found = kept.get(address);
  if (found) return found;
  const url = URL.createObjectURL(await (await ask(address)).blob());
  kept.set(address, url);
  if (kept.size > KEPT) {
    const [oldest, old] = kept.entries().next().value;
    kept.delete(oldest);
    URL.revokeObjectURL(old);
  }
  return url;
}

/** A picture, decoded and ready to be drawn; in a size, width and height, if that is given. */
export function bitmap(address, size = null) {
  return newest(bitmaps, `${address} ${size}`, BITMAPS, async () => {
    const blob = await newest(files, address, FILES, async () => (await ask(address)).blob());
    const [resizeWidth, resizeHeight] = size ?? [];
    return createImageBitmap(blob, size ? { resizeWidth, resizeHeight, resizeQuality: "high" } : {});
  });
}

/** What is kept under a name, or made now; of the others the newest stay. */
function newest(all, name, count, make) {
  const found = all.get(name) ?? make();
  all.delete(name);
  all.set(name, found);
  found.catch(() => all.get(name) === found && all.delete(name));
  if (all.size > count) {
    const [oldest, old] = all.entries().next().value;
    all.delete(oldest);
    old.then((one) => one.close?.()).catch(() => {});
  }
  return found;
}

async function work() {
  while (under_way < AT_ONCE && wanted.length) {
    const image = wanted.pop();
    if (!image.isConnected) continue;
    under_way += 1;
    picture(image.dataset.picture)
      .then((url) => show(image, url))
      .catch((error) => miss(image, error))
      .finally(() => {
        under_way -= 1;
        work();
      });
  }
}

function show(image, url) {
  image.src = url;
  image.parentElement?.classList.remove("no-picture");
  image.parentElement?.classList.add("has-picture");
}

/** Say that there is no picture; unless the file has none, it is asked for again, after the others. */
function miss(image, error) {
  image.parentElement?.classList.add("no-picture");
  image.parentElement?.setAttribute("data-instead", _("no picture"));
  const tries = Number(image.dataset.tries ?? 0) + 1;
  image.dataset.tries = tries;
  if (error.status === GONE || tries === TRIES) return;
  setTimeout(() => {
    wanted.unshift(image);
    work();
  }, tries * AGAIN_MS);
}

onShown(look);
