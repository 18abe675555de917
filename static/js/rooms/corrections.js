// Changing a message of one's own within a minute, or taking it back. Without this script the link
// leads to a page that does the same.

export class Corrections {
  constructor(root, connection, { room, words, editSeconds }) {
    this.connection = connection;
    this.room = room;
    this.words = words;
    this.editMs = editSeconds * 1_000;
    this.dialog = document.querySelector("[data-med-correction]");
    this.box = this.dialog.querySelector("textarea");
    this.save = this.dialog.querySelector("[data-med-save]");
    this.problem = this.dialog.querySelector("[data-med-problem]");
    root.addEventListener("click", (event) => this.press(event));
    this.save.addEventListener("click", () => this.send("message.edit", { body: this.box.value }));
    this.dialog
      .querySelector("[data-med-retract]")
      .addEventListener("click", () => this.send("message.retract"));
    connection.addEventListener("message.changed", ({ detail }) => this.heard(detail));
    connection.addEventListener("refused", ({ detail }) => this.refused(detail));
  }

  press(event) {
    const link = event.target.closest("[data-med-correct]");
    if (link !== null) {
      event.preventDefault();
      this.open(link.closest("[data-med-sequence]"));
    }
  }

  open(item) {
    this.sequence = Number(item.dataset.medSequence);
    this.clientId = crypto.randomUUID();
    this.box.value = item.querySelector("[data-med-body]").textContent;
    const age = Date.now() - Date.parse(item.querySelector("time").dateTime);
    this.box.readOnly = age > this.editMs;
    this.save.hidden = this.box.readOnly;
    const release = this.dialog.querySelector("[data-med-release]");
    release?.setAttribute("href", release.getAttribute("href").replace(/\d+\/release/, `${this.sequence}/release`));
    this.say("");
    this.dialog.showModal();
  }

  send(name, fields = {}) {
    const about = { room: this.room, sequence: this.sequence, client_id: this.clientId };
    if (!this.connection.send(name, { ...about, ...fields })) {
      this.say(this.words("no_connection"));
    }
  }

  heard({ client_id }) {
    if (client_id === this.clientId) {
      this.dialog.close();
    }
  }

  refused({ client_id, code }) {
    if (client_id === this.clientId) {
      this.say(this.words(code) || this.words("refused"));
    }
  }

  say(text) {
    this.problem.hidden = text === "";
    this.problem.textContent = text;
  }
}
