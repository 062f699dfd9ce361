// Folders that are picked from a list: the list's keys, and what was picked, which is kept as the
// gateway spelled it, because names need not be text.

import { _ } from "./words.js";

const picker = document.getElementById("picker");

document.addEventListener("click", (event) => {
  const pick = event.target.closest("[data-pick]");
  if (pick) {
    add(pick.dataset.field, pick.dataset.pick, pick.dataset.name);
    picker.close();
    return;
  }
  const drop = event.target.closest(".picked button");
  if (drop) {
    const list = drop.closest(".picked");
    drop.parentElement.remove();
    document.getElementById(list.dataset.button)?.focus();
  }
});

picker.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const buttons = [...picker.querySelectorAll(".folders button")];
  const at = buttons.indexOf(document.activeElement);
  // From the buttons below the list, up is its end and down its beginning.
  const next = at < 0 && step < 0 ? buttons.length - 1 : at + step;
  buttons[Math.max(0, Math.min(next, buttons.length - 1))]?.focus();
  event.preventDefault();
});

function add(field, path, name) {
  const list = document.getElementById(field);
  if (!list || [...list.querySelectorAll("input")].some((input) => input.value === path)) return;
  const item = document.createElement("li");
  const input = Object.assign(document.createElement("input"), { type: "hidden", name: field, value: path });
  const drop = Object.assign(document.createElement("button"), { type: "button", textContent: "✕" });
  drop.setAttribute("aria-label", _("Leave out %(name)s", { name }));
  item.append(Object.assign(document.createElement("span"), { textContent: name }), drop, input);
  if (list.dataset.decides) {
    list.replaceChildren(); // there is one place to go to, and who picks it means that way
    document.getElementById(list.dataset.decides).checked = true;
  }
  list.append(item);
}
