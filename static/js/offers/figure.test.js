import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

import { amountInWords, fromBase64, hex, minorUnits, textOf, toBase64 } from "./figure.js";

const VECTOR = JSON.parse(await readFile(new URL("../../../tests/offers/vector.json", import.meta.url), "utf8"));

test("what people type becomes minor units", () => {
  const typed = { 0: 0, "1250": 125000, "1250.5": 125050, "1,250.00": 125000, " 12 500.01 ": 1250001 };
  for (const [text, minor] of Object.entries(typed)) assert.equal(minorUnits(text), minor, text);
  assert.equal(minorUnits("１２５０．５"), 125050);
  assert.equal(minorUnits("007"), 700);
  assert.equal(minorUnits("9999999999999.99"), 999999999999999);
});

test("what is no plain amount is nobody's guess to make", () => {
  for (const text of ["", "-5", "1,25", "1.250,00", "1.005", "1e3", "abc", "10000000000000.00", "0x10", "."]) {
    assert.equal(minorUnits(text), null, text);
  }
});

test("an amount is read with its currency", () => {
  assert.equal(amountInWords(125050, "EUR", "en"), "1,250.50 EUR");
  assert.equal(amountInWords(0, "CNY", "zh-Hans"), "0.00 CNY");
});

test("the text is the one the server reads", () => {
  const { round, side, figure, text } = VECTOR;
  assert.equal(textOf({ round, side, figure, salt: fromBase64(VECTOR.salt) }), text);
});

test("the text is as long for a small figure as for a large one", () => {
  const common = { round: VECTOR.round, side: "B", salt: new Uint8Array(32) };
  const lengths = [0, 1, 125050, 999999999999999].map((figure) => textOf({ ...common, figure }).length);
  assert.deepEqual(new Set(lengths), new Set([139]));
});

test("bytes survive base64", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  assert.deepEqual(fromBase64(toBase64(bytes)), bytes);
  assert.equal(hex(bytes.slice(0, 3)), "000102");
});
