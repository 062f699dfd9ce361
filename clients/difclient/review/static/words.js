// Words in the language of the page, which came with it; of English ones there are no others.

const words = JSON.parse(document.querySelector("meta[name=words]").content);
const language = document.documentElement.lang;

/** A message; `%(name)s` in it stands for a value, `%%` for a percent sign. */
export function _(message, values = {}) {
  const found = words[message] ?? message;
  return found.replace(/%(?:%|\((\w+)\)s)/g, (all, name) => (name ? values[name] : "%"));
}

/** A whole number, as the language writes it. */
export function number(value) {
  return value.toLocaleString(language);
}

/** A share, from 0 to 1 or more, in percent. */
export function percent(share) {
  return _("%(number)s%%", { number: number(Math.round(100 * share)) });
}
