// Folders that are picked from a list: the list's keys, and what was picked, which is kept as the
// gateway spelled it, because names need not be text.

import { complain } from "./notes.js";
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

// What is dropped on the form: addresses of files, as file managers give them, or written paths.
// Chromium tells where files lie to nobody; Firefox and the window of its own do.
document.addEventListener("dragover", (event) => {
  const form = event.target.closest?.("[data-drop]");
  if (form) event.preventDefault();
  form?.classList.add("dropping");
});

for (const end of ["dragleave", "drop"]) {
  document.addEventListener(end, (event) => event.target.closest?.("[data-drop]")?.classList.remove("dropping"));
}

document.addEventListener("drop", (event) => {
  const form = event.target.closest?.("[data-drop]");
  if (!form) return;
  event.preventDefault();
  const lines = (kind) => event.dataTransfer.getData(kind).split(/\r?\n/);
  const files = lines("text/uri-list").filter((line) => /^file:\/\/(localhost)?\//i.test(line));
  const typed = lines("text/plain").filter((line) => /^[/~]/.test(line));
  for (const line of files) {
    const path = line.replace(/^file:\/\/(localhost)?/i, "").replace(/(?<=.)\/$/, "");
    add(form.dataset.drop, path, readable(path));
  }
  const paths = form.querySelector("#paths");
  if (!files.length && typed.length) {
    paths.value = [paths.value.trim(), ...typed].filter(Boolean).join("\n");
  } else if (!files.length) {
    complain(_("This browser does not tell where that is. Pick the folder, or paste its path."));
  }
});

/** A path of an address as people read it; names need not be text. */
function readable(path) {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function add(field, path, name) {
  const list = document.getElementById(field);
  if (!list) document.dispatchEvent(new CustomEvent("picked", { detail: { field, path } }));
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
