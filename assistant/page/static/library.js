// Runs once for the table (`js_on_load` of gr.HTML, which gives element, trigger and watch). Buttons name their event
// and carry positions; to remove asks first.
const EVENTS = ["sort_by", "turn_page", "open_article", "remove_article"];
let asked = null; // the button whose row is to be removed

element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-event]");
  if (!button) return;
  const name = button.dataset.event;
  const view = element.querySelector("table")?.dataset.view;
  const dialog = element.querySelector("dialog");
  if (name === "confirm") {
    asked = button;
    dialog.querySelector(".which").textContent = button.closest("tr").querySelector(".title button").textContent;
    dialog.showModal();
  } else if (name === "cancel") {
    dialog.close();
    asked.focus();
  } else if (EVENTS.includes(name)) {
    dialog?.close();
    trigger(name, { view, row: asked?.dataset.row, ...button.dataset });
  }
});

watch("value", () => {
  asked = null;
  if (element.querySelector(".status")?.textContent && document.activeElement === document.body) {
    element.querySelector("table button")?.focus({ preventScroll: true });
  }
});
