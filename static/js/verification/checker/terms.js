// The attached terms: read strictly by the shape of their schema, written again in their only form,
// and as XML. The shape comes from the classes in mediation/settlements/document/terms.py.

const AMOUNT = /^-?(0|[1-9]\d{0,14})(\.\d{1,4})?$/;
const DAY = /^\d{4}-\d\d-\d\d$/;
const MAX_BYTES = 1_000_000;
const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** The attached data is not terms in their only form. */
export class TermsUnreadable extends Error {}

/** The terms in `raw`, canonical JSON. Throws TermsUnreadable. */
export function termsIn(raw, shape) {
  if (raw.length > MAX_BYTES) throw new TermsUnreadable("too long");
  let terms;
  try {
    terms = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(raw));
  } catch (error) {
    throw new TermsUnreadable("not JSON", { cause: error });
  }
  const version = Object.hasOwn(shape.schemas, terms?.schema) ? shape.schemas[terms.schema] : 0;
  if (!version || !isOfKind(terms, "Terms", { ...shape, version })) throw new TermsUnreadable("shape");
  const written = new TextEncoder().encode(canonical(terms));
  if (written.length !== raw.length || written.some((byte, n) => byte !== raw[n])) {
    throw new TermsUnreadable("not canonical");
  }
  return terms;
}

/** The fields a part of the terms has in a version of the schema, in their order. */
export function fieldsOf(kind, shape) {
  return shape.kinds[kind].filter(({ since }) => since <= shape.version);
}

function isOfKind(value, kind, shape) {
  if (shape.kinds[kind]) return isGroup(value, kind, shape);
  if (kind === "whole") return Number.isSafeInteger(value);
  if (typeof value !== "string" || !value.isWellFormed()) return false;
  if (shape.choices[kind]) return shape.choices[kind].includes(value);
  if (kind === "amount") return AMOUNT.test(value);
  return kind === "day" ? isDay(value) : kind === "text";
}

function isGroup(value, kind, shape) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const fields = fieldsOf(kind, shape);
  return (
    Object.keys(value).length === fields.length &&
    fields.every((field) => Object.hasOwn(value, field.name) && isField(value[field.name], field, shape))
  );
}

function isField(value, { kind, list, optional }, shape) {
  if (list) return Array.isArray(value) && value.every((item) => isOfKind(item, kind, shape));
  return (optional && value === null) || isOfKind(value, kind, shape);
}

function isDay(value) {
  if (!DAY.test(value) || value.startsWith("0000")) return false;
  const day = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(day.valueOf()) && day.toISOString().startsWith(value);
}

/** Keys sorted, no spaces: the same terms are always the same text. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`);
  return `{${entries.join(",")}}`;
}

/** The terms as XML, byte for byte as mediation/settlements/document/terms_xml.py writes them. */
export function xmlOf(terms, shape) {
  const version = shape.schemas[terms.schema];
  const inner = groupXml(terms, "Terms", { ...shape, version });
  return `<?xml version='1.0' encoding='utf-8'?>\n${element("settlement", inner, ` xmlns="urn:${terms.schema}"`)}\n`;
}

function groupXml(value, kind, shape) {
  return fieldsOf(kind, shape)
    .filter(({ name }) => value[name] !== null)
    .map(({ name, kind: inner, list }) =>
      element(name, list ? listXml(value[name], inner, shape) : valueXml(value[name], inner, shape)),
    )
    .join("");
}

function listXml(items, kind, shape) {
  const name = shape.kinds[kind] ? kind.toLowerCase() : "text";
  return items.map((item) => element(name, valueXml(item, kind, shape))).join("");
}

function valueXml(value, kind, shape) {
  if (shape.kinds[kind]) return groupXml(value, kind, shape);
  return String(value).replace(/[&<>]/g, (character) => ESCAPES[character]);
}

function element(name, inner, attributes = "") {
  return inner ? `<${name}${attributes}>${inner}</${name}>` : `<${name}${attributes} />`;
}

/** Every signature the terms ask for: its field, who signs, and for which body. */
export function slotsOf(terms) {
  const parties = terms.parties.map((party, n) => ({
    field: `sign-${n + 1}`,
    signer: party.representative ? party.representative.name : party.name,
    organisation: party.kind === "organisation" ? party.name : "",
  }));
  const mediators = terms.mediators.map(({ name }, n) => ({
    field: `mediator-${n + 1}`,
    signer: name,
    organisation: terms.center.name,
  }));
  return [...parties, ...mediators];
}
