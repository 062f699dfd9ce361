// Dialogs: what is swapped into one opens it; closed, it is empty and what it showed is over.

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

dialog.addEventListener("close", () => {
  dialog.replaceChildren();
  dialog.className = "";
  const again = before?.isConnected ? before : document.getElementById(before?.id || "view");
  (again ?? document.getElementById("view")).focus({ preventScroll: true });
});

document.addEventListener("close-dialog", () => dialog.close());

dialog.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) dialog.close();
});
