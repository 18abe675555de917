// A PDF with its revisions, oldest first: plain cross-reference tables, no object streams, as we
// write it. Every revision is what one person signed, so each can be looked at by itself.

import { Cursor, Ref, textOf, Unreadable } from "./pdf-syntax.js";

const END = /startxref\r?\n(\d{1,10})\r?\n%%EOF\n?/y;
const TABLE = /xref\r?\n/y;
const RUN = /(\d{1,8}) (\d{1,8})\s*\n/y;
const ENTRY = /(\d{10}) (\d{5}) ([nf])[ \r][\r\n]/y;
const TRAILER = /trailer\s+/y;
const OBJECT = /(\d{1,8}) 0 obj\s*/y;
const STREAM = /\s*stream\r?\n/y;
const MAX_TAIL = 1024; // bytes from the last pointer to the end, junk included
const MAX_REVISIONS = 200;
// Octets out of one deflated stream, and out of all that are read, as in Python.
export const MAX_INFLATED = 16 * 1024 * 1024;
export const MAX_INFLATED_IN_ALL = 64 * 1024 * 1024;

/**
 * A stream: its dictionary and its bytes as they stand in the file; `budget.left` octets may still be
 * inflated out of that file.
 */
export class Stream {
  constructor(dictionary, raw, budget = { left: MAX_INFLATED_IN_ALL }) {
    this.dictionary = dictionary;
    this.raw = raw;
    this.budget = budget;
  }
}

export class PdfFile {
  #objects = new Map();
  #budget = { left: MAX_INFLATED_IN_ALL };

  /** Reads the cross-reference tables. Throws Unreadable. */
  constructor(bytes) {
    this.bytes = bytes;
    this.text = textOf(bytes);
    this.revisions = this.#chain();
    this.newest = this.revisions.length - 1;
  }

  #chain() {
    const found = [];
    const last = this.text.lastIndexOf("startxref");
    if (last < this.text.length - MAX_TAIL) throw new Unreadable("no end");
    let at = Number(new Cursor(this.text, Math.max(last, 0)).need(END)[1]);
    while (at !== undefined) {
      const revision = this.#table(at);
      found.unshift(revision);
      const before = revision.trailer.get("/Prev");
      if (before !== undefined && !(before < at)) throw new Unreadable("revisions out of order");
      if (found.length > MAX_REVISIONS) throw new Unreadable("too many revisions");
      at = before;
    }
    found.forEach((revision, n) => (revision.start = n ? found[n - 1].end : 0));
    return found;
  }

  #table(at) {
    const cursor = new Cursor(this.text, at);
    const offsets = new Map();
    cursor.need(TABLE);
    for (let run = cursor.need(RUN); run; run = cursor.take(RUN)) {
      for (let n = 0; n < Number(run[2]); n += 1) {
        const [, offset, generation, kind] = cursor.need(ENTRY);
        const number = Number(run[1]) + n;
        // Readers differ in which of two entries they take, and in what they make of generations.
        if (offsets.has(number) || (kind === "n" && Number(generation))) throw new Unreadable("an object twice");
        offsets.set(number, kind === "n" ? Number(offset) : null);
      }
    }
    cursor.need(TRAILER);
    const trailer = cursor.value();
    const isPlain = trailer instanceof Map && !trailer.has("/XRefStm") && !trailer.has("/Encrypt");
    if (!isPlain) throw new Unreadable("another kind of trailer");
    cursor.need(/\s*/y);
    if (Number(cursor.need(END)[1]) !== at) throw new Unreadable("an end of another table");
    return { at, end: cursor.position, offsets, trailer };
  }

  /** Number of the revision that gave object `number` its value as of `revision`, or -1. */
  revisionOf(number, revision = this.newest) {
    for (let n = revision; n >= 0; n -= 1) {
      if (this.revisions[n].offsets.has(number)) return n;
    }
    return -1;
  }

  /** Object `number` as of `revision`; null when there is none. */
  object(number, revision = this.newest) {
    const origin = this.revisionOf(number, revision);
    const offset = origin < 0 ? null : this.revisions[origin].offsets.get(number);
    if (offset === null) return null;
    const key = `${number} ${offset}`;
    if (!this.#objects.has(key)) this.#objects.set(key, this.#read(number, offset, origin));
    return this.#objects.get(key);
  }

  #read(number, offset, origin) {
    const { start, at } = this.revisions[origin];
    if (offset < start || offset >= at) throw new Unreadable("an object outside its revision");
    const cursor = new Cursor(this.text, offset);
    if (Number(cursor.need(OBJECT)[1]) !== number) throw new Unreadable("another object");
    const value = cursor.value();
    if (!(value instanceof Map) || !cursor.take(STREAM)) {
      cursor.need(/\s*endobj/y);
      return value;
    }
    const length = this.resolve(value.get("/Length"), origin);
    const first = cursor.position;
    cursor.position += length;
    cursor.need(/\s*endstream\s+endobj/y);
    if (cursor.position > at) throw new Unreadable("a stream outside its revision");
    return new Stream(value, this.bytes.subarray(first, first + length), this.#budget);
  }

  /** `value`, or what it refers to as of `revision`. */
  resolve(value, revision = this.newest) {
    let found = value;
    for (let steps = 0; found instanceof Ref; steps += 1) {
      if (steps > 8) throw new Unreadable("references in a circle");
      found = this.object(found.number, revision);
    }
    return found;
  }

  /** The dictionary's value, resolved; `what` is a dictionary or a reference to one. */
  get(what, name, revision = this.newest) {
    const dictionary = this.resolve(what, revision);
    const found = dictionary instanceof Stream ? dictionary.dictionary : dictionary;
    if (!(found instanceof Map)) throw new Unreadable(`no dictionary for ${name}`);
    return this.resolve(found.get(name), revision);
  }

  /** The catalogue as of `revision`. */
  root(revision = this.newest) {
    return this.resolve(this.revisions[revision].trailer.get("/Root"), revision);
  }
}

/** The content of a stream, inflated when it was deflated. Throws Unreadable. */
export async function contentOf(stream) {
  if (!(stream instanceof Stream)) throw new Unreadable("not a stream");
  const filter = [stream.dictionary.get("/Filter") ?? []].flat();
  if (stream.dictionary.has("/DecodeParms") || filter.length > 1) throw new Unreadable("a filter");
  if (!filter.length) return stream.raw;
  if (filter[0] !== "/FlateDecode") throw new Unreadable("another filter");
  return inflated(stream.raw, stream.budget);
}

async function inflated(raw, budget) {
  const reader = new Blob([raw]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  const parts = [];
  let size = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    size += part.value.length;
    budget.left -= part.value.length;
    if (size > MAX_INFLATED || budget.left < 0) {
      await reader.cancel();
      throw new Unreadable("more inflated than in any document of ours");
    }
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
