// Dialogs: what is swapped into one opens it; closed, it is empty and what it showed is over. A folder
// is picked in one of its own, over the one that asks for it.

import { go } from "./router.js";
import { onShown } from "./shown.js";

const dialog = document.getElementById("dialog");

for (const one of [dialog, document.getElementById("picker")]) fill(one);

function fill(one) {
  let before = null;

  onShown((place) => {
    if (place !== one) return;
    if (!one.childElementCount) {
      one.close();
    } else if (!one.open) {
      before = document.activeElement;
      one.showModal();
    }
    // What is asked stands above what is pressed, and is read first.
    one.querySelector("[autofocus]")?.focus({ preventScroll: true });
    one.scrollTop = 0;
  });

  one.addEventListener("close", () => {
    const acted = one.querySelector("#action");
    one.replaceChildren();
    one.className = "";
    // This is told some time after it closed: who has gone on meanwhile is not called back.
    if (document.activeElement === document.body) {
      const again = before?.isConnected ? before : document.getElementById(before?.id || "view");
      (again ?? document.getElementById("view")).focus({ preventScroll: true });
    }
    // What these views tell has changed.
    const told = location.hash === "#/history" || document.getElementById("summary");
    if (acted && told) go(location.hash.slice(2));
  });

  one.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) one.close();
  });
}

// While files are touched, what becomes of them is shown to the end; it can be stopped there.
dialog.addEventListener("cancel", (event) => {
  if (dialog.querySelector("[data-busy]")) event.preventDefault();
});

document.addEventListener("looked", () => {
  if (document.getElementById("summary")) go(location.hash.slice(2));
});

document.addEventListener("close-dialog", () => dialog.close());
