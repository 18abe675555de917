// Shows how far an upload is and lets people cancel it. Without this script the form just posts.
import { send } from "./transfer.js";

const STEP = 25; // how often, in percent, the progress is read aloud

function start(form) {
  const part = (name) => form.querySelector(`[data-med-${name}]`);
  const screen = {
    words: form.dataset,
    submit: form.querySelector('button[type="submit"]'),
    cancel: part("cancel"),
    progress: part("progress"),
    bar: part("progress").querySelector("progress"),
    status: part("status"),
    problems: part("problems"),
  };
  let stop = null;
  form.addEventListener("submit", (event) => {
    const chosen = form.querySelector('input[type="file"]').files.length > 0;
    if (!chosen) return; // the page itself says what is missing
    event.preventDefault();
    if (stop) return;
    stop = upload(form, screen, () => {
      stop = null;
      show(screen, false);
    });
  });
  screen.cancel.addEventListener("click", () => stop?.());
}

function upload(form, screen, over) {
  show(screen, true);
  screen.problems.replaceChildren();
  let told = -STEP;
  return send(form.action, new FormData(form), {
    progress(percent) {
      screen.bar.value = percent;
      if (percent < 100 && percent - told < STEP) return;
      told = percent;
      const words = percent < 100 ? screen.words.medSending : screen.words.medChecking;
      screen.status.textContent = words.replace("{percent}", percent);
    },
    answered(answer) {
      if (answer.next) {
        window.location.assign(answer.next);
        return;
      }
      over();
      screen.status.textContent = "";
      list(screen.problems, answer.problems ?? [screen.words.medFailed]);
    },
    cancelled() {
      over();
      screen.status.textContent = screen.words.medCancelled;
    },
  });
}

function show(screen, isSending) {
  screen.progress.hidden = !isSending;
  screen.cancel.hidden = !isSending;
  screen.submit.disabled = isSending;
  screen.bar.value = 0;
}

function list(place, problems) {
  for (const problem of problems) {
    const line = document.createElement("p");
    line.className = "govuk-error-message";
    line.textContent = problem;
    place.append(line);
  }
}

for (const form of document.querySelectorAll("[data-med-upload]")) start(form);
