// Going from one room's call to another's, all together, when the mediator says so. The old call is
// over before the page changes, and the new one begins on the other room's page.
import { INTO_JOINT, INTO_PRIVATE, play } from "./tones.js";
import { recall, remember, settingsOf } from "./way-back.js";

const READING_MS = 1_800; // long enough to read one line and hear the tones

export class Moves {
  constructor(root, connection, call, words) {
    this.root = root;
    this.connection = connection;
    this.call = call;
    this.words = words;
    this.isPrivate = root.dataset.medIsPrivate === "true"; // the room one is in
    this.isArriving = recall(call.room)?.isMoving === true;
    this.listen();
    if (this.isArriving) {
      play(this.isPrivate ? INTO_PRIVATE : INTO_JOINT, call.devices.chosen.speaker);
    }
  }

  find(hook) {
    return this.root.querySelector(`[data-med-${hook}]`);
  }

  listen() {
    const dialog = this.find("move-dialog");
    this.find("move-open")?.addEventListener("click", () => dialog.showModal());
    this.find("move-cancel")?.addEventListener("click", () => dialog.close());
    for (const button of this.root.querySelectorAll("[data-med-move-to]")) {
      button.addEventListener("click", () => this.ask(button.dataset.medMoveTo));
    }
    this.connection.addEventListener("call.moved", ({ detail }) => detail.room === this.call.room && this.go(detail.to));
    this.connection.addEventListener("refused", ({ detail }) => detail.id === "call.move" && this.refuse(detail.code));
    // Between two rooms there is nothing to decide: Escape would only hide what is going on.
    this.find("moving").addEventListener("cancel", (event) => event.preventDefault());
  }

  ask(to) {
    this.find("move-problem").hidden = true;
    const tell = this.find("move-tell")?.checked ?? false;
    this.connection.send("call.move", { id: "call.move", room: this.call.room, to, tell });
  }

  refuse(code) {
    const problem = this.find("move-problem");
    problem.hidden = false;
    problem.textContent = this.words(code === "consent_missing" ? "move_not_agreed" : "move_refused");
  }

  async go(to) {
    const { call } = this;
    const settings = settingsOf(call.devices);
    call.end(null); // every connection and device of the old call is closed here
    remember(settings, to, { isMoving: true });
    this.find("move-dialog")?.close();
    this.find("moving").showModal();
    play(this.isPrivate ? INTO_JOINT : INTO_PRIVATE, settings.chosen.speaker);
    await new Promise((resolve) => setTimeout(resolve, READING_MS));
    location.assign(location.pathname.replace(call.room, to));
  }
}
