// A sealed figure as text. mediation/offers/commitment.py reads the same text; its length never
// changes, so that no ciphertext tells how large a figure is.

const VERSION = "heyi-sealed-offer-1";
const DIGITS = 15; // minor units of the largest amount an offer may name
const PLAIN = /^(\d+)(?:\.(\d{1,2}))?$/;
const GROUPED = /^\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?$/;

/** Whole minor units of what somebody typed, or null. "1,25" is nobody's guess to make. */
export function minorUnits(typed) {
  const text = typed.normalize("NFKC").replace(/\s/g, "");
  const found = PLAIN.exec(GROUPED.test(text) ? text.replaceAll(",", "") : text);
  if (!found) return null;
  const digits = (found[1] + (found[2] ?? "").padEnd(2, "0")).replace(/^0+(?=\d)/, "");
  return digits.length <= DIGITS ? Number(digits) : null; // below 2 ** 53
}

/** The amount as people read it, with the code of its currency. */
export function amountInWords(minor, currency, language) {
  const digits = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return `${new Intl.NumberFormat(language, digits).format(minor / 100)} ${currency}`;
}

/** What is committed to: the round, the side, the figure, and the salt that hides it. */
export function textOf({ round, side, figure, salt }) {
  return [VERSION, round, side, String(figure).padStart(DIGITS, "0"), hex(salt)].join("\n");
}

export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function toBase64(bytes) {
  return btoa(String.fromCharCode(...bytes));
}

export function fromBase64(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
