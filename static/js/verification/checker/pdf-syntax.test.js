import assert from "node:assert/strict";
import test from "node:test";

import { Cursor, PdfString, Ref, textOf, Unreadable } from "./pdf-syntax.js";

const value = (text) => new Cursor(text).value();

test("dictionaries, arrays, numbers, names and references are read", () => {
  const found = value("<</Kids [7 0 R -1.5 .5 true null]/Sub#74ype /a#20b % a comment\n /N 3>>");

  assert.deepEqual([...found.keys()], ["/Kids", "/Subtype", "/N"]);
  assert.deepEqual(found.get("/Kids"), [new Ref(7), -1.5, 0.5, true, null]);
  assert.equal(found.get("/Subtype"), "/a b");
});

test("strings are read in each of their forms", () => {
  assert.equal(value("(a\\(b\\)(c)\\101\\n\\\nd)").bytes, "a(b)(c)A\nd");
  assert.equal(value("<48 65 6C6c 6>").bytes, "Hell`");
  assert.equal(value("<FEFF6B276d6a>").text, "欧浪");
});

test("a text says the same in either encoding", () => {
  const plain = new PdfString("Zo\xeb \x97 \x90 \xa0");
  assert.equal(plain.text, "Zoë Š ’ €");
});

test("what we never write is refused", () => {
  for (const text of ["<</A 1/A 2>>", "<</A", "[1 2", "(open", "obj", "<4x>", "[".repeat(99)]) {
    assert.throws(() => value(text), Unreadable, text);
  }
});

test("bytes become one character each", () => {
  const bytes = Uint8Array.from({ length: 20000 }, (_, n) => n % 256);
  const text = textOf(bytes);
  assert.equal(text.length, 20000);
  assert.equal(text.charCodeAt(255), 255);
});
