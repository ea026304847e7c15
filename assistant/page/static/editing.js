// Runs once for the line that says that the last question is being edited (`js_on_load` of gr.HTML).
element.addEventListener("click", (event) => {
  if (event.target.closest("button")) trigger("clear");
});
