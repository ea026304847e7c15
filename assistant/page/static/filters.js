// Runs once for the filters (`js_on_load` of gr.HTML, which gives element, props and watch). What is set is the value of
// the component, which goes with each question; the outlets come as a property. The markup itself never changes.
const inputs = [...element.querySelectorAll("input")];
const told = { since: "from", until: "until", source: "only", as_of: "as of" };

function show() {
  const set = inputs.filter((input) => input.value);
  element.querySelector(".set").textContent = set.map((input) => `${told[input.name]} ${input.value}`).join(" · ");
  element.querySelector(".clear").hidden = !set.length;
}

function keep() {
  props.value = Object.fromEntries(inputs.filter((input) => input.value).map((input) => [input.name, input.value]));
  show();
}

element.addEventListener("input", keep);
element.querySelector(".clear").addEventListener("click", () => {
  inputs.forEach((input) => { input.value = ""; });
  keep();
  element.querySelector("summary").focus();
});

function list() {
  element.querySelector("datalist").replaceChildren(...(props.outlets || []).map((outlet) => new Option(outlet, outlet)));
}

watch("outlets", list);
watch("value", () => {
  inputs.forEach((input) => { input.value = props.value?.[input.name] ?? ""; });
  show();
});
list();
show();
