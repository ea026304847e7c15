// Runs once for the head of the settings: opens and closes their panel, with the keyboard in it while it is open.
const panel = element.closest("#options");
const opener = () => document.querySelector("#conversations .settings");

function turn(open) {
  document.body.classList.toggle("options-open", open);
  opener().ariaExpanded = String(open);
  (open ? element.querySelector("h2") : opener()).focus({ preventScroll: true });
}

const isOpen = () => document.body.classList.contains("options-open");

document.addEventListener("click", (event) => {
  if (event.target.closest?.("#conversations .settings")) turn(!isOpen());
});
element.querySelector(".close").addEventListener("click", () => turn(false));
panel.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !isOpen()) return;
  event.stopPropagation(); // an article that is open stays so
  turn(false);
});
