// Runs once for the list of conversations (`js_on_load` of gr.HTML, which gives element, trigger, props and watch).
// Each conversation is an entry of localStorage: { title, changed, turns }. The server says what the chat holds
// (`props.value`); what is kept goes back to it as it is, when it is opened or exported, and is checked there.
const PREFIX = "news-assistant:conversation:";
const OPEN = "news-assistant:open"; // in sessionStorage: what this tab shows, to come back to after a reload
const ROOM = 4_000_000; // characters of all conversations; browsers give about 5 million
const $ = (selector) => element.querySelector(selector);
const [list, menu, dialog, toggle, toast] = ["ul", ".menu", "dialog", ".toggle", ".toast"].map($);

// The store

let stored = true; // whether this browser keeps anything for the page
try {
  localStorage.length + sessionStorage.length;
} catch {
  stored = false;
}

const names = {}; // the server's name of a conversation → ours, where another tab has gone on with the same one
const seen = {}; // our name → when it was changed last, as far as this tab knows
let current = "";
let greeted = false;

function read(id) {
  try {
    const kept = JSON.parse(localStorage.getItem(PREFIX + id));
    return kept && Array.isArray(kept.turns) ? kept : null;
  } catch {
    return null;
  }
}

function all() {
  const ids = !stored ? [] : Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length));
  const found = ids.map((id) => ({ id, ...read(id) })).filter((each) => each.turns);
  return found.sort((one, other) => other.changed - one.changed);
}

// Keeps a conversation; the oldest others make room for it. Returns how many had to.
function write(id, kept) {
  const text = JSON.stringify(kept);
  const others = all().filter((each) => each.id !== id);
  let taken = others.reduce((sum, each) => sum + localStorage.getItem(PREFIX + each.id).length, text.length);
  for (let gone = 0; ; gone += 1) {
    try {
      if (taken <= ROOM || !others.length) {
        localStorage.setItem(PREFIX + id, text);
        return gone;
      }
    } catch (error) {
      if (!others.length) throw error;
    }
    const oldest = PREFIX + others.pop().id;
    taken -= localStorage.getItem(oldest).length;
    localStorage.removeItem(oldest);
  }
}

function keep(name, turns) {
  let id = names[name] ?? name;
  let before = read(id);
  if (before && JSON.stringify(before.turns) === JSON.stringify(turns)) seen[id] = before.changed;
  else if (turns.some((turn) => turn.answer)) {
    if (before && before.changed !== seen[id]) {
      // Another tab has gone on with it: what is said here becomes a conversation of its own.
      id = names[name] = Array.from(crypto.getRandomValues(new Uint32Array(2)), (part) => part.toString(36)).join("");
      before = null;
    }
    try {
      seen[id] = Math.max(Date.now(), (before?.changed ?? 0) + 1);
      const gone = write(id, { title: before?.title ?? "", changed: seen[id], turns });
      tell(gone ? `There was no room for all: the ${gone > 1 ? `${gone} oldest conversations were` : "oldest conversation was"} let go.` : "");
    } catch {
      tell("This browser has no room to keep this conversation. Export it, or delete others.");
    }
  }
  current = turns.length ? id : "";
  sessionStorage.setItem(OPEN, current);
  show();
}

// The list

const title = (kept) => kept.title || kept.turns[0]?.question.trim() || "Untitled";
const tell = (told) => { $(".told").textContent = told; };

function show() {
  const items = all().map((kept) => {
    const item = document.createElement("li");
    const [open, more] = [document.createElement("button"), document.createElement("button")];
    open.type = more.type = "button";
    [open.className, more.className, more.textContent] = ["open", "more", "⋯"];
    open.textContent = open.title = title(kept).slice(0, 200);
    open.dir = "auto";
    if (kept.id === current) open.setAttribute("aria-current", "true");
    more.ariaLabel = `More: ${open.title}`;
    [item.dataset.id, open.dataset.do, more.dataset.do] = [kept.id, "open", "more"];
    item.append(open, more);
    return item;
  });
  list.replaceChildren(...items);
  $(".none").hidden = items.length > 0;
}

function drawer(open) {
  element.classList.toggle("drawn", open);
  toggle.ariaExpanded = String(open);
  (open ? $("#kept") : toggle).focus({ preventScroll: true });
}

function open(id) {
  const kept = read(id);
  if (!kept) return show();
  seen[id] = kept.changed;
  delete names[id];
  if (element.classList.contains("drawn")) drawer(false);
  document.dispatchEvent(new Event("beginning"));
  trigger("reopen", { id, turns: JSON.stringify(kept.turns) });
}

// Where one goes on in the list; while the dialog is still open, nothing behind it takes the focus.
function focusOn(selector) {
  setTimeout(() => (list.querySelector(selector) ?? $("#kept")).focus({ preventScroll: true }));
}

