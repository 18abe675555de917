// What was written and is not known to be stored. It lives in memory; what of it survives a reload
// is sealed by keeping.js (OWASP ASVS 5.0, 14.3.3).

const RESEND_MS = 3_000;

export class Outbox {
  constructor(makeId = () => crypto.randomUUID(), now = () => performance.now()) {
    this.entries = new Map();
    this.makeId = makeId;
    this.now = now;
  }

  add(body) {
    return this.enter({ clientId: this.makeId(), body, problem: null });
  }

  enter(kept) {
    const entry = { ...kept, triedAt: null, notBefore: 0 };
    this.entries.set(entry.clientId, entry);
    return entry;
  }

  /** All that must be known to go on after a reload: under the same ids nothing is sent twice. */
  get kept() {
    return [...this.entries.values()].map(({ clientId, body, problem }) => ({ clientId, body, problem }));
  }

  /** Takes in what an earlier page had kept; it is older than whatever was written since. */
  restore(kept) {
    const since = [...this.entries.values()];
    this.entries.clear();
    for (const entry of kept) {
      this.enter(entry);
    }
    for (const entry of since) {
      this.entries.set(entry.clientId, entry);
    }
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
