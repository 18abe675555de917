// Files that are chosen, pasted or dropped into the room: shown with who will see them, then sent one
// after the other, with progress and a way to stop. They become documents of the case; without this
// script the link leads to the page that does the same.
import { send } from "../evidence/transfer.js";

const SAID_MS = 8_000;
const STEP = 25; // how often, in percent, the progress is read aloud

export class Bringing {
  constructor(root, { words }) {
    const part = (name) => this.place.querySelector(`[data-med-${name}]`);
    this.words = words;
    this.talk = root.querySelector(".heyi-room__talk");
    this.place = root.querySelector("[data-med-bringing]");
    this.composer = root.querySelector("[data-med-composer]");
    this.list = part("files");
    this.status = part("bring-status");
    this.problems = part("bring-problems");
    this.go = part("bring-go");
    this.end = part("bring-stop");
    this.input = part("file");
    this.bar = this.place.querySelector("progress");
    this.files = [];
    this.cancel = null;
    this.go.addEventListener("click", () => this.sendNext());
    this.end.addEventListener("click", () => {
      this.stop();
      this.composer.querySelector("textarea").focus();
    });
    this.input.addEventListener("change", () => this.offer(this.input.files));
    this.listen(root.querySelector("[data-med-bring]"));
  }

  listen(link) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      this.input.click();
    });
    this.composer.addEventListener("paste", (event) => this.take(event, event.clipboardData));
    this.talk.addEventListener("dragover", (event) => this.hover(event, true));
    this.talk.addEventListener("dragleave", (event) => this.hover(event, false));
    this.talk.addEventListener("drop", (event) => {
      this.hover(event, false);
      this.take(event, event.dataTransfer);
    });
  }

  hover(event, isOver) {
    if (event.dataTransfer.types.includes("Files")) {
      event.preventDefault();
      this.talk.classList.toggle("heyi-room__talk--drop", isOver);
    }
  }

  take(event, transfer) {
    if (transfer.files.length > 0) {
      event.preventDefault();
      this.offer(transfer.files);
    }
  }

  /** Shows what would be sent, and to whom. Nothing is sent yet. */
  offer(files) {
    this.files.push(...files);
    this.input.value = "";
    this.say("");
    this.problems.replaceChildren();
    this.show();
    this.place.querySelector("h2").focus();
  }

  show() {
    const lines = this.files.map((file) => Object.assign(document.createElement("li"), { textContent: file.name }));
    this.list.replaceChildren(...lines);
    this.place.hidden = this.files.length === 0 && this.status.textContent === "";
    this.go.hidden = this.files.length === 0 || this.cancel !== null;
    this.end.hidden = this.files.length === 0;
    this.bar.hidden = this.cancel === null;
  }

  sendNext() {
    const [file] = this.files;
    const body = new FormData();
    body.set("csrfmiddlewaretoken", this.composer.elements.csrfmiddlewaretoken.value);
    body.set("audience", this.place.dataset.medAudience);
    body.set("file", file, file.name);
    this.told = -STEP;
    this.problems.replaceChildren();
    this.cancel = send(this.place.dataset.medAddress, body, {
      progress: (percent) => this.progress(percent),
      answered: (answer) => this.answered(answer),
      cancelled: () => this.ended("bring_cancelled"),
    });
    this.show();
  }

  progress(percent) {
    this.bar.value = percent;
    if (percent === 100 || percent - this.told >= STEP) {
      this.told = percent;
      this.say(percent < 100 ? "bring_sending" : "bring_checking", { percent });
    }
  }

  answered(answer) {
    this.cancel = null;
    if (answer.next !== undefined) {
      this.files.shift();
      if (this.files.length > 0) {
        this.sendNext();
      } else {
        this.ended("bring_done");
      }
      return;
    }
    const problems = answer.problems ?? [this.words("bring_failed")];
    this.problems.replaceChildren(...problems.map((text) => problemLine(text)));
    this.say("");
    this.show();
  }

  stop() {
    const { cancel } = this;
    this.files = [];
    if (cancel === null) {
      this.say("");
      this.show();
    } else {
      cancel();
    }
  }

  ended(word) {
    this.cancel = null;
    this.say(word);
    this.show();
    setTimeout(() => this.files.length === 0 && this.stop(), SAID_MS);
    this.composer.querySelector("textarea").focus();
  }

  say(word, values) {
    this.status.textContent = word === "" ? "" : this.words(word, values);
  }
}

function problemLine(text) {
  return Object.assign(document.createElement("p"), { className: "govuk-error-message", textContent: text });
}
