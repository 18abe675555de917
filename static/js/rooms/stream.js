// The messages of one room in their order: drops what was seen, notices what is missing.

export class Stream {
  /** @param {number} head number of the newest message the page already shows */
  constructor(head) {
    this.head = head;
    this.early = new Map();
  }

  /** Takes a message in; returns those that can be shown now, in order. */
  take(message) {
    if (message.sequence > this.head) {
      this.early.set(message.sequence, message);
    }
    const ready = [];
    while (this.early.has(this.head + 1)) {
      this.head += 1;
      ready.push(this.early.get(this.head));
      this.early.delete(this.head);
    }
    return ready;
  }

  /** Whether something before an early message is missing. */
  get hasGap() {
    return this.early.size > 0;
  }
}
