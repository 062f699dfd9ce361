// Who we are to the gateway: the secret of the address becomes a token, which lives in this tab.

import { answers, ended } from "./notes.js";
import { _ } from "./words.js";

const HEADER = "X-Difd-Token";
const STORED = "difd-token";
const ALIVE_EVERY = 60_000;

let token = sessionStorage.getItem(STORED);

/** Read the secret from the address, once, and take it away from there. */
export async function begin() {
  const given = new URLSearchParams(location.hash.slice(1));
  const secret = given.get("key");
  if (secret !== null) {
    history.replaceState(null, "", `#/${given.get("go") ?? ""}`);
    const answer = await fetch("/exchange", { method: "POST", body: new URLSearchParams({ secret }) });
    if (answer.ok) {
      token = (await answer.json()).token;
      sessionStorage.setItem(STORED, token);
    } else if (token === null) {
      throw new Error(await answer.text());
    }
  }
  if (token === null) {
    throw new Error(_("This page opens with the address that “difctl review” prints."));
  }
  setInterval(() => ask("/alive").catch(() => {}), ALIVE_EVERY);
}

/** Fetch with the token; an error has the words of the answer, and its status if there was one. */
export async function ask(address, options = {}) {
  let answer;
  try {
    answer = await fetch(address, { ...options, headers: { ...options.headers, [HEADER]: token } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    ended();
    throw new Error(""); // it was said
  }
  answers();
  if (!answer.ok) {
    const words = (await answer.text()) || _("difd answered %(status)s.", { status: answer.status });
    throw Object.assign(new Error(words), { status: answer.status });
  }
  return answer;
}

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers[HEADER] = token;
});
