// The view of a result: the list, the group beside it, and the keys for both.

import { GroupList } from "./list.js";
import { onShown } from "./shown.js";

const SINGLE = "difd-single-keys";
let list = null;

onShown((place) => {
  if (place.id === "view") {
    const review = document.getElementById("review");
    list = review?.querySelector("#list") ? new GroupList(review) : null;
    list?.renew();
  } else if (place.id === "group") {
    const group = shownGroup();
    if (!group || !list) return;
    if (group !== list.shown) place.scrollTop = 0;
    list.comes(group);
  }
});

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target.id === "group" && shownGroup()) list?.stands(shownGroup());
});

document.addEventListener("htmx:beforeSend", ({ detail: { target, requestConfig, xhr } }) => {
  if (target.id === "group" && requestConfig.verb === "post") list?.sends(xhr);
});
document.addEventListener("htmx:afterRequest", ({ detail }) => list?.answered(detail.xhr));

function shownGroup() {
  return document.querySelector("#group .files")?.dataset.group;
}

// Nothing is decided about a group that only still stands there: a button that every group has is
// pressed when the chosen one is shown; what belongs to one file of the old one is not heeded.
document.addEventListener(
  "click",
  (event) => {
    const pressed = event.target.closest("#group button, #group label, #group input");
    if (!pressed || pressed.id === "back" || !list?.coming) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (Object.values(BUTTONS).includes(`#${pressed.id}`)) list.soon(() => press(`#${pressed.id}`));
  },
  { capture: true },
);

function press(button) {
  document.querySelector(button)?.click();
}

for (const trouble of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(trouble, ({ detail }) => list?.fails(detail.requestConfig.path));
}

// The gateway says that decisions have changed, or that the list is another one.
// A group that is decided makes way for the next one that is not, unless the user has gone on.
document.addEventListener("decided", async ({ detail }) => {
  const place = list?.chosen;
  const goes = Number.isInteger(detail.next) && list?.number === String(detail.of);
  await list?.refresh();
  if (goes && list?.chosen === place) list.go(() => list.choose(detail.next));
});
document.addEventListener("looked", () => {
  list?.refresh();
  list?.choose(list.chosen, true);
});
document.addEventListener("relist", () => list?.renew());
document.addEventListener("regroup", () => {
  list?.refresh();
  list?.choose(list.chosen, true);
});

document.addEventListener("click", (event) => {
  if (event.target.closest("#back")) {
    document.getElementById("review").classList.remove("has-group");
    document.getElementById("list").focus();
  } else if (event.target.closest("#keys-button")) {
    document.getElementById("keys").showModal();
  }
});

// What a step of the similarity means is said at once.
document.addEventListener("input", ({ target }) => {
  if (target.id !== "step") return;
  const words = JSON.parse(target.dataset.words)[target.value];
  target.setAttribute("aria-valuetext", words);
  target.title = JSON.parse(target.dataset.figures)[target.value];
  document.getElementById("step-words").textContent = words;
});

const single = document.getElementById("single-keys");
// Where nothing may be kept, as in a window of its own, there is no storage.
single.checked = globalThis.localStorage?.getItem(SINGLE) !== "off";
single.addEventListener("change", () => {
  globalThis.localStorage?.setItem(SINGLE, single.checked ? "on" : "off");
});

const BUTTONS = {
  p: "#proposed-button",
  s: "#stay-button",
  n: "#ignore-button",
  c: "#compare-button",
  l: "#look, #look-button", // from the sum to the list, and from there
  r: "#rules",
  t: "#trash",
  u: "#back-button",
  "?": "#keys-button",
};

document.addEventListener("keydown", (event) => {
  const back = event.key === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey;
  if (back && !event.target.closest("input:not([type=radio], [type=checkbox]), textarea")) {
    event.preventDefault();
    press("#back-button");
    return;
  }
  if (!single.checked || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input:not([type=radio], [type=checkbox]), textarea, select")) return;
  if (document.querySelector("dialog[open]")) return;
  const { key } = event;
  const step = { j: 1, k: -1 }[key];
  if (step) {
    list?.go(() => list.choose(list.chosen + step));
  } else if (key === "/") {
    document.getElementById("find")?.focus();
  } else if (key in BUTTONS) {
    heed(() => press(BUTTONS[key]));
  } else if (/^[1-9]$/.test(key)) {
    heed(() => turn(Number(key)));
  } else {
    return;
  }
  event.preventDefault();
});

function heed(doing) {
  if (list) list.soon(doing);
  else doing();
}

/** Let a file of the group go that stays or is undecided, or stay that goes. */
function turn(place) {
  const file = document.querySelectorAll("#group .file")[place - 1];
  const goes = file?.querySelector(".decide input:checked")?.value === "1";
  file?.querySelector(`.decide input[value="${goes ? 0 : 1}"]`)?.click();
}
