// How far people have read: telling the server of oneself, and showing what one may know of others.

const PAUSE_MS = 3_000;
const STORED_MS = 10_000; // what one said longer ago, the server has surely stored

export class Readers {
  constructor(root, connection, { room, words, names, readings, readUpTo }) {
    this.list = root.querySelector("[data-med-messages]");
    this.connection = connection;
    this.room = room;
    this.words = words;
    this.names = names;
    this.readings = new Map(Object.entries(readings));
    this.told = readUpTo;
    this.mine = readUpTo;
    this.toldAt = -Infinity;
    connection.addEventListener("message.read", ({ detail }) => this.heard(detail));
    connection.addEventListener("state", ({ detail }) => detail.state === "lost" && this.lost());
    setInterval(() => this.tell(), PAUSE_MS);
  }

  /** One has seen everything up to this number; the server hears of it every few seconds. */
  seen(sequence) {
    this.mine = Math.max(this.mine, sequence);
  }

  tell() {
    const isNews = this.mine > this.told && this.connection.isLive;
    if (isNews && this.connection.send("message.read", { room: this.room, sequence: this.mine })) {
      this.told = this.mine;
      this.toldAt = performance.now();
    }
  }

  /** What one said last may have gone with the connection. */
  lost() {
    if (performance.now() - this.toldAt < STORED_MS) {
      this.told = 0;
    }
  }

  heard({ room, participant, sequence }) {
    if (room === this.room) {
      this.readings.set(participant, sequence);
      this.show();
    }
  }

  show() {
    const items = [...this.list.querySelectorAll("[data-med-sequence]")];
    const names = new Map();
    for (const [reader, sequence] of this.readings) {
      const item = items.findLast((one) => Number(one.dataset.medSequence) <= sequence);
      const isTheirs = item?.dataset.medSender === reader; // which they read goes without saying
      if (item !== undefined && !isTheirs && this.names[reader] !== undefined) {
        names.set(item, [...(names.get(item) ?? []), this.names[reader]]);
      }
    }
    for (const item of items) {
      const mark = item.querySelector("[data-med-readers]");
      mark.hidden = !names.has(item);
      mark.textContent = names.has(item) ? this.words("read_by", { names: names.get(item).join(" · ") }) : "";
    }
  }
}
