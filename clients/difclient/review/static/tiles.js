// The originals' own pixels: fetched in tiles, those that are seen, what was asked for last first;
// the newest are kept as bitmaps.

import { ask } from "./session.js";

export const TILE = 1024; // edge of a tile, in pixels of the picture as its file is displayed

const AT_ONCE = 3;
const KEPT = 24; // tiles of 4 MB

export class Tiles {
  /**
   * @param {string} job the search.
   * @param {() => void} come is called when a tile is there.
   */
  constructor(job, come) {
    this.job = job;
    this.come = come;
    this.kept = new Map(); // address → bitmap, or null if there is none; oldest first
    this.wanted = []; // addresses, the most urgent first
    this.fetched = new Set();
    this.leave = new AbortController();
  }

  /** The tiles that are seen from now on: what is not fetched yet is not fetched any more. */
  want(places) {
    this.wanted = places.map((place) => this.address(place));
    this.work();
  }

  /** The bitmap of a tile, if it is there. */
  get(place) {
    const address = this.address(place);
    const found = this.kept.get(address);
    if (found === undefined) return null;
    this.kept.delete(address);
    this.kept.set(address, found);
    return found;
  }

  end() {
    this.leave.abort();
    for (const bitmap of this.kept.values()) bitmap?.close();
    this.kept.clear();
  }

  address([row, column, line]) {
    return `/jobs/${this.job}/pictures/${row}/${column}/${line}`;
  }

  work() {
    while (this.fetched.size < AT_ONCE) {
      const next = this.wanted.find((one) => !this.kept.has(one) && !this.fetched.has(one));
      if (!next) return;
      this.fetched.add(next);
      this.fetch(next).finally(() => {
        this.fetched.delete(next);
        if (!this.leave.signal.aborted) this.work();
      });
    }
  }

  async fetch(address) {
    let bitmap = null;
    try {
      const answer = await ask(address, { signal: this.leave.signal });
      bitmap = await createImageBitmap(await answer.blob());
    } catch {
      // The smaller copy is seen there.
    }
    if (this.leave.signal.aborted) return bitmap?.close();
    this.kept.set(address, bitmap);
    for (const [oldest, old] of this.kept) {
      if (this.kept.size <= KEPT) break;
      if (this.wanted.includes(oldest)) continue;
      old?.close();
      this.kept.delete(oldest);
    }
    this.come();
  }
}
