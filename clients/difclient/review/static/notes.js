// What is said to people beside the content: notes that pass, and trouble that stays until closed.

const NOTE_SECONDS = 6;
let clock;

/** Say something that went well. */
export function say(words) {
  const place = document.getElementById("said");
  place.textContent = words;
  clearTimeout(clock);
  clock = setTimeout(() => (place.textContent = ""), NOTE_SECONDS * 1000);
}

/** Say what went wrong; it stays until the next click or key press after a moment. */
export function complain(words) {
  const place = document.getElementById("trouble");
  place.textContent = words;
  const open = document.querySelector("dialog[open]");
  // A dialog covers what is not inside it.
  (open ?? document.body).append(place);
  setTimeout(() => {
    const clear = () => (place.textContent = "");
    document.addEventListener("pointerdown", clear, { once: true });
    document.addEventListener("keydown", clear, { once: true });
  }, 1500);
}

document.addEventListener("say", (event) => say(event.detail.value));
document.addEventListener("htmx:responseError", (event) => complain(event.detail.xhr.responseText));
document.addEventListener("htmx:sendError", () => {
  complain("The review page has ended. Open it again with: difctl review");
});
