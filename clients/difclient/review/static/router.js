// Which view is shown: the part of the address after “#/” names it.

import { ask } from "./session.js";
import { complain } from "./notes.js";
import { onShown, shown } from "./shown.js";
import { _ } from "./words.js";

const TITLES = { "": _("Search"), history: _("History"), settings: _("Settings"), job: _("Result") };
let turns = 0;

/** Show what the address names, from now on whenever it changes. */
export function start() {
  addEventListener("hashchange", show);
  document.addEventListener("go", (event) => go(event.detail.value));
  document.getElementById("skip").addEventListener("click", (event) => {
    event.preventDefault();
    document.getElementById("view").focus();
  });
  return show();
}

// What had the keys may be gone with the view that it was in.
onShown((place) => {
  if (place.id === "view" && document.activeElement === document.body) {
    place.focus({ preventScroll: true });
  }
});

/** Go to a view; to the same one means to load it again. */
export function go(view) {
  if (location.hash === `#/${view}`) show();
  else location.hash = `#/${view}`;
}

async function show() {
  const view = location.hash.replace(/^#\/?/, "");
  const kind = view.split("/")[0];
  for (const link of document.querySelectorAll(".top nav a")) {
    const current = link.getAttribute("href") === `#/${kind}`;
    link.toggleAttribute("aria-current", current);
    if (current) link.setAttribute("aria-current", "page");
  }
  const title = TITLES[kind] ?? _("Not found");
  document.title = `${title} – difd`;
  const turn = ++turns;
  const place = document.getElementById("view");
  try {
    const answer = await ask(`/view/${view || "start"}`);
    const content = await answer.text();
    if (turn !== turns) return;
    place.innerHTML = content;
    window.htmx.process(place);
    shown(place);
    place.focus({ preventScroll: true });
    scrollTo(0, 0);
  } catch (error) {
    complain(error.message);
  }
}
