// PDF objects out of text with one character per byte (ISO 32000-1, 7.3). Written for the documents
// this project makes, and strict: what those never hold is refused.

/** The bytes are not a PDF as we write it. */
export class Unreadable extends Error {}

/** A reference to an indirect object. */
export class Ref {
  constructor(number) {
    this.number = number;
  }
}

// PDFDocEncoding (ISO 32000-1, annex D.2) is Latin-1 but for these.
const ACCENTS = "˘ˇˆ˙˝˛˚˜"; // from 0x18
const SIGNS = "•†‡…—–ƒ⁄‹›−‰„“”‘’‚™ﬁﬂŁŒŠŸŽıłœšž\x9f€"; // from 0x80
const UNLIKE_LATIN = /[\x18-\x1f\x80-\xa0]/g;

function documentCharacter(byte) {
  const code = byte.charCodeAt(0);
  return code < 0x80 ? ACCENTS[code - 0x18] : SIGNS[code - 0x80];
}

/** A string; `bytes` holds one character per byte. */
export class PdfString {
  constructor(bytes) {
    this.bytes = bytes;
  }

  /** What a person reads in it (ISO 32000-1, 7.9.2.2). */
  get text() {
    if (!this.bytes.startsWith("\xfe\xff")) return this.bytes.replace(UNLIKE_LATIN, documentCharacter);
    return new TextDecoder("utf-16be").decode(bytesOf(this.bytes.slice(2)));
  }
}

const MAX_DEPTH = 60;
const ENDS = "\\0\\t\\n\\f\\r ()<>\\[\\]{}/%";
const SPACE = /(?:[\0\t\n\f\r ]|%[^\r\n]*)*/y;
const REFERENCE = /(\d{1,8})[\0\t\n\f\r ]+0[\0\t\n\f\r ]+R\b/y;
const NUMBER = new RegExp(`[+-]?(?:\\d+(?:\\.\\d*)?|\\.\\d+)(?=[${ENDS}]|$)`, "y");
const NAME = new RegExp(`/([^${ENDS}]*)`, "y");
const HEX = /<([0-9A-Fa-f\0\t\n\f\r ]*)>/y;
const WORD = /true\b|false\b|null\b/y;
const WORDS = { true: true, false: false, null: null };
const ESCAPES = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" };

/** One character per byte. */
export function textOf(bytes) {
  const parts = [];
  for (let n = 0; n < bytes.length; n += 8192) {
    parts.push(String.fromCharCode(...bytes.subarray(n, n + 8192)));
  }
  return parts.join("");
}

/** The bytes of such text. */
export function bytesOf(text) {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Reads values one after the other: names as "/Name", dictionaries as Map, the rest as in JSON. */
export class Cursor {
  constructor(text, position = 0) {
    this.text = text;
    this.position = position;
  }

  /** The match of a sticky expression here, behind which the cursor goes, or null. */
  take(expression) {
    expression.lastIndex = this.position;
    const found = expression.exec(this.text);
    if (found) this.position = expression.lastIndex;
    return found;
  }

  /** The match, or Unreadable. */
  need(expression) {
    const found = this.take(expression);
    if (!found) throw new Unreadable(`at ${this.position}`);
    return found;
  }

  value(depth = MAX_DEPTH) {
    if (!depth) throw new Unreadable("too deep");
    this.take(SPACE);
    if (this.take(/<</y)) return this.#dictionary(depth);
    if (this.take(/\[/y)) return this.#array(depth);
    if (this.take(/\(/y)) return this.#literal();
    return this.#plain();
  }

  #plain() {
    const name = this.take(NAME);
    if (name) return `/${unescaped(name[1])}`;
    const reference = this.take(REFERENCE);
    if (reference) return new Ref(Number(reference[1]));
    const number = this.take(NUMBER);
    if (number) return Number(number[0]);
    const hex = this.take(HEX);
    if (hex) return fromHex(hex[1]);
    return WORDS[this.need(WORD)[0]];
  }

  #dictionary(depth) {
    const found = new Map();
    for (;;) {
      this.take(SPACE);
      if (this.take(/>>/y)) return found;
      const name = `/${unescaped(this.need(NAME)[1])}`;
      if (found.has(name)) throw new Unreadable(`${name} twice`);
      found.set(name, this.value(depth - 1));
    }
  }

  #array(depth) {
    const found = [];
    for (;;) {
      this.take(SPACE);
      if (this.take(/\]/y)) return found;
      found.push(this.value(depth - 1));
    }
  }

  #literal() {
    let found = "";
    for (let open = 1; open; ) {
      const [part] = this.need(/[^\\()\r]+|[()]|\r\n?|\\(?:[0-7]{1,3}|\r\n|[^])/y);
      if (part === "(") open += 1;
      if (part === ")") open -= 1;
      if (open) found += part[0] === "\\" ? escaped(part.slice(1)) : part.replace(/\r\n?/, "\n");
    }
    return new PdfString(found);
  }
}

function escaped(rest) {
  if (/^[0-7]/.test(rest)) return String.fromCharCode(parseInt(rest, 8) & 0xff);
  if (/^[\r\n]/.test(rest)) return "";
  return ESCAPES[rest] ?? rest;
}

function unescaped(name) {
  return name.replace(/#([0-9A-Fa-f]{2})/g, (_all, digits) =>
    String.fromCharCode(parseInt(digits, 16)),
  );
}

function fromHex(written) {
  const digits = written.replace(/[^0-9A-Fa-f]/g, "");
  const pairs = (digits.length % 2 ? `${digits}0` : digits).match(/../g) ?? [];
  return new PdfString(pairs.map((pair) => String.fromCharCode(parseInt(pair, 16))).join(""));
}
