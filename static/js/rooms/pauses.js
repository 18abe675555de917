// When to try again, and what a close code means. Pure functions.

const LONGEST_MS = 30_000;
const LIMITED_MS = 5_000;

// Codes after which trying again would be answered the same (docs/realtime.md).
const ENDINGS = new Map([
  [4400, "outdated"],
  [4401, "sign_in"],
  [4403, "closed"],
  [4409, "replaced"],
]);

/** The word for a close that is final, or null when the client should come back. */
export function endingOf(code) {
  return ENDINGS.get(code) ?? null;
}

/** Milliseconds before the next attempt: doubling from 100, at most 30 s, anywhere below that. */
export function pauseBefore(attempt, code, random = Math.random) {
  const least = code === 4429 ? LIMITED_MS : 50;
  return least + random() * Math.min(LONGEST_MS, 100 * 2 ** attempt);
}
