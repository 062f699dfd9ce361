// Looking at one group after the other: a key decides, and the next one is there already.

import { isSending, prepare, send, show, whenSent } from "./ahead.js";
import { EDGE } from "./geometry.js";
import { bitmap } from "./pictures.js";
import { sharpness } from "./sharpness.js";
import { onShown } from "./shown.js";
import { _, percent } from "./words.js";

const KEYS = {
  ArrowLeft: "#look-left",
  ArrowRight: "#look-right",
  b: "#look-both",
  n: "#look-neither",
  s: "#look-skip",
  j: "#look-skip",
  k: "#look-previous",
  u: "#look-undo",
  Enter: "#look-done",
};
const MODES = { d: "difference", " ": "blink" };
const SWIPED = 0.2; // of the width of the window

const dialog = document.getElementById("dialog");
let looked = false;

function shown() {
  return dialog.querySelector("[data-look]");
}

onShown((place) => {
  if (place !== dialog) return;
  const look = shown();
  looked ||= look !== null;
});

/** The copy of a picture of this search; with a size, made so small. */
function copy(look, row, size) {
  return bitmap(`/jobs/${look.dataset.job}/pictures/${row}?size=${EDGE}`, size);
}

// The next groups with their pictures, as large as they will be shown, while these are looked at.
dialog.addEventListener("fitted", ({ detail }) => {
  const look = shown();
  if (!look || look.dataset.pane === String(detail.pane)) return;
  look.dataset.pane = detail.pane;
  const ahead = JSON.parse(look.dataset.ahead).map(([row, size]) => copy(look, row, detail.sizeFor(size)));
  const places = [look.dataset.next, look.dataset.skip].filter(Boolean);
  Promise.allSettled([...ahead, prepare(look, places)]).then(() => (look.dataset.made = ""));
});

// What the files themselves say comes later, and goes beneath each.
onShown((place) => {
  if (place.id !== "told") return;
  for (const words of place.querySelectorAll("[data-told]")) {
    dialog.querySelector(`figure[data-row="${words.dataset.told}"] .look-told`)?.replaceChildren(...words.childNodes);
  }
});

const SHARPNESS_MS = 300;
const TOLD = 0.9; // what is nearly as sharp as the sharpest one is not told

// Not before they are shown, and only of what is looked at for a while.
let clock;
dialog.addEventListener("fitted", () => {
  clearTimeout(clock);
  clock = setTimeout(compareSharpness, SHARPNESS_MS, shown());
});

async function compareSharpness(look) {
  const figures = [...(look?.querySelectorAll("figure") ?? [])];
  if (!look?.isConnected || "sharp" in look.dataset || figures.length < 2) return;
  look.dataset.sharp = "";
  const copies = await Promise.all(figures.map((figure) => copy(look, figure.dataset.row))).catch(() => []);
  const found = copies.length ? sharpness(copies) : null;
  const tells = found?.some((one) => one < TOLD);
  figures.forEach((figure, place) => {
    const words = found?.[place] === 1 ? _("sharpest") : _("%(share)s as sharp", { share: percent(found?.[place] ?? 0) });
    figure.querySelector(".look-sharp").textContent = tells ? ` · ${words}` : "";
  });
}

// Listeners of the list and of the sum are told once, when all is decided.
dialog.addEventListener("close", () => {
  if (looked) whenSent().then(() => document.dispatchEvent(new Event("looked")));
  looked = false;
});

// The next group is shown at once where it is ready, and what was decided is sent meanwhile. Where
// nothing of what is shown stays, it is asked first whether that may be.
dialog.addEventListener("submit", (event) => {
  const look = shown();
  if (event.target !== look) return;
  const form = new FormData(look);
  if ("decided" in look.dataset) {
    // It is on its way, and nothing is decided about a group that nobody has seen.
  } else if (form.has("keep") && show(look, look.dataset.next)) {
    send(look, form);
  } else if (isSending()) {
    look.dataset.decided = "";
    whenSent().then(() => {
      delete look.dataset.decided;
      if (look.isConnected) look.requestSubmit();
    });
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}, { capture: true });

dialog.addEventListener("htmx:beforeRequest", ({ target }) => {
  if (target === shown()) target.dataset.decided = "";
});
dialog.addEventListener("htmx:afterRequest", ({ target }) => {
  if (target === shown()) delete target.dataset.decided;
});

dialog.addEventListener("click", (event) => {
  const button = event.target.closest("[hx-get], [hx-post]");
  const look = shown();
  if (!button || button === look) return;
  // What was decided last is taken back after it was told.
  if (button.id === "look-skip" && show(look, look.dataset.skip)) event.stopPropagation();
  else if (isSending()) {
    event.stopPropagation();
    whenSent().then(() => (button.isConnected ? button : dialog.querySelector("#look-undo"))?.click());
  }
}, { capture: true });

dialog.addEventListener("click", (event) => {
  const button = event.target.closest("[data-keep]");
  if (button) keep(button.dataset.keep.split(" "));
});

/** These stay, of those that are shown. */
function keep(rows) {
  if ("decided" in shown().dataset) return;
  for (const box of shown().querySelectorAll("[name=keep]")) box.checked = rows.includes(box.value);
  shown().requestSubmit();
}

dialog.addEventListener("keydown", (event) => {
  const look = shown();
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("select, [type=range]")) return;
  if (look === null) {
    if (event.key === "u") dialog.querySelector("#looked #look-undo")?.click();
    return;
  }
  // A button that has the keys is pressed by them.
  if (["Enter", " "].includes(event.key) && event.target.matches("button, input")) return;
  if (event.key.startsWith("Arrow") && event.target.matches("[type=radio]")) return;
  if (event.key in KEYS) {
    const button = look.querySelector(KEYS[event.key]);
    if (button) button.click();
    else if (event.key === "u" && isSending()) whenSent().then(() => dialog.querySelector("#look-undo")?.click());
    else return;
  } else if (event.key in MODES) {
    turn(look, MODES[event.key]);
  } else if (event.shiftKey && look.querySelector(`#look-only-${event.code.at(-1)}`)) {
    look.querySelector(`#look-only-${event.code.at(-1)}`).click();
  } else if (/^[1-4]$/.test(event.key)) {
    look.querySelectorAll("[name=keep]")[Number(event.key) - 1]?.click();
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}, { capture: true });

/** Blink shows the other one each time; what else is on goes off again. */
function turn(look, mode) {
  const chosen = look.querySelector("[name=mode]:checked").value;
  if (chosen === mode && mode === "blink") return look.querySelector("#blink").click();
  look.querySelector(`[name=mode][value=${chosen === mode ? "all" : mode}]`).click();
}

// On a phone: to the left keeps the left one, to the right the right one.
let touched = null;
dialog.addEventListener("touchstart", (event) => {
  const one = event.touches.length === 1 && event.target.closest("[data-look] .stage");
  touched = one ? [event.touches[0].clientX, event.touches[0].clientY] : null;
}, { passive: true });
dialog.addEventListener("touchend", (event) => {
  const look = shown();
  if (touched === null || look === null || look.hasAttribute("data-near")) return;
  const [x, y] = [event.changedTouches[0].clientX - touched[0], event.changedTouches[0].clientY - touched[1]];
  touched = null;
  if (Math.abs(x) < SWIPED * innerWidth || Math.abs(x) < 2 * Math.abs(y)) return;
  look.querySelector(x < 0 ? "#look-left" : "#look-right")?.click();
}, { passive: true });
