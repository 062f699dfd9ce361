// What is said to people beside the content: notes that pass, and trouble that stays for a while.

const NOTE_MS = 6000;
const TROUBLE_MS = 1500;

// Kept here, because they move into dialogs, and out of the page when these are emptied.
const note = document.getElementById("said");
const trouble = document.getElementById("trouble");
let clock;

/** Say something that passes by itself. */
export function say(words) {
  put(note, words);
  clearTimeout(clock);
  clock = setTimeout(() => (note.textContent = ""), NOTE_MS);
}

/** Say what went wrong; it stays until the next click or key press after a moment. */
export function complain(words) {
  put(trouble, words);
  setTimeout(() => {
    const clear = () => (trouble.textContent = "");
    document.addEventListener("pointerdown", clear, { once: true });
    document.addEventListener("keydown", clear, { once: true });
  }, TROUBLE_MS);
}

function put(place, words) {
  // A dialog covers what is not inside it; of several the last is on top.
  const home = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;
  if (place.parentElement !== home) home.append(place);
  place.textContent = words;
}

document.addEventListener("say", (event) => say(event.detail.value));
document.addEventListener("htmx:responseError", (event) => complain(event.detail.xhr.responseText));
document.addEventListener("htmx:sendError", () => {
  complain("The review page has ended. Open it again with: difctl review");
});
