// The table of what is known of the pictures that are compared.

import { _ } from "./words.js";

/** Show the columns of these rows of the result, or all, and mark in which lines they differ. */
export function tabulate(root, rows) {
  for (const cell of root.querySelectorAll("table [data-row]")) {
    cell.hidden = rows !== null && !rows.includes(cell.dataset.row);
  }
  for (const line of root.querySelectorAll("tr[data-compared]")) {
    const told = [...line.querySelectorAll("td:not([hidden])")].map((cell) => cell.textContent);
    line.hidden = told.every((words) => words === "–");
    const differs = new Set(told).size > 1;
    line.classList.toggle("differs", differs);
    line.querySelector(".mark")?.remove();
    if (!differs) continue;
    const mark = Object.assign(document.createElement("span"), { className: "mark", textContent: _("differs") });
    line.querySelector("th").append(" ", mark);
  }
}
