import assert from "node:assert/strict";
import test from "node:test";

import { PdfFile } from "./pdf-file.js";
import { bytesOf, PdfString, Ref, Unreadable } from "./pdf-syntax.js";
import { onlySigned, same } from "./revisions.js";

const PLACE = "/FT /Sig/T (sign-1)/Rect [1 2 3 4]";
const BASE = { 1: "<</AcroForm 2 0 R/Lang (en)>>", 2: "<</Fields [3 0 R]>>", 3: `<<${PLACE}>>` };
const SIGNING = { 3: `<<${PLACE}/V 9 0 R>>`, 9: "<</Type /Sig>>" };
const SIGNED = { name: "sign-1", field: 3, revision: 1, isTimeStamp: false };

/** A file with these revisions; each maps the numbers of its objects to what they are. */
function written(...revisions) {
  let text = "%PDF-1.7\n";
  let before = "";
  for (const objects of revisions) {
    const offsets = Object.entries(objects).map(([number, body]) => {
      const offset = text.length;
      text += `${number} 0 obj\n${body}\nendobj\n`;
      return `${number} 1\n${String(offset).padStart(10, "0")} 00000 n \n`;
    });
    const at = text.length;
    text += `xref\n${offsets.join("")}trailer\n<</Size 9/Root 1 0 R${before}>>\nstartxref\n${at}\n%%EOF\n`;
    before = `/Prev ${at}`;
  }
  return new PdfFile(bytesOf(text));
}

const judged = (change) => onlySigned(written(BASE, change), [{}, SIGNED]);

test("to sign is to fill one's own field", () => {
  assert.equal(judged(SIGNING), true);
  assert.equal(judged({ ...SIGNING, 3: `<<${PLACE}/V 9 0 R/AP <</N 10 0 R>>>>`, 10: "<<>>" }), true);
});

test("anything beside it is a change", () => {
  const changes = {
    "another place": { 3: `<<${PLACE.replace("1 2", "1 9")}/V 9 0 R>>` },
    "a field more": { 2: "<</Fields [3 0 R 10 0 R]>>", 10: "<</FT /Tx>>" },
    "another catalogue": { 1: "<</AcroForm 2 0 R/Lang (zh)>>" },
    "a number that could be referred to before": { 8: "<<>>" },
  };
  for (const [name, change] of Object.entries(changes)) {
    assert.equal(judged({ ...SIGNING, ...change }), false, name);
  }
});

test("each revision is read as it was", () => {
  const file = written(BASE, { 1: "<</Lang (zh)>>" });
  assert.equal(file.get(file.root(0), "/Lang", 0).text, "en");
  assert.equal(file.get(file.root(), "/Lang").text, "zh");
});

test("an object outside its own revision is refused", () => {
  const text = written(BASE, { 1: "<</Lang (zh)>>" }).text;
  const [, second] = [...text.matchAll(/^1 1\n(\d{10})/gm)];
  const forged = text.replace(second[0], second[0].replace(second[1], "0000000009"));
  const file = new PdfFile(bytesOf(forged));
  assert.throws(() => file.root(), Unreadable);
});

test("values are the same however they are written", () => {
  assert.ok(same(new PdfString("Zo\xeb"), new PdfString("\xfe\xff\0Z\0o\0\xeb")));
  assert.ok(same(new Map([["/A", [new Ref(1)]]]), new Map([["/A", [new Ref(1)]]])));
  assert.ok(!same(new Map([["/A", 1]]), new Map([["/A", 1], ["/B", 2]])));
  assert.ok(!same([1, 2], [1]));
});
