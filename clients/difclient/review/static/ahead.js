// The next group of look mode, made before it is wanted: a key shows it at once, and what was decided
// is sent behind it. Choices are sent one after the other, so that they are taken back in their order.

import { complain } from "./notes.js";
import { ask } from "./session.js";
import { shown } from "./shown.js";

const dialog = document.getElementById("dialog");
const made = new WeakMap(); // view → place → its next view, not in the page yet
let sending = 0;
let sent = Promise.resolve();

/** Whether what was decided is still on its way. */
export function isSending() {
  return sending > 0;
}

/** After all that was decided is told. */
export function whenSent() {
  return sent;
}

/** Make the views at these places ready, to be shown after this one. */
export async function prepare(look, places) {
  if (made.has(look)) return;
  const views = new Map();
  made.set(look, views);
  await sent; // what is made before that would count too little
  await Promise.allSettled([...new Set(places)].map(async (place) => {
    const answer = await ask(`/jobs/${look.dataset.job}/look?place=${place}`);
    views.set(String(place), fragment(await answer.text()));
  }));
}

/** Show the view at a place instead of this one; false if it is not ready. */
export function show(look, place) {
  const view = made.get(look)?.get(String(place));
  if (!view) return false;
  put(view);
  return true;
}

/** Tell what was decided about a group while the next one is shown already. */
export function send(look, form) {
  const next = dialog.querySelector("[data-look]");
  sending += 1;
  sent = sent.then(() => tell(look, form, next)).finally(() => (sending -= 1));
}

async function tell(look, form, next) {
  const { job, look: place } = look.dataset;
  try {
    const answer = await ask(`/jobs/${job}/look/choose`, { method: "POST", body: new URLSearchParams(form) });
    const view = fragment(await answer.text());
    const follows = view.querySelector("[data-look]")?.dataset.look;
    if (next.isConnected && follows !== next.dataset.look) put(view);
    else count(view);
  } catch (error) {
    // It stands as it was; so it is shown again.
    complain(error.message);
    const answer = await ask(`/jobs/${job}/look?place=${place}`).catch(() => null);
    if (answer && dialog.querySelector("[data-look]")) put(fragment(await answer.text()));
  }
}

/** What is counted, and whether there is something to take back, as an answer has it. */
function count(view) {
  for (const part of ["#look-count", "#look-back"]) {
    const [here, there] = [dialog.querySelector(part), view.querySelector(part)];
    if (!here || !there || here.innerHTML === there.innerHTML) continue;
    here.replaceChildren(...there.childNodes);
    window.htmx.process(here);
    shown(here);
  }
}

function fragment(words) {
  const template = document.createElement("template");
  template.innerHTML = words;
  return template.content;
}

function put(view) {
  dialog.replaceChildren(document.importNode(view, true));
  window.htmx.process(dialog);
  shown(dialog);
}
