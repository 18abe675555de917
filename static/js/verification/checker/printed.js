// The text of the printed pages in reading order, through the fonts' character maps. Does what
// mediation/settlements/document/printed.py does, for the pages this project makes.

import { contentOf } from "./pdf-file.js";
import { Ref, textOf, Unreadable } from "./pdf-syntax.js";

const MAX_DEPTH = 60;
const MAX_ELEMENTS = 50_000;
const SECTION = /beginbf(char|range)([^]*?)endbf/g;
const CHAR = /<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>/g;
const RANGE = /<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>/g;
const TOKEN =
  /\/MCID\s+(?<mcid>\d+)|(?<mark>\b(?:BMC|BDC|EMC)\b)|\/(?<font>\S+)\s+[\d.]+\s+Tf\b|(?<!<)<(?<codes>[0-9a-fA-F\s]*)>(?!>)/g;
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
const FROM_THE_RIGHT = /^[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
const JOINING = new Set(" '\u2019\".&-");
const RUN = /r(?:j*r)*/g;

/** What the texts of a paragraph's glyphs, in the order they are drawn, say. */
export function readGlyphs(glyphs) {
  const said = [];
  let end = 0;
  for (const { index, 0: run } of glyphs.map(kindOf).join("").matchAll(RUN)) {
    said.push(...glyphs.slice(end, index), ...glyphs.slice(index, index + run.length).reverse());
    end = index + run.length;
  }
  return [...said, ...glyphs.slice(end)].join("");
}

function kindOf(glyph) {
  if (FROM_THE_RIGHT.test(glyph)) return "r";
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

/** All tagged text as of `revision`: { page, text } block by block in reading order. */
export async function printedBlocks(file, revision) {
  const view = { file, revision };
  const pieces = new Map();
  for (const page of pagesUnder(view, file.get(file.root(revision), "/Pages", revision), MAX_DEPTH)) {
    const texts = await markedTexts(view, page);
    for (const [mcid, text] of texts) pieces.set(`${page.number} ${mcid}`, text);
  }
  const tree = file.get(file.root(revision), "/StructTreeRoot", revision);
  return Array.from(blockElements(view, tree, MAX_DEPTH), (element) => {
    const order = [...readingOrder(view, element, 0, MAX_DEPTH)];
    const glyphs = order.flatMap(([page, mcid]) => pieces.get(`${page} ${mcid}`) ?? []);
    return { page: order[0]?.[0], text: squeeze(readGlyphs(glyphs)) };
  }).filter(({ text }) => text);
}

function* pagesUnder(view, node, depth) {
  const { file, revision } = view;
  if (!depth) throw new Unreadable("pages too deep");
  for (const kid of file.get(node, "/Kids", revision)) {
    if (file.get(kid, "/Type", revision) === "/Page") yield kid;
    else yield* pagesUnder(view, file.resolve(kid, revision), depth - 1);
  }
}

function* blockElements(view, element, depth) {
  if (!(element instanceof Map) || !depth) return;
  if (BLOCKS.has(element.get("/S"))) {
    yield element;
    return;
  }
  for (const kid of kidsOf(view, element)) yield* blockElements(view, kid, depth - 1);
}

function kidsOf(view, element) {
  const { file, revision } = view;
  // A tree may hold itself, and be walked for ever although it is shallow.
  view.visited = (view.visited ?? 0) + 1;
  if (view.visited > MAX_ELEMENTS) throw new Unreadable("a structure tree larger than any of ours");
  const kids = file.get(element, "/K", revision) ?? [];
  return [kids].flat().map((kid) => file.resolve(kid, revision));
}

function* readingOrder(view, element, page, depth) {
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
      texts.set(open, [...(texts.get(open) ?? []), ...decoded(groups.codes, current)]);
    } else if (groups.mark === "EMC") marks.pop();
    else if (groups.mark) marks.push(mcid);
    mcid = groups.mcid === undefined ? null : Number(groups.mcid);
  }
  return texts;
}

async function pageContent({ file, revision }, page) {
  const parts = [file.get(page, "/Contents", revision)].flat();
  const contents = parts.map((part) => contentOf(file.resolve(part, revision)));
  return (await Promise.all(contents)).map(textOf).join("\n");
}

async function characterMaps({ file, revision }, page) {
  const fonts = file.get(file.get(page, "/Resources", revision), "/Font", revision);
  const found = new Map();
  for (const [name, font] of fonts) {
    const map = textOf(await contentOf(file.get(font, "/ToUnicode", revision)));
    found.set(name.slice(1), characterMap(map));
  }
  return found;
}

function decoded(digits, characters) {
  const codes = digits.replace(/\s/g, "").match(/[0-9a-fA-F]{4}/g) ?? [];
  return codes.map((code) => characters.get(parseInt(code, 16)) ?? "\ufffd");
}

/** Glyph codes to characters, out of a ToUnicode map. */
export function characterMap(map) {
  const found = new Map();
  for (const [, kind, body] of map.matchAll(SECTION)) {
    if (kind === "char") {
      for (const [, code, target] of body.matchAll(CHAR)) found.set(parseInt(code, 16), utf16(target));
      continue;
    }
    for (const [, first, last, target] of body.matchAll(RANGE)) {
      const [from, to] = [parseInt(first, 16), parseInt(last, 16)];
      const start = utf16(target).codePointAt(0);
      for (let code = from; code <= to && code <= 0xffff; code += 1) {
        found.set(code, String.fromCodePoint(start + code - from));
      }
    }
  }
  return found;
}

function utf16(digits) {
  return String.fromCharCode(...(digits.match(/.{4}/g) ?? []).map((unit) => parseInt(unit, 16)));
}
