// Runs once for the article panel (`js_on_load` of gr.HTML, which gives element, trigger, props and watch): the quote in
// view inside the panel, the keyboard in it, Escape out of it and back to where one was.
let opener = null;
let opening = null;
const narrow = matchMedia("(max-width: 900px)");

// Where the article covers the page, the page behind it cannot be reached.
function cover() {
  const covered = narrow.matches && Boolean(element.querySelector(".article"));
  for (const behind of document.querySelectorAll("#chat, #library, #masthead, #tabs > .tab-wrapper")) behind.inert = covered;
}

function close() {
  props.value = "";
  opening = null;
  queueMicrotask(() => {
    cover();
    opener?.focus({ preventScroll: true });
  });
}

function reveal(mark) {
  const text = mark.closest(".text");
  const above = mark.getBoundingClientRect().top - text.getBoundingClientRect().top + text.scrollTop;
  text.scrollTop = above - Math.max(24, (text.clientHeight - mark.offsetHeight) / 3);
}

element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-event]");
  if (button?.dataset.event === "close") close();
  else if (button) trigger("select", { ...button.dataset });
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && element.querySelector(".article")) close();
});

narrow.addEventListener("change", cover);

watch("value", () => {
  const article = element.querySelector(".article");
  cover();
  if (!article || article.dataset.opening === opening) return;
  opening = article.dataset.opening;
  const mark = element.querySelector("mark");
  if (mark) reveal(mark);
  // Who steps from citation to citation stays on the button.
  if (element.contains(document.activeElement)) return;
  opener = document.activeElement;
  article.querySelector("h2").focus({ preventScroll: true });
});
