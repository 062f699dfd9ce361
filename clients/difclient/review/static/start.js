// The form of a search: the folders that were picked, which are kept as the gateway spelled them,
// because names need not be text.

document.addEventListener("click", (event) => {
  const pick = event.target.closest("[data-pick]");
  if (pick) {
    add(pick.dataset.pick, pick.dataset.name);
    document.getElementById("dialog").close();
    return;
  }
  const drop = event.target.closest("#picked button");
  if (drop) {
    drop.parentElement.remove();
    document.getElementById("pick")?.focus();
  }
});

function add(path, name) {
  const list = document.getElementById("picked");
  if (!list || [...list.querySelectorAll("input")].some((input) => input.value === path)) return;
  const item = document.createElement("li");
  const field = Object.assign(document.createElement("input"), { type: "hidden", name: "picked", value: path });
  const drop = Object.assign(document.createElement("button"), { type: "button", textContent: "✕" });
  drop.setAttribute("aria-label", `Leave out ${name}`);
  item.append(Object.assign(document.createElement("span"), { textContent: name }), drop, field);
  list.append(item);
}
