// Runs once for the article panel (`js_on_load` of gr.HTML, which gives element, props and watch): the quote in view
// inside the panel, the keyboard in it, Escape out of it and back to where one was.
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

element.addEventListener("click", (event) => {
  if (event.target.closest("button[data-event=close]")) close();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && element.querySelector(".article")) close();
});

watch("value", () => {
  const title = element.querySelector(".article h2");
  if (!title) return;
  if (!element.contains(document.activeElement)) opener = document.activeElement;
  const mark = element.querySelector("mark");
  if (mark) reveal(mark);
  title.focus({ preventScroll: true });
});
