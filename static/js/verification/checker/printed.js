// The text of the printed pages in reading order, through the fonts' character maps. Does what
// mediation/settlements/document/printed.py does, for the pages this project makes.

import { contentOf } from "./pdf-file.js";
import { Ref, textOf, Unreadable } from "./pdf-syntax.js";

const MAX_DEPTH = 60;
// A small file can be made that has pages and structure without end: the same bounds as in Python.
export const MAX_ELEMENTS = 50_000;
export const MAX_GLYPHS = 200_000;
const MAX_CONTENT = 64 * 1024 * 1024;
const SECTION = /beginbf(char|range)/;
const SECTION_END = "endbf";
const CHAR = /<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>/g;
const RANGE = /<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>/g;
const TOKEN =
  /\/MCID\s+(?<mcid>\d+)|(?<mark>\b(?:BMC|BDC|EMC)\b)|\/(?<font>[^\s/]+)\s+[\d.]+\s+Tf\b|(?<!<)<(?<codes>[0-9a-fA-F\s]*)>(?!>)/g;
const BLOCKS = new Set(["/P", "/H1", "/H2", "/H3", "/TH", "/TD", "/Lbl", "/LBody"]);
// White space as Python's str.split() knows it.
const SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/g;

// Characters beyond NFKC that the typeface draws with one glyph, which reads back as any of them.
const CIRCLED = Array.from({ length: 10 }, (_, n) => [
  [String.fromCharCode(0x2780 + n), `${n + 1}`],
  [String.fromCharCode(0x278a + n), String.fromCharCode(0x2776 + n)],
]).flat();
const ALIKE = new Map([
  ...[..."\u2022\u2027\u30fb"].map((dot) => [dot, "\u00b7"]),
  ...[..."\u00ad\u2010"].map((hyphen) => [hyphen, "-"]),
  ["\u2012", "\u2013"],
  ["\u22ef", "..."],
  ["\u2215", "/"],
  ["\u2035", "`"],
  ...CIRCLED,
]);
/** Text without white space, in compatibility form: one glyph may stand for look-alikes. */
export const squeeze = (text) =>
  Array.from(text.normalize("NFKC"), (one) => ALIKE.get(one) ?? one)
    .join("")
    .replace(SPACE, "");

// A name written from the right stands on paper turned around, in a box of its own: the same rule as
// in mediation/settlements/document/right_to_left.py.
const RIGHTWARD_LETTERS = new RegExp(
  "^[\\u05be\\u05d0-\\u05ea\\u05ef-\\u05f4\\u0620-\\u063f\\u0641-\\u064a\\u066e\\u066f\\u0671-\\u0674\\u0679-\\u06d3" +
    "\\u06d5\\u06ee\\u06ef\\u06fa-\\u06fc\\u06ff\\u0710\\u0712-\\u072f\\u074d-\\u077f]+$",
);
const JOINING = new Set(" '\u2019\".&-");
const RUN = /r(?:j*r)*/g;

/** What the texts of a paragraph's glyphs, in the order they are drawn, say. */
export function readGlyphs(glyphs) {
  const said = [];
  let end = 0;
  for (const { index, 0: run } of glyphs.map(kindOf).join("").matchAll(RUN)) {
    said.push(glyphs.slice(end, index).join(""));
    end = index + run.length;
    said.push(glyphs.slice(index, end).reverse().join(""));
  }
  return said.join("") + glyphs.slice(end).join("");
}

function kindOf(glyph) {
  if (RIGHTWARD_LETTERS.test(glyph)) return "r";
  return JOINING.has(glyph) || !glyph.replace(SPACE, "") ? "j" : "o";
}

/** The first value that does not fill a block after the one before it, or null. */
export function firstUnprinted(values, blocks) {
  let position = 0;
  for (const value of values) {
    const wanted = squeeze(value);
    let end = 0;
    for (let n = position; n < blocks.length && !end; n += 1) end = endOf(wanted, blocks, n);
    if (!end) return value;
    position = end;
  }
  return null;
}

/** The index after the blocks from `start` that make up `wanted`, or 0. */
function endOf(wanted, blocks, start) {
  let rest = wanted;
  for (let n = start; n < blocks.length && rest.startsWith(blocks[n].text); n += 1) {
    if (n > start && blocks[n].page === blocks[n - 1].page) return 0;
    rest = rest.slice(blocks[n].text.length);
    if (!rest) return n + 1;
  }
  return 0;
}

/** Takes so much of something away each time; throws Unreadable when `most` of it were looked at. */
function allowance(most) {
  let left = most;
  return (amount = 1) => {
    left -= amount;
    if (left < 0) throw new Unreadable("more on the pages than in any document of ours");
  };
}

const costOf = (letters) => Math.max(1, [...letters].length);

/** All tagged text as of `revision`: { page, text } block by block in reading order. */
export async function printedBlocks(file, revision) {
  const view = { file, revision, element: allowance(MAX_ELEMENTS), content: allowance(MAX_CONTENT) };
  Object.assign(view, { drawn: allowance(MAX_GLYPHS), mapped: allowance(MAX_GLYPHS), maps: new Map() });
  const pieces = new Map();
  for (const page of pagesUnder(view, file.get(file.root(revision), "/Pages", revision), MAX_DEPTH)) {
    const texts = await markedTexts(view, page);
    for (const [mcid, text] of texts) pieces.set(`${page.number} ${mcid}`, text);
  }
  const letter = allowance(MAX_GLYPHS);
  const tree = file.get(file.root(revision), "/StructTreeRoot", revision);
  return Array.from(blockElements(view, tree, MAX_DEPTH), (element) => {
    const order = [...readingOrder(view, element, 0, MAX_DEPTH)];
    const glyphs = [];
    for (const [page, mcid] of order) {
      for (const glyph of pieces.get(`${page} ${mcid}`) ?? []) {
        letter(costOf(glyph));
        glyphs.push(glyph);
      }
    }
    return { page: order[0]?.[0], text: squeeze(readGlyphs(glyphs)) };
  }).filter(({ text }) => text);
}

