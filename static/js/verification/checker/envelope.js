// The bytes around the signatures: what is signed, what is not, and that nothing hides in a gap.
// Does what mediation/settlements/document/envelope.py does.

import { bytesOf } from "./pdf-syntax.js";

const HEADER = "%PDF-1.7\n";
const TRAILER = "%%EOF\n";
const VALUE = /^<[0-9A-F]+>$/;
export const TIME_STAMP = "/DocTimeStamp";

/** The signature fields of the newest revision that are filled, in the order they were signed. */
export function signaturesOf(file) {
  const form = file.get(file.root(), "/AcroForm") ?? new Map();
  const fields = file.get(form, "/Fields") ?? [];
  return fields
    .filter((field) => file.get(field, "/FT") === "/Sig" && file.get(field, "/V"))
    .map((field) => signatureIn(file, field))
    .sort((one, other) => one.revision - other.revision);
}

/** Names of all fields of the newest revision, signed or not. */
export function fieldNames(file) {
  return file.get(file.get(file.root(), "/AcroForm"), "/Fields").map((one) => file.get(one, "/T").text);
}

function signatureIn(file, field) {
  const place = file.resolve(field).get("/V");
  const dictionary = file.resolve(place);
  return {
    name: file.get(field, "/T").text,
    field: field.number,
    revision: file.revisionOf(place.number),
    isTimeStamp: dictionary.get("/Type") === TIME_STAMP,
    value: bytesOf(dictionary.get("/Contents").bytes),
    range: dictionary.get("/ByteRange").map((part) => file.resolve(part)),
    subfilter: dictionary.get("/SubFilter"),
  };
}

/** What the signature covers: everything before and after its own value. */
export function coveredBy(bytes, signature) {
  const [, length, second, rest] = signature.range;
  const covered = new Uint8Array(length + rest);
  covered.set(bytes.subarray(0, length));
  covered.set(bytes.subarray(second, second + rest), length);
  return covered;
}

/** Whether every gap holds nothing but its signature and the newest covers the whole file. */
export function envelopeIsSound(file, signatures) {
  const { text } = file;
  if (!text.startsWith(HEADER) || !text.endsWith(TRAILER)) return false;
  const ends = signatures.map(({ range }) => range[2] + range[3]);
  const rising = ends.every((end, n) => n === 0 || ends[n - 1] < end);
  const values = signatures.every((signature) => gapHoldsValue(text, signature));
  return rising && values && ends.at(-1) === text.length;
}

function gapHoldsValue(text, { range, value }) {
  const [first, length, second] = range;
  if (range.length !== 4 || first !== 0 || range.some((part) => !Number.isInteger(part) || part < 0)) {
    return false;
  }
  const gap = text.slice(length, second);
  return VALUE.test(gap) && gap.slice(1, -1) === hexadecimal(value).toUpperCase();
}

/** Lower-case hexadecimal digits. */
export function hexadecimal(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Whether each signature ends its own revision and each revision after the first has one. */
export function eachSignsItsRevision(file, signatures) {
  const ends = file.revisions.slice(1).map(({ end }) => end);
  return (
    ends.length === signatures.length &&
    signatures.every(({ range, revision }, n) => revision === n + 1 && range[2] + range[3] === ends[n])
  );
}
