import assert from "node:assert/strict";
import test from "node:test";

import { canonical, slotsOf, TermsUnreadable, termsIn, xmlOf } from "./terms.js";

const field = (name, kind, more = {}) => ({ name, kind, since: 1, list: false, optional: false, ...more });
const SHAPE = {
  schemas: { "test-1": 1, "test-2": 2 },
  choices: { Colour: ["red", "green"] },
  kinds: {
    Terms: [
      field("schema", "text"),
      field("parts", "Part", { list: true }),
      field("notes", "text", { list: true }),
      field("colour", "Colour"),
      field("later", "text", { since: 2 }),
    ],
    Part: [field("seq", "whole"), field("amount", "amount", { optional: true }), field("due", "day")],
  },
};
const PART = { seq: 1, amount: "9600.00", due: "2026-12-18" };
const TERMS = { schema: "test-2", parts: [PART], notes: ["a < b & c"], colour: "red", later: "" };
const raw = (text) => new TextEncoder().encode(text);
const read = (terms) => termsIn(raw(canonical(terms)), SHAPE);

test("terms in their only form are read", () => {
  assert.deepEqual(read(TERMS), TERMS);
  assert.deepEqual(read({ schema: "test-1", parts: [], notes: [], colour: "green" }).notes, []);
});

test("anything a schema does not say is refused", () => {
  const wrong = [
    { ...TERMS, schema: "test-3" },
    { ...TERMS, schema: "constructor" },
    { ...TERMS, more: "" },
    { ...TERMS, schema: "test-1" },
    { ...TERMS, colour: "blue" },
    { ...TERMS, notes: "one" },
    { ...TERMS, later: null },
    { ...TERMS, later: "\ud800" },
    ...[{ seq: "1" }, { seq: 1.5 }, { amount: "01.00" }, { amount: "1,00" }, { amount: 1 }].map(part),
    ...[{ due: "2026-02-30" }, { due: "20261218" }, { due: null }].map(part),
  ];
  for (const terms of wrong) assert.throws(() => read(terms), TermsUnreadable, canonical(terms));
});

function part(change) {
  return { ...TERMS, parts: [{ ...PART, ...change }] };
}

test("another way to write the same is refused", () => {
  const text = canonical(TERMS);
  for (const other of [`${text} `, text.replace("red", "\\u0072ed"), text.replace('"parts"', '"later":"","parts"')]) {
    assert.throws(() => termsIn(raw(other), SHAPE), TermsUnreadable);
  }
  assert.throws(() => termsIn(raw(`\ufeff${text}`), SHAPE), TermsUnreadable);
});

test("the same terms are the same XML", () => {
  const said = [
    '<parts><part><seq>1</seq><amount>9600.00</amount><due>2026-12-18</due></part></parts>',
    '<notes><text>a &lt; b &amp; c</text></notes><colour>red</colour><later />',
  ].join("");
  assert.equal(
    xmlOf(TERMS, SHAPE),
    `<?xml version='1.0' encoding='utf-8'?>\n<settlement xmlns="urn:test-2"><schema>test-2</schema>${said}</settlement>\n`,
  );
});

test("what does not exist has no element", () => {
  assert.ok(!xmlOf(part({ amount: null }), SHAPE).includes("amount"));
});

test("a body signs through whoever represents it", () => {
  const terms = {
    parties: [
      { name: "Ada", kind: "person", representative: null },
      { name: "Stone Ltd", kind: "organisation", representative: { name: "Bo" } },
    ],
    mediators: [{ name: "Mei" }],
    center: { name: "Lakeside" },
  };
  assert.deepEqual(slotsOf(terms), [
    { field: "sign-1", signer: "Ada", organisation: "" },
    { field: "sign-2", signer: "Bo", organisation: "Stone Ltd" },
    { field: "mediator-1", signer: "Mei", organisation: "Lakeside" },
  ]);
});
