// Runs once for the conversation and once for the article panel (`js_on_load` of gr.HTML, which gives element, trigger,
// props and watch). Buttons name their event and carry positions as data; the server looks the rest up by itself.
const SENT = ["select", "example_select"];

element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-event]");
  if (!button) return;
  if (SENT.includes(button.dataset.event)) trigger(button.dataset.event, { ...button.dataset });
  if (button.dataset.event === "close") close();
});

// The article panel: the quote in view inside the panel, the keyboard in it, Escape out of it and back to where one was.
let opener = null;

function close() {
  props.value = "";
  opener?.focus({ preventScroll: true });
}

function reveal(mark) {
  const text = mark.closest(".text");
  const above = mark.getBoundingClientRect().top - text.getBoundingClientRect().top + text.scrollTop;
  text.scrollTop = above - Math.max(24, (text.clientHeight - mark.offsetHeight) / 3);
}

// The conversation: a new question goes to the top of the window, and its answer grows below it without moving it.
let turns = 0;

function follow() {
  const all = element.querySelectorAll(".turn");
  if (all.length > turns) all[all.length - 1].scrollIntoView({ block: "start", behavior: "smooth" });
  turns = all.length;
}

watch("value", () => {
  const title = element.querySelector(".article h2");
  if (!title) return follow();
  if (!element.contains(document.activeElement)) opener = document.activeElement;
  const mark = element.querySelector("mark");
  if (mark) reveal(mark);
  title.focus({ preventScroll: true });
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && element.querySelector(".article")) close();
});
