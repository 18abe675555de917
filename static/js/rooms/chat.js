// Writing and reading in the room the page shows.
import { isHiding } from "../lib/exit.js";
import { Outbox } from "./outbox.js";
import { Stream } from "./stream.js";

const GAP_MS = 200;
const LOOK_MS = 1_000;

export class Chat {
  constructor(root, connection, log, { room, head, words, keeper }) {
    this.connection = connection;
    this.keeper = keeper;
    this.log = log;
    this.room = room;
    this.words = words;
    this.stream = new Stream(head);
    this.outbox = new Outbox();
    this.form = root.querySelector("[data-med-composer]");
    this.box = this.form.querySelector("textarea");
    this.problem = this.form.querySelector("[data-med-problem]");
    this.listen();
    setInterval(() => this.sendDue(), LOOK_MS);
  }

  listen() {
    const here = (name, act) =>
      this.connection.addEventListener(name, ({ detail }) => detail.room === this.room && act(detail));
    here("message.posted", (frame) => this.take(frame));
    here("message.changed", (frame) => this.take(frame));
    here("message.known", (frame) => this.known(frame));
    here("live", (frame) => this.becomeLive(frame));
    this.connection.addEventListener("refused", ({ detail }) => this.refused(detail));
    this.connection.addEventListener("pong", ({ detail }) => this.compare(detail.heads[this.room]));
    this.connection.addEventListener("state", ({ detail }) => this.changed(detail));
    this.form.addEventListener("submit", (event) => this.submit(event));
    this.box.addEventListener("keydown", (event) => this.press(event));
    this.box.addEventListener("input", () => this.keep());
    // Closing the tab would lose it. Whoever hides the page must not be held up by a question.
    addEventListener("beforeunload", (event) => this.outbox.isEmpty || isHiding() || event.preventDefault());
  }

  changed({ ending }) {
    if (ending === "sign_in") {
      this.keeper.close();
    }
    this.showPending();
  }

  // --- Keeping what was written over a reload ------------------------------------------------

  async restore() {
    const kept = await this.keeper.read();
    if (kept !== null) {
      this.box.value ||= kept.draft;
      this.outbox.restore(kept.outbox);
      this.showPending();
      this.sendDue();
    }
  }

  keep() {
    const [draft, outbox] = [this.box.value, this.outbox.kept];
    return this.keeper.keep(draft === "" && outbox.length === 0 ? null : { draft, outbox });
  }

  /** The server has it, or the person took it back. */
  settle(clientId) {
    const entry = this.outbox.settle(clientId);
    if (entry !== undefined) {
      this.log.forget(clientId);
      this.keep();
    }
  }

  // --- Reading -------------------------------------------------------------------------------

  take(frame) {
    for (const message of this.stream.take(frame)) {
      if (message.changes !== undefined) {
        this.log.change(message);
        continue;
      }
      this.settle(message.client_id);
      this.log.add(message);
    }
    if (this.stream.hasGap) {
      setTimeout(() => this.stream.hasGap && this.resume(), GAP_MS);
    }
  }

  known(frame) {
    this.settle(frame.client_id);
    this.compare(frame.sequence);
  }

  compare(head) {
    if (head > this.stream.head) {
      this.resume();
    }
  }

  resume() {
    this.connection.send("resume", { room: this.room, after: this.stream.head });
  }

  becomeLive() {
    const wasLive = this.connection.isLive;
    this.connection.becomeLive();
    if (!wasLive) {
      this.sendDue({ all: true });
    }
  }

  // --- Writing -------------------------------------------------------------------------------

  press(event) {
    // Enter also chooses a character in Chinese input; on phones it is how one begins a new line.
    const hasKeyboard = matchMedia("(hover: hover) and (pointer: fine)").matches;
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && hasKeyboard) {
      this.submit(event);
    }
  }

  submit(event) {
    event.preventDefault();
    const body = this.box.value.trim();
    this.say(body === "" ? "message_empty" : null);
    if (body !== "") {
      this.outbox.add(body);
      this.box.value = "";
      this.keep();
      this.sendDue();
      this.showPending();
    }
    this.box.focus({ preventScroll: true });
  }

  say(word) {
    this.problem.hidden = word === null;
    this.problem.textContent = word === null ? "" : this.words(word);
  }

  sendDue(options) {
    if (!this.connection.isLive) {
      return;
    }
    for (const entry of this.outbox.due(options)) {
      const fields = { room: this.room, client_id: entry.clientId, body: entry.body };
      if (this.connection.send("message.post", fields)) {
        this.outbox.tried(entry);
      }
    }
  }

  refused({ client_id, code, retry_after }) {
    if (client_id !== undefined) {
      const problem = this.words(code) || this.words("refused");
      const entry = this.outbox.refuse(client_id, problem, retry_after);
      if (entry !== undefined) {
        this.show(entry);
        this.keep();
      }
    }
  }

  showPending() {
    for (const entry of this.outbox.entries.values()) {
      this.show(entry);
    }
  }

  show(entry) {
    this.log.show(entry, this.connection.isLive, {
      retry: () => {
        this.show(this.outbox.retry(entry.clientId));
        this.keep();
        this.sendDue();
      },
      takeBack: () => this.takeBack(entry),
    });
  }

  takeBack(entry) {
    this.box.value = [this.box.value, entry.body].filter(Boolean).join("\n");
    this.settle(entry.clientId);
    this.box.focus({ preventScroll: true });
  }
}
