// The view of a result: the list, the group beside it, and the keys for both.

import { GroupList } from "./list.js";
import { onShown } from "./shown.js";

const SINGLE = "difd-single-keys";
let list = null;
let seen = null; // the group that is shown

onShown((place) => {
  if (place.id === "view") {
    const review = document.getElementById("review");
    list = review?.querySelector("#list") ? new GroupList(review) : null;
    list?.renew();
  } else if (place.id === "group") {
    const group = place.querySelector(".files")?.dataset.group;
    if (group !== seen) place.scrollTop = 0;
    seen = group;
    // The answer to a decision may arrive when the user has gone on to the next group.
    if (group && list && group !== list.number) list.choose(list.chosen);
  }
});

// The gateway says that decisions have changed, or that the list is another one.
document.addEventListener("decided", () => list?.refresh());
document.addEventListener("relist", () => list?.renew());
document.addEventListener("regroup", () => {
  list?.refresh();
  list?.choose(list.chosen);
});

document.addEventListener("click", (event) => {
  if (event.target.closest("#back")) {
    document.getElementById("review").classList.remove("has-group");
    document.getElementById("list").focus();
  } else if (event.target.closest("#keys-button")) {
    document.getElementById("keys").showModal();
  }
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
  r: "#rules",
  t: "#trash",
  "?": "#keys-button",
};

document.addEventListener("keydown", (event) => {
  if (!single.checked || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input:not([type=radio], [type=checkbox]), textarea, select")) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key in BUTTONS) {
    document.querySelector(BUTTONS[event.key])?.click();
  } else if (event.key === "j" || event.key === "k") {
    list?.choose(list.chosen + (event.key === "j" ? 1 : -1));
  } else if (event.key === "/") {
    document.getElementById("find")?.focus();
  } else if (/^[1-9]$/.test(event.key)) {
    const file = document.querySelectorAll("#group .file")[Number(event.key) - 1];
    file?.querySelector(".decide input:not(:checked)")?.click();
  } else {
    return;
  }
  event.preventDefault();
});
