// Lets whoever wants to draw their signature. The typed name is enough, so without this script, or
// without opening it, nothing is missing.
import SignaturePad from "../../vendor/signature_pad/signature_pad.js";
import { toGroups, toText } from "./strokes.js";

const LOOK = { penColor: "rgb(23, 41, 92)", minWidth: 1, maxWidth: 2.2 };

function start(place) {
  const part = (name) => place.querySelector(`[data-med-drawing-${name}]`);
  const field = place.querySelector("input");
  const canvas = place.querySelector("canvas");
  const details = place.querySelector("details");
  const pad = new SignaturePad(canvas, LOOK);
  const keep = () => {
    field.value = toText(pad.toData());
    part("status").textContent = field.value ? place.dataset.medDrawn : place.dataset.medEmpty;
  };
  const draw = () => fit(canvas, () => pad.fromData(toGroups(field.value, LOOK)));
  pad.addEventListener("endStroke", keep);
  part("clear").addEventListener("click", () => {
    pad.clear();
    keep();
  });
  details.addEventListener("toggle", draw);
  window.addEventListener("resize", draw);
  if (field.value) details.open = true; // the page came back with what was drawn
  place.hidden = false;
}

/** As many dots as the screen has; a canvas that is resized is empty. */
function fit(canvas, draw) {
  const ratio = Math.max(window.devicePixelRatio, 1);
  if (!canvas.offsetWidth) return;
  canvas.width = canvas.offsetWidth * ratio;
  canvas.height = canvas.offsetHeight * ratio;
  canvas.getContext("2d").scale(ratio, ratio);
  draw();
}

for (const place of document.querySelectorAll("[data-med-drawing]")) start(place);
