// Begins everything: the session first, because nothing can be asked without it.

import { begin } from "./session.js";
import { start } from "./router.js";
import "./pictures.js";
import "./review.js";
import "./dialogs.js";
import "./fields.js";
import "./folders.js";
import "./compare.js";
import "./look.js";
import "./rules.js";

try {
  await begin();
  await start();
} catch (error) {
  const words = document.createElement("p");
  words.className = "waiting";
  words.textContent = error.message;
  document.getElementById("view").replaceChildren(words);
}
