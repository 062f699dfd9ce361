// Dialogs: what is swapped into one opens it; closed, it is empty and what it showed is over.

import { go } from "./router.js";
import { onShown } from "./shown.js";

const dialog = document.getElementById("dialog");
let before = null;

onShown((place) => {
  if (place !== dialog) return;
  if (!dialog.childElementCount) {
    dialog.close();
  } else if (!dialog.open) {
    before = document.activeElement;
    dialog.showModal();
  }
  dialog.querySelector("[autofocus]")?.focus();
});

// While files are touched, what becomes of them is shown to the end; it can be stopped there.
dialog.addEventListener("cancel", (event) => {
  if (dialog.querySelector("[data-busy]")) event.preventDefault();
});

dialog.addEventListener("close", () => {
  const acted = dialog.querySelector("#action");
  dialog.replaceChildren();
  dialog.className = "";
  const again = before?.isConnected ? before : document.getElementById(before?.id || "view");
  (again ?? document.getElementById("view")).focus({ preventScroll: true });
  if (acted && location.hash === "#/history") go("history");
});

document.addEventListener("close-dialog", () => dialog.close());

dialog.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) dialog.close();
});
