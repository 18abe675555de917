// Drop a file anywhere on the page to have it checked; too large files are told before sending.
const form = document.querySelector("[data-med-check]");
const input = form.querySelector("input[type=file]");
const tooLarge = form.querySelector("[data-med-too-large]");
const maxBytes = Number(form.dataset.maxBytes);

form.querySelector("[data-med-drop-hint]").hidden = false;

function fits() {
  const [file] = input.files;
  tooLarge.hidden = !file || file.size <= maxBytes;
  return tooLarge.hidden;
}

input.addEventListener("change", fits);
form.addEventListener("submit", (event) => {
  if (!fits()) event.preventDefault();
});
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer.files.length !== 1) return;
  input.files = event.dataTransfer.files;
  form.requestSubmit();
});
