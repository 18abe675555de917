import assert from "node:assert/strict";
import test from "node:test";

import { characterMap, firstUnprinted, readGlyphs, squeeze } from "./printed.js";

const blocks = (...texts) => texts.map((text, n) => ({ page: n < 2 ? 1 : 2, text: squeeze(text) }));

test("every value fills a block, one after the other", () => {
  const found = blocks("18 December", "9,600.00", "Zürich");
  assert.equal(firstUnprinted(["18 December", "Zürich"], found), null);
  assert.equal(firstUnprinted(["8 December"], found), "8 December");
  assert.equal(firstUnprinted(["Zürich", "9,600.00"], found), "9,600.00");
});

test("a block may go on at the top of the next page and nowhere else", () => {
  assert.equal(firstUnprinted(["9,600.00 Zürich"], blocks("a", "9,600.00", "Zürich")), null);
  assert.equal(firstUnprinted(["a 9,600.00"], blocks("a", "9,600.00")), "a 9,600.00");
});

test("look-alikes and white space do not count", () => {
  assert.equal(squeeze("ﬁ\u3000 ＡＢ\n1"), "fiAB1");
  assert.equal(squeeze("阿·买•提・吉‧A\u2011B ① ➀"), squeeze("阿•买·提‧吉・A-B ➀ ①"));
});

test("glyphs become characters through their font's map", () => {
  const map = "1 beginbfchar\n<0003> <6B27>\nendbfchar 1 beginbfrange <0005> <0007> <0041> endbfrange";
  assert.deepEqual([...characterMap(map)], [[3, "欧"], [5, "A"], [6, "B"], [7, "C"]]);
});

test("a name from the right is turned around glyph by glyph, and nothing beside it", () => {
  const said = (...glyphs) => readGlyphs(glyphs);
  assert.equal(said(..."ןהכ"), "כהן");
  assert.equal(said(..."To ןהכ-יול, 300 to "), "To לוי-כהן, 300 to ");
  assert.equal(said(..."ןבא", ",", " ", ..."ןהכ"), "אבן, כהן");
  assert.equal(said("ن", "لأ", "ف", " ", "1", "2"), "فلأن 12");
  assert.equal(said(...'מ"עב', ")"), 'בע"מ)');
  assert.equal(said(..."(ןהכ) - a"), "(כהן) - a");
});
