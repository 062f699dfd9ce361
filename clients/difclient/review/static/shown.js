// One word for “there is new content in the page”, whoever put it there. htmx tells it once for
// every element of an answer; listeners are told once for the whole.

const listeners = [];
const waiting = new Set();

/** Have `doing(place)` called after the content of a place was exchanged. */
export function onShown(doing) {
  listeners.push(doing);
}

/** Say that the content of a place was exchanged. */
export function shown(place) {
  if (!waiting.size) queueMicrotask(tell);
  waiting.add(place);
}

function tell() {
  const places = [...waiting];
  waiting.clear();
  for (const place of places) for (const doing of listeners) doing(place);
}

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target) shown(event.detail.target);
});
