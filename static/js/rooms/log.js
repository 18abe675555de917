// The list of messages on the page: what was said, days between, and what is still being sent.
// Text goes in as text and never as markup.

const NEAR_END_PX = 80;

export class Log extends EventTarget {
  constructor(root, { words, names, me, language, timeZone }) {
    super();
    this.words = words;
    this.names = names;
    this.me = me;
    this.box = root.querySelector("[data-med-log]");
    this.list = root.querySelector("[data-med-messages]");
    this.outbox = root.querySelector("[data-med-outbox]");
    this.empty = root.querySelector("[data-med-empty]");
    this.template = document.querySelector("[data-med-message-template]");
    this.dayTemplate = document.querySelector("[data-med-day-template]");
    this.time = new Intl.DateTimeFormat(language, { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    this.day = new Intl.DateTimeFormat("sv-SE", { timeZone }); // writes 2026-01-31
    this.dayWords = new Intl.DateTimeFormat(language, { timeZone, dateStyle: "long" });
    // Whoever reads the end goes on reading it when a keyboard, a call or a hint takes room away.
    this.box.addEventListener("scroll", () => {
      this.sticks = this.isAtEnd;
    });
    new ResizeObserver(() => this.sticks && this.toEnd()).observe(this.box);
    this.toEnd();
  }

  get isAtEnd() {
    return this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight < NEAR_END_PX;
  }

  /** Shows a stored message. Whoever has scrolled up stays where they are, except for their own. */
  add({ participant, body, sent_at, sequence, edited, retracted, released }) {
    const wasAtEnd = this.isAtEnd;
    const isMine = participant === this.me;
    const at = new Date(sent_at);
    this.separate(at);
    const item = this.fill(isMine, isMine ? this.words("you") : this.nameOf(participant), body);
    const time = item.querySelector("[data-med-time]");
    time.dateTime = sent_at;
    time.textContent = this.time.format(at);
    item.dataset.medSequence = sequence;
    item.dataset.medSender = participant;
    const link = item.querySelector("[data-med-correct]");
    link.href = link.getAttribute("href").replace(/0\/$/, `${sequence}/`);
    link.hidden = !isMine;
    this.mark(item, { edited, retracted, released });
    this.list.append(item);
    this.empty.hidden = true;
    if (wasAtEnd || isMine) {
      this.toEnd();
    }
    this.dispatchEvent(new CustomEvent("added", { detail: { item, isMine } }));
  }

  /** Shows what a stored message says now; one that is not on the page is no matter. */
  change({ changes, body, edited, retracted, released }) {
    const item = this.list.querySelector(`[data-med-sequence="${changes}"]`);
    if (item !== null) {
      item.querySelector("[data-med-body]").textContent = body;
      this.mark(item, { edited, retracted, released });
    }
  }

  mark(item, { edited = false, retracted = false, released = false }) {
    const mark = item.querySelector("[data-med-mark]");
    const said = [released && "released", retracted ? "taken_back" : edited && "changed"].filter(Boolean);
    mark.hidden = said.length === 0;
    mark.textContent = said.map((word) => this.words(word)).join(" ");
    if (retracted) {
      item.querySelector("[data-med-correct]")?.remove();
    }
  }

  /** Shows or changes a message that is on its way. */
  show(entry, isConnected, { retry, takeBack }) {
    this.forget(entry.clientId);
    const item = this.fill(true, this.words("you"), entry.body);
    item.dataset.medPending = entry.clientId;
    const state = item.querySelector("[data-med-state]");
    state.hidden = false;
    if (entry.problem === null) {
      state.textContent = this.words(isConnected ? "sending" : "waiting");
    } else {
      item.classList.add("heyi-message--failed");
      state.append(entry.problem, this.button("try_again", retry), this.button("take_back", takeBack));
    }
    this.outbox.append(item);
    this.empty.hidden = true;
    this.toEnd();
  }

  forget(clientId) {
    this.outbox.querySelector(`[data-med-pending="${CSS.escape(clientId)}"]`)?.remove();
  }

  fill(isMine, name, body) {
    const item = this.template.content.firstElementChild.cloneNode(true);
    item.classList.toggle("heyi-message--mine", isMine);
    item.querySelector("[data-med-name]").textContent = name;
    item.querySelector("[data-med-body]").textContent = body;
    return item;
  }

  separate(at) {
    const day = this.day.format(at);
    const shown = [...this.list.querySelectorAll("[data-med-day]")].at(-1);
    if (shown?.dataset.medDay !== day) {
      const item = this.dayTemplate.content.firstElementChild.cloneNode(true);
      item.dataset.medDay = day;
      item.textContent = this.dayWords.format(at);
      this.list.append(item);
    }
  }

  nameOf(participant) {
    return this.names[participant] ?? this.words("somebody");
  }

  button(word, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "heyi-quiet-button";
    button.textContent = this.words(word);
    button.addEventListener("click", act);
    return button;
  }

  toEnd() {
    this.box.scrollTop = this.box.scrollHeight;
    this.sticks = true;
  }
}