function* pagesUnder(view, node, depth) {
  const { file, revision } = view;
  if (!depth) throw new Unreadable("pages too deep");
  for (const kid of file.get(node, "/Kids", revision)) {
    view.element();
    if (file.get(kid, "/Type", revision) === "/Page") yield kid;
    else yield* pagesUnder(view, file.resolve(kid, revision), depth - 1);
  }
}

function* blockElements(view, element, depth) {
  view.element();
  if (!(element instanceof Map) || !depth) return;
  if (BLOCKS.has(element.get("/S"))) {
    yield element;
    return;
  }
  for (const kid of kidsOf(view, element)) yield* blockElements(view, kid, depth - 1);
}

function* kidsOf({ file, revision }, element) {
  const kids = file.get(element, "/K", revision) ?? [];
  for (const kid of Array.isArray(kids) ? kids : [kids]) yield file.resolve(kid, revision);
}

function* readingOrder(view, element, page, depth) {
  view.element();
  if (typeof element === "number") yield [page, element];
  if (!(element instanceof Map) || !depth) return;
  const place = element.get("/Pg");
  const here = place instanceof Ref ? place.number : page;
  if (element.get("/Type") === "/MCR") {
    yield [here, element.get("/MCID")];
    return;
  }
  for (const kid of kidsOf(view, element)) yield* readingOrder(view, kid, here, depth - 1);
}

async function markedTexts(view, page) {
  const fonts = await characterMaps(view, page);
  const texts = new Map();
  const marks = [];
  let current = new Map();
  let mcid = null;
  for (const { groups } of (await pageContent(view, page)).matchAll(TOKEN)) {
    const open = marks.at(-1) ?? null;
    if (groups.font !== undefined) {
      current = fonts.get(groups.font);
      if (!current) throw new Unreadable("a font of no page");
    } else if (groups.codes && open !== null) {
      if (!texts.has(open)) texts.set(open, []);
      decodeInto(texts.get(open), groups.codes, current, view.drawn);
    } else if (groups.mark === "EMC") marks.pop();
    else if (groups.mark) marks.push(mcid);
    mcid = groups.mcid === undefined ? null : Number(groups.mcid);
  }
  return texts;
}

async function pageContent(view, page) {
  const found = [];
  for (const part of [view.file.get(page, "/Contents", view.revision)].flat()) {
    found.push(await inflatedText(view, view.file.resolve(part, view.revision)));
  }
  return found.join("\n");
}

async function inflatedText(view, stream) {
  view.element();
  const content = await contentOf(stream);
  view.content(content.length);
  return textOf(content);
}

async function characterMaps(view, page) {
  const { file, revision, maps } = view;
  const fonts = file.get(file.get(page, "/Resources", revision), "/Font", revision);
  const found = new Map();
  for (const [name, font] of fonts) {
    view.element();
    const stream = file.get(font, "/ToUnicode", revision);
    if (!maps.has(stream)) maps.set(stream, characterMap(await inflatedText(view, stream), view.mapped));
    found.set(name.slice(1), maps.get(stream));
  }
  return found;
}

function decodeInto(glyphs, digits, characters, drawn) {
  for (const [code] of digits.replace(/\s/g, "").matchAll(/[0-9a-fA-F]{4}/g)) {
    const glyph = characters.get(parseInt(code, 16)) ?? "\ufffd";
    drawn(costOf(glyph));
    glyphs.push(glyph);
  }
}

/** Glyph codes to characters, out of a ToUnicode map. */
export function characterMap(said, mapped = allowance(MAX_GLYPHS)) {
  const found = new Map();
  for (const part of sections(said)) {
    const start = SECTION.exec(part);
    if (!start) continue;
    const body = part.slice(start.index + start[0].length);
    for (const [code, text] of start[1] === "char" ? characters(body) : ranges(body)) {
      mapped(costOf(text));
      found.set(code, text);
    }
  }
  return found;
}

function* sections(said) {
  let start = 0;
  for (let end = said.indexOf(SECTION_END); end >= 0; end = said.indexOf(SECTION_END, start)) {
    yield said.slice(start, end);
    start = end + SECTION_END.length;
  }
}

function* characters(body) {
  for (const [, code, target] of body.matchAll(CHAR)) yield [parseInt(code, 16), utf16(target)];
}

function* ranges(body) {
  for (const [, first, last, target] of body.matchAll(RANGE)) {
    const [from, to] = [parseInt(first, 16), parseInt(last, 16)];
    const start = utf16(target).codePointAt(0);
    for (let code = from; code <= to; code += 1) yield [code, String.fromCodePoint(start + code - from)];
  }
}

function utf16(digits) {
  return (digits.match(/.{4}/g) ?? []).map((unit) => String.fromCharCode(parseInt(unit, 16))).join("");
}
