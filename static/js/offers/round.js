// The page of a sealed round: seals a figure in this browser, and when both are in lets the two
// be compared. It looks every few seconds how the round stands, and shows the page anew when that
// has changed. Without this script the page says that it cannot be done.
import { amountInWords, minorUnits } from "./figure.js";
import { forget, recall, remember } from "./keys.js";
import { makeKeys, openFigure, sealFigure } from "./sealing.js";

const EVERY = 5000; // milliseconds
const UNDER_WAY = ["proposed", "agreed", "both_in"];
const place = document.querySelector("[data-med-round]");
const part = (name) => place.querySelector(`[data-med-${name}]`);
const words = place.dataset;
let work = Promise.resolve();
let isLooking = false;
let isLeaving = false;

async function ask(step, fields) {
  const options = { headers: { Accept: "application/json" }, credentials: "same-origin" };
  if (fields) {
    const token = place.querySelector("[name=csrfmiddlewaretoken]").value;
    options.body = new URLSearchParams({ ...fields, csrfmiddlewaretoken: token });
    options.method = "POST";
  }
  const answer = await fetch(`${words.medRound}${step}/`, options);
  if (!answer.ok) throw new Refused(answer.status);
  return answer.json();
}

class Refused extends Error {
  constructor(status) {
    super(String(status));
    this.status = status;
  }
}

/** Do what is next for this browser, until it has to wait for the other side. */
async function follow(state) {
  let now = state;
  while (now.next !== "wait") {
    const keys = await recall(now.mine.public_key);
    if (!keys) return now.state === words.medState ? tell(words.medElsewhere) : showAnew();
    const { opening, key } = await openFigure(keys, now);
    now = await ask(now.next, now.next === "open" ? { opening, key } : { opening });
  }
  if (!UNDER_WAY.includes(now.state)) await forget(now.round);
  if (now.state !== words.medState) showAnew();
}

/** Once, whoever asks for it. */
function showAnew() {
  if (!isLeaving) window.location.reload();
  isLeaving = true;
}

async function look() {
  if (isLooking || isLeaving || document.hidden) return;
  isLooking = true;
  await alone(async () => follow(await ask("state")));
  isLooking = false;
}

/** One thing after the other: a look under way does not swallow a press. */
function alone(act) {
  work = work.then(() => (isLeaving ? null : act())).catch(report);
  return work;
}

/** Whoever pressed a button is shown why nothing came of it: the page as it stands now. */
function showIfStale(error) {
  if (error.status !== 409) throw error;
  showAnew();
}

/** 409 means that the other side was faster, and the next look knows more. */
function report(error) {
  if (error.status !== 409) tell(words.medFailed);
  if (error.status === 400) clearInterval(clock);
}

/** Once: a screen reader would say it again with every look. */
function tell(text) {
  if (part("told").textContent !== text) part("told").textContent = text;
}

function start(form) {
  const box = form.querySelector("input:not([type=hidden])");
  const shown = () => {
    const figure = minorUnits(box.value);
    part("reads").textContent =
      figure === null ? "" : amountInWords(figure, words.medCurrency, document.documentElement.lang);
  };
  box.addEventListener("input", shown);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const figure = minorUnits(box.value);
    markWrong(form, box, figure === null);
    if (figure !== null) alone(() => send(figure).catch(showIfStale));
  });
  part("unable").hidden = true;
  form.hidden = false;
}

function markWrong(form, box, isWrong) {
  form.querySelector(".govuk-form-group").classList.toggle("govuk-form-group--error", isWrong);
  box.classList.toggle("govuk-input--error", isWrong);
  box.setAttribute("aria-invalid", String(isWrong));
  part("wrong").hidden = !isWrong;
  if (isWrong) box.focus();
}

async function send(figure) {
  const keys = await makeKeys();
  const entry = await sealFigure(keys, { round: words.medId, side: words.medSide, figure });
  await remember(words.medId, keys); // first: what is sealed must be openable here
  await follow(await ask("commit", entry));
  showAnew();
}

const clock = setInterval(look, EVERY);
if (window.crypto?.subtle && window.indexedDB) {
  if (part("figure")) start(part("figure"));
  look();
} else {
  clearInterval(clock);
}
