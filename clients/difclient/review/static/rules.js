// Keep rules that are arranged by hand: dragged, moved by buttons, added and removed. The gateway is
// asked after every step, and answers with the rules anew, and what each of them decides.

import { onShown } from "./shown.js";

// One list of rules is shown at most: in the dialog of a result, the form of a search, or the settings.
const dialog = document.getElementById("dialog");
let dragged = null; // the rule that is dragged, and whether it has moved
let accepted = []; // the rules as the gateway took them last
let taken = false; // whether the gateway's answer came into the page
let typing = false; // whether the text was changed, and not read yet
let turn = 0; // how often rules were arranged

function list() {
  return document.querySelector(".keep-rules");
}

/** The rules that can be moved, as they stand. */
function rules() {
  return [...list().querySelectorAll("[data-key]")];
}

/** Have the gateway read the rules as they stand now; what was typed and not read is given up. */
function arranged(moved = "") {
  const form = list().closest("form");
  form.elements.text.value = form.elements.was.value;
  form.elements.moved.value = moved;
  form.elements.turn.value = ++turn;
  list().closest(".keeping").dispatchEvent(new Event("arranged", { bubbles: true }));
}

function sent(rule) {
  return rule.querySelector("[name=keep]").value;
}

/** A rule that the gateway has not shown yet. */
function bare(value) {
  return Object.assign(document.createElement("input"), { type: "hidden", name: "keep", value });
}

function add(value) {
  const there = rules().find((rule) => sent(rule) === value);
  if (there) return there.querySelector("button").focus();
  list().append(bare(value));
  arranged(value);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button?.matches("[data-move], [data-drop], [data-add], #own-rules") || !list()) return;
  const rule = button.closest("[data-key]");
  if (button.dataset.move) {
    const all = rules();
    const other = all[all.indexOf(rule) + Number(button.dataset.move)];
    if (!other) return;
    if (button.dataset.move === "1") other.after(rule);
    else other.before(rule);
    button.focus();
    arranged(sent(rule));
  } else if ("drop" in button.dataset) {
    const all = rules();
    const next = all[all.indexOf(rule) + 1] ?? all[all.indexOf(rule) - 1];
    (next?.querySelector("[data-drop]") ?? document.getElementById("add-rule")).focus();
    rule.remove();
    arranged();
  } else if (button.dataset.typed) {
    const field = document.getElementById(button.dataset.typed);
    const typed = field.value.trim();
    if (typed) add(encodeURIComponent(`${button.dataset.add}:${typed}`));
    else field.focus();
  } else if (button.dataset.add) {
    add(encodeURIComponent(button.dataset.add));
  } else {
    for (const input of list().querySelectorAll("[name=keep]")) input.remove();
    list().append(...button.dataset.rules.split(" ").filter(Boolean).map(bare));
    arranged();
  }
});

// What is typed for a rule is added by Enter, and sends nothing else.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches(".rule-typed input")) return;
  event.preventDefault();
  event.target.parentElement.querySelector("[data-add]").click();
});

// A folder was picked for a rule.
document.addEventListener("picked", ({ detail: { field, path } }) => {
  if (!field.startsWith("rule-") || !list()) return;
  const kind = field.slice("rule-".length);
  const former = rules().find((rule) => sent(rule).startsWith("folder%3A") || sent(rule).startsWith("folder:"));
  if (kind !== "folder" || !former) return add(`${kind}%3A${path}`);
  // Of several folders the first keeps what they share: one more comes after those.
  const value = `${sent(former)}%3E${path}`;
  former.replaceWith(bare(value));
  arranged(value);
});

// What is typed is read as it is typed; once more when the field is left, the answer would take a button away that
// is being pressed.
document.addEventListener("change", (event) => event.target.id === "keep-text" && event.stopPropagation(), true);

// A rule follows the mouse from everywhere, and a finger from its grip: elsewhere the dialog scrolls.
document.addEventListener("pointerdown", (event) => {
  const rule = event.button === 0 && event.target.closest(".keep-rules [data-key]");
  if (!rule || event.target.closest("button, summary, details")) return;
  if (event.pointerType !== "mouse" && !event.target.closest(".grip")) return;
  event.preventDefault();
  rule.setPointerCapture(event.pointerId);
  rule.classList.add("dragged");
  dragged = { rule, moves: false };
});

document.addEventListener("pointermove", (event) => {
  if (!dragged) return;
  const { rule } = dragged;
  // The others step aside: what has the pointer stays in its place in the page.
  for (let one = rule.nextElementSibling; one && event.clientY > middle(one); one = rule.nextElementSibling) {
    rule.before(one);
    dragged.moves = true;
  }
  for (let one = rule.previousElementSibling; one && event.clientY < middle(one); one = rule.previousElementSibling) {
    rule.after(one);
    dragged.moves = true;
  }
  rule.scrollIntoView({ block: "nearest" });
});

function middle(element) {
  const { top, height } = element.getBoundingClientRect();
  return top + height / 2;
}

for (const end of ["pointerup", "pointercancel"]) {
  document.addEventListener(end, () => {
    if (!dragged) return;
    const { rule, moves } = dragged;
    dragged = null;
    rule.classList.remove("dragged");
    if (moves) arranged(sent(rule));
  });
}

// An answer to an earlier step takes nothing back, nothing out of the hand, and nothing that is being typed.
document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  const { id } = detail.target;
  if (!["chips", "keep-text"].includes(id)) return;
  const { text, was, turn: asked } = list().closest("form").elements;
  if (id === "chips") typing = text.value !== was.value; // the text comes after them
  const part = detail.fragment.querySelector("[data-turn]");
  // A field that says the same already stays: somebody may be about to type in it.
  const isSame = id === "keep-text" && part.value === text.value;
  const isOld = part.dataset.turn !== asked.value;
  if (dragged || isOld || isSame || (id === "keep-text" && typing)) detail.shouldSwap = false;
  if (dragged) dragged.moves = true; // asked again at the end
  if (id === "chips") taken = detail.shouldSwap;
});

// Rules that cannot be read are not taken, and no preview is shown of them. What was arranged is as it was
// before; unless it was arranged otherwise meanwhile.
document.addEventListener("htmx:responseError", ({ detail }) => {
  const form = list()?.closest("form");
  if (!form?.contains(detail.elt)) return;
  const asked = detail.requestConfig.parameters;
  form.querySelector("#preview")?.replaceChildren();
  const wasArranged = asked.text === asked.was && String(asked.turn) === form.elements.turn.value;
  if (wasArranged) list().replaceChildren(...accepted);
});

// What is answered when the rules are no longer there has no place.
function forget(event) {
  if (!event.currentTarget.isConnected) event.preventDefault();
}

onShown((place) => {
  list()?.closest("form").addEventListener("htmx:beforeOnLoad", forget);
  if (list() && (taken || place === dialog || place.id === "view")) accepted = [...list().children];
  taken = false;
  if (!list()) dragged = null;
});
