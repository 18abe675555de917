// What was written and is not known to be stored. It lives in memory only: nothing confidential
// goes into the browser's storage (OWASP ASVS 5.0, 14.3.3).

const RESEND_MS = 3_000;

export class Outbox {
  constructor(makeId = () => crypto.randomUUID(), now = () => performance.now()) {
    this.entries = new Map();
    this.makeId = makeId;
    this.now = now;
  }

  add(body) {
    const entry = { clientId: this.makeId(), body, triedAt: null, notBefore: 0, problem: null };
    this.entries.set(entry.clientId, entry);
    return entry;
  }

  /** The server has it. Returns the entry, or undefined when it is not ours or long known. */
  settle(clientId) {
    const entry = this.entries.get(clientId);
    this.entries.delete(clientId);
    return entry;
  }

  /** The server said no: for good, or with a time after which to try again (in seconds). */
  refuse(clientId, problem, retryAfter) {
    const entry = this.entries.get(clientId);
    if (entry === undefined) {
      return undefined;
    }
    if (retryAfter === undefined) {
      entry.problem = problem;
    } else {
      entry.notBefore = this.now() + retryAfter * 1000;
      entry.triedAt = null;
    }
    return entry;
  }

  retry(clientId) {
    const entry = this.entries.get(clientId);
    Object.assign(entry, { problem: null, triedAt: null, notBefore: 0 });
    return entry;
  }

  /** Entries to send now, oldest first; `all` after a reconnection. */
  due({ all = false } = {}) {
    const now = this.now();
    return [...this.entries.values()].filter(
      (entry) =>
        entry.problem === null &&
        entry.notBefore <= now &&
        (all || entry.triedAt === null || now - entry.triedAt > RESEND_MS),
    );
  }

  tried(entry) {
    entry.triedAt = this.now();
  }

  get isEmpty() {
    return this.entries.size === 0;
  }
}
