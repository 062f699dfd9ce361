// What is said to people beside the content: notes that pass, and trouble that stays for a while.

import { onShown } from "./shown.js";
import { _ } from "./words.js";

const NOTE_MS = 6000;
const TROUBLE_MS = 1500;
const PROGRESS_MS = 5000;
const KNOWN_MS = 150;
const SPOKEN_MS = 10_000;

// Kept here, because they move into dialogs, and out of the page when these are emptied.
const note = document.getElementById("said");
const trouble = document.getElementById("trouble");
const spoken = document.getElementById("spoken");
const told = new Map(); // kind → what was said of it last, and when
let clock;

/** Say something that passes by itself. */
export function say(words) {
  put(note, words);
  clearTimeout(clock);
  clock = setTimeout(() => (note.textContent = ""), NOTE_MS);
}

/** Say what went wrong, if anything; it stays until the next click or key press after a moment. */
export function complain(words) {
  if (!words) return;
  put(trouble, words);
  setTimeout(() => {
    const clear = () => trouble.dataset.ended || (trouble.textContent = "");
    document.addEventListener("pointerdown", clear, { once: true });
    document.addEventListener("keydown", clear, { once: true });
  }, TROUBLE_MS);
}

/** Say that nobody answers any more, and how to go on: by a button where the desktop has one for us. */
export function ended() {
  if (trouble.dataset.ended) return;
  trouble.dataset.ended = "1";
  const again = document.body.dataset.again;
  if (!again) return put(trouble, _("The review page has ended. Open it again with: difctl review"));
  const view = location.hash.match(/^#\/(settings|job\/[0-9a-f]+)/)?.[1] ?? "";
  const link = Object.assign(document.createElement("a"), {
    className: "button main", id: "again", href: again + view, textContent: _("Open it again"),
  });
  put(trouble, _("The review page has ended."));
  trouble.append(" ", link);
}

/** Somebody answers: what was said of the end is no longer so. */
export function answers() {
  if (!trouble.dataset.ended) return;
  delete trouble.dataset.ended;
  trouble.textContent = "";
}

/** Whether a screen reader is to be told this; progress changes all the time, and is told seldom. */
function isNews(kind, words) {
  const last = told.get(kind) ?? { words: "", at: -Infinity };
  const now = performance.now();
  if (words === last.words || (kind === "progress" && now - last.at < PROGRESS_MS)) return false;
  told.set(kind, { words, at: now });
  // Who moves in the list is told of the group there.
  return kind !== "group" || document.activeElement?.id !== "list";
}

/** Have screen readers tell this, after what they are still telling. */
function speak(words) {
  const moved = bring(spoken);
  if (moved) spoken.replaceChildren();
  const line = Object.assign(document.createElement("p"), { textContent: words });
  // Only what comes into a place that they know is told.
  setTimeout(() => spoken.append(line), moved ? KNOWN_MS : 0);
  setTimeout(() => line.remove(), SPOKEN_MS);
}

// Parts of the page that are exchanged are no live regions to screen readers; this one stays.
onShown(() => {
  const parts = [...document.querySelectorAll("[data-speak]")].map((part) => [
    part.dataset.speak,
    part.dataset.words ?? part.textContent.trim().replace(/\s+/g, " "),
  ]);
  const kinds = new Set(parts.map(([kind]) => kind));
  for (const kind of told.keys()) if (!kinds.has(kind)) told.delete(kind);
  const news = parts.filter(([kind, words]) => isNews(kind, words));
  if (news.length) speak(news.map(([, words]) => words).join(". "));
});

function put(place, words) {
  bring(place);
  place.textContent = words;
}

/** Bring a place to where it is seen and heard: a dialog covers what is not inside it. */
function bring(place) {
  // A dialog covers what is not inside it; of several the last is on top.
  const home = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;
  const moves = place.parentElement !== home;
  if (moves) home.append(place);
  return moves;
}

document.addEventListener("say", (event) => say(event.detail.value));
document.addEventListener("htmx:sendError", ended);
