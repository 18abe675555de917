// Files made to keep a reader busy for ever are given up: the ones of
// tests/settlements/test_document_bounds.py.

import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
import test from "node:test";

import { MAX_INFLATED, PdfFile } from "./pdf-file.js";
import { bytesOf, textOf, Unreadable } from "./pdf-syntax.js";
import { MAX_ELEMENTS, MAX_GLYPHS, printedBlocks } from "./printed.js";

const MAP = "1 beginbfchar <0001> <0041> endbfchar 1 beginbfchar <0002> <05D0> endbfchar";

function stream(content) {
  const raw = textOf(deflateSync(content, { level: 9 }));
  return `<</Filter /FlateDecode /Length ${raw.length}>>\nstream\n${raw}\nendstream`;
}

const drawn = (operators) => `/P <</MCID 0>> BDC /F0 12 Tf ${operators} EMC`;

/** A document of one page with one paragraph, as small as it can be. */
function paper({ content = "<0001> Tj", said = MAP, kids = "0", pages = "3 0 R", contents = "5 0 R" }) {
  return fileOf(
    "<</Type /Catalog /Pages 2 0 R /StructTreeRoot 4 0 R>>",
    `<</Type /Pages /Kids [${pages}]>>`,
    `<</Type /Page /Contents [${contents}] /Resources <</Font <</F0 <</ToUnicode 6 0 R>>>>>>>>`,
    "<</K [7 0 R]>>",
    stream(drawn(content)),
    stream(said),
    `<</S /P /Pg 3 0 R /K [${kids}]>>`,
  );
}

/** A PDF of these objects, the first of which is its catalogue. */
function fileOf(...objects) {
  let pdf = "%PDF-1.7\n";
  let table = "0000000000 65535 f \n";
  objects.forEach((content, n) => {
    table += `${String(pdf.length).padStart(10, "0")} 00000 n \n`;
    pdf += `${n + 1} 0 obj\n${content}\nendobj\n`;
  });
  const size = objects.length + 1;
  const end = `trailer\n<</Size ${size} /Root 1 0 R>>\nstartxref\n${pdf.length}\n%%EOF\n`;
  return bytesOf(`${pdf}xref\n0 ${size}\n${table}${end}`);
}

async function blocksOf(parts) {
  const file = new PdfFile(paper(parts));
  return (await printedBlocks(file, file.newest)).map(({ text }) => text);
}

test("the paper itself is read", async () => {
  assert.deepEqual(await blocksOf({ content: "<00010001> Tj <0001> Tj" }), ["AAA"]);
  assert.deepEqual(await blocksOf({ content: "<0002>".repeat(3) }), ["אאא"]);
});

test("as many glyphs as may be are read", async () => {
  for (const [glyph, letter] of Object.entries({ "0001": "A", "0002": "א" })) {
    const wanted = [letter.repeat(MAX_GLYPHS)];
    assert.deepEqual(await blocksOf({ content: `<${glyph.repeat(MAX_GLYPHS)}>` }), wanted);
    assert.deepEqual(await blocksOf({ content: `<${glyph}>`.repeat(MAX_GLYPHS) }), wanted);
  }
});

const ENDLESS = {
  "one glyph too many": { content: `<${"0001".repeat(MAX_GLYPHS + 1)}>` },
  "an operator too many": { content: "<0002>".repeat(MAX_GLYPHS + 1) },
  "a glyph that stands for much": {
    content: "<0001>".repeat(3),
    said: `1 beginbfchar <0001> <${"0041".repeat(70_000)}> endbfchar`,
  },
  "a piece again and again": { content: "<0001>".repeat(2_000), kids: "0 ".repeat(101) },
  "an empty piece again and again": { kids: "9 ".repeat(MAX_ELEMENTS) },
  "a page again and again": { pages: "3 0 R ".repeat(MAX_ELEMENTS) },
  "pages that hold themselves": { pages: "2 0 R 2 0 R" },
  "a stream again and again": { contents: "5 0 R ".repeat(5_000), content: " ".repeat(14_000) },
  "a map of codes that do not exist": {
    said: "1 beginbfrange <00000000> <0003FFFF> <0041> endbfrange",
  },
  "ranges again and again": {
    said: `1 beginbfrange ${"<0000> <FFF0> <0001> ".repeat(4)} endbfrange`,
  },
  "drawing that is small only in the file": { content: " ".repeat(MAX_INFLATED) },
  "a map that is small only in the file": { said: " ".repeat(MAX_INFLATED + 1) },
};

for (const [name, parts] of Object.entries(ENDLESS)) {
  test(`${name} is given up`, async () => {
    await assert.rejects(blocksOf(parts), Unreadable);
  });
}

test("what looks like the begin of an operator or of a map is read once", async () => {
  const begins = ["/".repeat(2e6), "<".repeat(2e6), "/MCID ".repeat(4e5), "<0001 ".repeat(4e5)];
  for (const content of begins) assert.deepEqual(await blocksOf({ content }), []);
  assert.deepEqual(await blocksOf({ said: "beginbfchar".repeat(2e5) }), ["\ufffd"]);
});
