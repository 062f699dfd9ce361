// What is wrong with a field is said beside it, until it is changed; all other trouble on top.

import { complain } from "./notes.js";

const HEADER = "X-Difd-Field";

document.addEventListener("htmx:responseError", (event) => {
  const { xhr, elt } = event.detail;
  const name = xhr.getResponseHeader(HEADER);
  const field = name && elt.closest("form")?.elements.namedItem(name);
  if (field instanceof HTMLElement) wrong(field, xhr.responseText);
  else complain(xhr.responseText);
});

document.addEventListener("input", (event) => right(event.target));

document.addEventListener("htmx:beforeRequest", (event) => {
  for (const field of event.detail.elt.querySelectorAll?.("[aria-invalid]") ?? []) right(field);
});

function wrong(field, words) {
  right(field);
  const note = Object.assign(document.createElement("p"), { className: "wrong", textContent: words });
  note.id = `${field.id || field.name}-wrong`;
  note.setAttribute("role", "alert");
  field.closest(".field, .mode, form").append(note);
  field.setAttribute("aria-invalid", "true");
  field.dataset.described = field.getAttribute("aria-describedby") ?? "";
  field.setAttribute("aria-describedby", `${field.dataset.described} ${note.id}`.trim());
  for (let fold = field.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  field.focus();
}

function right(field) {
  if (!field.hasAttribute?.("aria-invalid")) return;
  field.removeAttribute("aria-invalid");
  document.getElementById(`${field.id || field.name}-wrong`)?.remove();
  if (field.dataset.described) field.setAttribute("aria-describedby", field.dataset.described);
  else field.removeAttribute("aria-describedby");
}