function rename(id) {
  const kept = read(id);
  ask({ heading: "Rename the conversation", label: "Name", value: title(kept), yes: "Rename", rows: 1 }, (named) => {
    const now = read(id);
    if (now) write(id, { ...now, title: named.trim().slice(0, 200) });
    show();
    focusOn(`[data-id="${CSS.escape(id)}"] .open`);
  });
}

function remove(id) {
  const told = `“${title(read(id)).slice(0, 200)}” will be gone from this browser.`;
  ask({ heading: "Delete this conversation?", told, yes: "Delete", danger: true }, () => {
    localStorage.removeItem(PREFIX + id);
    if (id === current) document.getElementById("fresh").click();
    show();
    focusOn(".open");
  });
}

const doing = {
  open, rename, delete: remove,
  markdown: (id) => take(id, "markdown"),
  json: (id) => take(id, "json"),
  more: (id, button) => {
    menu.dataset.id = id;
    menu.showPopover();
    const [place, size] = [button.getBoundingClientRect(), menu.getBoundingClientRect()];
    menu.style.left = `${Math.min(place.left, innerWidth - size.width - 8)}px`;
    menu.style.top = `${Math.min(place.bottom + 4, innerHeight - size.height - 8)}px`;
    menu.querySelector("button").focus();
  },
};

// Taking away

let taken = "";

function take(id, as) {
  const kept = read(id);
  if (!kept) return show();
  taken = title(kept).slice(0, 60).replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || "conversation";
  trigger("export", { as, title: title(kept), turns: JSON.stringify(kept.turns) });
}

function download({ text, type, ending }) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = `${taken}.${ending}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Over plain HTTP there is no clipboard but this one.
    const box = document.createElement("textarea");
    box.value = text;
    document.body.append(box);
    box.select();
    const copied = document.execCommand("copy");
    box.remove();
    if (!copied) return pop("The browser did not let it be copied.");
  }
  pop("Copied, with its citations.");
}

// Asking back

let answered = null;

function ask({ heading, told = "", label = "", value = "", yes, rows = 3, danger = false }, then) {
  const [box, button] = [dialog.querySelector("textarea"), dialog.querySelector(".yes")];
  dialog.querySelector("h2").textContent = heading;
  dialog.querySelector("p").textContent = told;
  dialog.querySelector("label").hidden = !label;
  dialog.querySelector("label span").textContent = label;
  [box.value, box.rows, box.maxLength, button.textContent] = [value, rows, 2000, yes];
  button.classList.toggle("danger", danger);
  answered = then;
  dialog.showModal();
  if (label) box.select();
  else dialog.querySelector(".cancel").focus();
}

function rate(button) {
  if (document.querySelector("#conversation .turn[aria-busy=true]")) return pop("Answers can be rated once this one is whole.");
  const { rate: rating, turn } = button.dataset;
  const heading = rating === "up" ? "A good answer" : "A bad answer";
  const label = rating === "up" ? "What is good about it? (optional)" : "What is wrong with it? (optional)";
  const told = "It is kept by whoever runs this page, with the question and the answer.";
  ask({ heading, told, label, yes: "Send" }, (comment) => trigger("rate", { turn: Number(turn), rating, comment }));
}

let popped = 0;

function pop(told) {
  toast.textContent = told;
  clearTimeout(popped);
  popped = setTimeout(() => { toast.textContent = ""; }, 6_000);
}

// What happens

dialog.addEventListener("close", () => {
  answered = null;
});
dialog.addEventListener("submit", () => answered?.(dialog.querySelector("textarea").value));
dialog.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || event.shiftKey || event.target.rows !== 1) return;
  event.preventDefault();
  dialog.querySelector("form").requestSubmit();
});
dialog.querySelector(".cancel").addEventListener("click", () => dialog.close());
toggle.addEventListener("click", () => drawer(!element.classList.contains("drawn")));
for (const each of [$("nav .close"), $(".veil")]) each.addEventListener("click", () => drawer(false));
element.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const over = dialog.open || menu.matches(":popover-open"); // the browser closes these itself
  if (over || element.classList.contains("drawn")) event.stopPropagation(); // and nothing else closes with them
  if (!over && element.classList.contains("drawn")) drawer(false);
});
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-do]");
  if (!button) return;
  const { id } = button.closest("[data-id]").dataset;
  if (menu.contains(button)) menu.hidePopover();
  doing[button.dataset.do](id, button);
});
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("#conversation button:is([data-copy], [data-rate])");
  if (button?.dataset.copy) copy(button.dataset.copy);
  else if (button) rate(button);
});
addEventListener("storage", (event) => {
  if (event.key === null || event.key.startsWith(PREFIX)) show();
});

watch("value", () => {
  const { id, turns, file, told, problem } = props.value;
  if (file) download(file);
  if (told || problem) pop(told ?? problem);
  if (!turns || !stored) return;
  const before = greeted ? "" : sessionStorage.getItem(OPEN);
  greeted = true;
  if (before && read(before)) open(before);
  else keep(id, turns);
});

if (!stored) tell("This browser keeps nothing for this page, so conversations end with it.");
show();
