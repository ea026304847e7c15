// Runs once for the conversation (`js_on_load` of gr.HTML, which gives element, trigger, props and watch).
// Buttons name their event and carry positions as data; the server looks the rest up by itself.
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-event]");
  if (button) trigger(button.dataset.event, { ...button.dataset });
});

// A new question goes to the top of the window, and its answer grows below it without moving it.
let turns = 0;

watch("value", () => {
  const all = element.querySelectorAll(".turn");
  if (all.length > turns) all[all.length - 1].scrollIntoView({ block: "start", behavior: "smooth" });
  turns = all.length;
});
