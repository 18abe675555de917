// The page that checks a settlement on somebody's own device: choose or drop a file, read the report,
// in either language, against the root that came with the page or another.

import { checkSettlement } from "./checking.js";
import { certificatesIn, digest, fromHexadecimal } from "./cms.js";
import { judged } from "./judged.js";
import { reportElements } from "./view.js";

const data = JSON.parse(document.getElementById("data").textContent);
const find = (name) => document.querySelector(`[data-med-${name}]`);
const reported = find("report");
const state = { language: preferred(), report: null, root: certificatesIn(data.root)[0], note: "" };

function preferred() {
  const codes = Object.keys(data.words);
  const isWanted = (tag) => codes.find((code) => tag.toLowerCase().split("-")[0] === code.split("-")[0]);
  return navigator.languages.map(isWanted).find(Boolean) ?? codes[0];
}

/** Everything that depends on the language or the report. */
function show() {
  const words = data.words[state.language];
  document.documentElement.lang = words.tag;
  document.title = words.title;
  for (const element of document.querySelectorAll("[data-med-word]")) {
    element.textContent = words[element.dataset.medWord];
  }
  for (const button of find("languages").children) {
    button.setAttribute("aria-pressed", String(button.value === state.language));
  }
  find("languages").setAttribute("aria-label", words.other);
  [...find("limits").children].forEach((item, n) => (item.textContent = words.limits[n]));
  showNote(words);
  reported.hidden = !state.report;
  reported.replaceChildren(...(state.report ? reportElements(state.report, words) : []));
}

let runs = 0;

function showNote(words) {
  const note = find("root-note");
  note.hidden = !state.note;
  note.textContent = state.note ? words[state.note] : "";
}

async function showRoot() {
  find("root").textContent = state.root ? await digest(fromHexadecimal(state.root.der)) : "–";
}

async function check(file) {
  const run = begin();
  find("status").textContent = data.words[state.language].busy;
  const bytes = new Uint8Array(await file.arrayBuffer());
  const roots = { root: state.root, timeRoots: certificatesIn(data.timeRoots) };
  const report = await checkSettlement(bytes, { ...roots, data });
  if (run !== runs) return;
  state.report = { ...judged(report, bytes), name: file.name };
  find("status").textContent = "";
  show();
  reported.dataset.medVerdict = state.report.verdict;
  reported.focus();
}

/** Takes the last answer away: an older one must never stand beside another file or another root. */
function begin() {
  delete reported.dataset.medVerdict;
  state.report = null;
  show();
  runs += 1;
  return runs;
}

async function trust(file) {
  begin();
  const found = certificatesOrNone(await file.text());
  state.note = found.length ? "" : "root_wrong";
  if (found.length) [state.root] = found;
  find("status").textContent = "";
  show();
  await showRoot();
}

function certificatesOrNone(pem) {
  try {
    return certificatesIn(pem);
  } catch {
    return [];
  }
}

function listen() {
  document.getElementById("file").addEventListener("change", ({ target }) => {
    if (target.files.length) check(target.files[0]);
  });
  document.getElementById("root").addEventListener("change", ({ target }) => {
    if (target.files.length) trust(target.files[0]);
  });
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length === 1) check(event.dataTransfer.files[0]);
  });
}

const isAble = Boolean(globalThis.crypto?.subtle && globalThis.DecompressionStream);
find("languages").addEventListener("click", ({ target }) => {
  if (!target.value) return;
  state.language = target.value;
  show();
});
find("too-old").hidden = isAble;
document.getElementById("file").disabled = !isAble;
find("save").hidden = !location.protocol.startsWith("http");
if (!state.root) state.note = "root_none";
show();
if (isAble) {
  listen();
  showRoot();
}
