// Runs once for the place where files are dropped (`js_on_load` of gr.HTML, which gives element, trigger and upload).
// Each file is sent by itself; the server is then told of all: where it put them, or why it did not get them.
const zone = element.querySelector(".drop");
const input = element.querySelector("input");
const limit = Number(zone.dataset.limit);

async function send(file) {
  if (file.size > limit) {
    return { name: file.name, problem: `It has more than the ${Math.round((limit / 2 ** 20) * 10) / 10} MB that are taken here. Split it, or run: ingest FILE` };
  }
  try {
    return { name: file.name, path: (await upload(file)).path };
  } catch {
    return { name: file.name, problem: "It could not be sent. Check that it is a file, and try again." };
  }
}

async function sendAll(files) {
  if (!files.length || zone.classList.contains("sending")) return;
  zone.classList.add("sending");
  const sent = [];
  for (const file of files) sent.push(await send(file));
  zone.classList.remove("sending");
  trigger("add_files", { files: sent });
}

input.addEventListener("change", async () => {
  await sendAll([...input.files]);
  input.value = "";
});

for (const name of ["dragover", "dragleave", "drop"]) {
  zone.addEventListener(name, (event) => {
    event.preventDefault();
    zone.classList.toggle("over", name === "dragover");
    if (name === "drop") sendAll([...event.dataTransfer.files]);
  });
}
