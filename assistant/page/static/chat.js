// Runs once for the conversation (`js_on_load` of gr.HTML, which gives element, trigger, props and watch).
// Buttons name their event ("select", "example_select", "retry", "edit") and carry positions as data; the server looks
// the rest up by itself.
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-event]");
  if (!button) return;
  hide();
  trigger(button.dataset.event, { ...button.dataset });
  if (button.dataset.event === "edit") document.querySelector("#composer textarea").focus();
});

// A new question goes to the top of the window, and its answer grows below it without moving it.
let turns = 0;

watch("value", () => {
  if (shown && !shown.isConnected) hide();
  const all = element.querySelectorAll(".turn");
  if (all.length > turns) {
    document.querySelector("#filters details").open = false;
    all[all.length - 1].scrollIntoView({ block: "start", behavior: "smooth" });
  }
  turns = all.length;
});

// The server begins a new chat, and opens a kept one. What is asked before it has done so would be lost with what was
// shown until then: it waits. Gradio, too, takes no question until an answer that was left has ended, hence the tries.
let beginning = true;
let waiting = null;

function wait(event, what) {
  event.preventDefault();
  event.stopImmediatePropagation();
  waiting = what;
}

function send(tries = 20) {
  const box = document.querySelector("#composer textarea");
  const [question, before] = [box.value, turns];
  document.querySelector("#send").click();
  setTimeout(() => {
    if (tries && question && box.value === question && turns === before && !beginning) send(tries - 1);
  }, 250);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("#fresh, #send, #conversation [data-event=example_select]");
  if (button?.id === "fresh") beginning = true;
  else if (button && beginning) wait(event, () => (button.id ? send() : trigger("example_select", { ...button.dataset })));
}, true);
document.addEventListener("keydown", (event) => {
  const asks = event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.matches("#composer textarea");
  if (asks && beginning) wait(event, send);
}, true);
document.addEventListener("beginning", () => {
  beginning = true;
});
document.addEventListener("begun", () => {
  beginning = false;
  const asks = waiting;
  waiting = null;
  asks?.();
});

// A chip's card: the quote and where it stands, made of what the list of citations holds. It can be reached with the
// pointer, stays in the window, and goes with Escape. Whoever hears the page is told the quote by the chip itself.
const card = document.createElement("div");
card.id = "card";
card.hidden = true;
card.setAttribute("aria-hidden", "true");
document.body.append(card);
let shown = null;
let timer = 0;

function later(what, wait) {
  clearTimeout(timer);
  timer = setTimeout(what, wait);
}

function hide() {
  clearTimeout(timer);
  card.hidden = true;
  shown = null;
}

function show(chip) {
  clearTimeout(timer);
  const source = document.getElementById(chip.getAttribute("aria-describedby"))?.closest(".source");
  if (!source || !chip.isConnected) return;
  const parts = [...source.querySelectorAll(".quote, .title, .origin")].map((part) => {
    const copy = part.cloneNode(true);
    copy.removeAttribute("id");
    return copy;
  });
  if (chip.dataset.checked) {
    const checked = document.createElement("span");
    checked.className = "checked";
    checked.textContent = chip.dataset.checked;
    parts.push(checked);
  }
  card.replaceChildren(...parts);
  card.hidden = false;
  shown = chip;
  const at = chip.getBoundingClientRect();
  const middle = at.left + at.width / 2 - card.offsetWidth / 2;
  const left = Math.max(8, Math.min(middle, innerWidth - card.offsetWidth - 8));
  const below = at.bottom + 6;
  const top = below + card.offsetHeight + 8 < innerHeight ? below : Math.max(8, at.top - card.offsetHeight - 6);
  card.style.translate = `${Math.round(left)}px ${Math.round(top)}px`;
}

element.addEventListener("pointerover", (event) => {
  const chip = event.pointerType === "mouse" && event.target.closest(".chip");
  if (chip) later(() => show(chip), 120);
});
element.addEventListener("pointerout", (event) => {
  if (event.target.closest(".chip")) later(hide, 200);
});
card.addEventListener("pointerenter", () => clearTimeout(timer));
card.addEventListener("pointerleave", () => later(hide, 200));
element.addEventListener("focusin", (event) => {
  const chip = event.target.closest(".chip:focus-visible");
  if (chip) show(chip);
});
element.addEventListener("focusout", hide);
addEventListener("scroll", hide, { passive: true });

// Escape undoes the last that was begun: a card, an open article (in article.js), an edit, an answer.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !element.offsetParent) return;
  const cancel = document.querySelector("#editing button");
  if (shown) {
    hide();
    event.stopImmediatePropagation();
  } else if (document.querySelector("#panel .article")) {
    return;
  } else if (cancel) {
    cancel.click();
  } else if (element.querySelector(".turn[aria-busy=true]")) {
    trigger("stop");
  }
}, true);
