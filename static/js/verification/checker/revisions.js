// What a revision may change: to sign is to fill one's own field, and to archive is to add one field
// outside the page and the certificates. Anything else done between two signatures is a change.

import { TIME_STAMP } from "./envelope.js";
import { Stream } from "./pdf-file.js";
import { PdfString, Ref } from "./pdf-syntax.js";

const UNSEEN = [-9999, -9999, -9999, -9999];

/** Whether nothing but signing was done after the document was issued.
 *
 * Stricter than the PDF standard allows: exactly what our own signing writes.
 */
export function onlySigned(file, signatures) {
  return signatures.slice(1).every((signature) => {
    const changed = changesIn(file, signature.revision);
    if (!changed) return false;
    const rules = signature.isTimeStamp ? archiving(file, signature) : signing(file, signature);
    return changed.every((number) => rules.get(number)?.());
  });
}

/** Numbers of the older objects that a revision replaced; null for a disorderly revision. */
function changesIn(file, revision) {
  const { offsets, trailer } = file.revisions[revision];
  const before = file.revisions[revision - 1].trailer;
  const isOrderly =
    same(trailer.get("/Root"), before.get("/Root")) && same(trailer.get("/Info"), before.get("/Info"));
  const changed = [];
  for (const [number, offset] of offsets) {
    if (number === 0) continue;
    const isOld = file.revisionOf(number, revision - 1) >= 0;
    // A number nobody had used could already be referred to, unless it lies beyond the old size.
    if (offset === null || (!isOld && number < before.get("/Size"))) return null;
    if (isOld) changed.push(number);
  }
  return isOrderly ? changed : null;
}

function signing(file, { field, revision }) {
  const isOwn = () => differsIn(file, field, revision, { "/V": appears, "/AP": () => true });
  return new Map([[field, isOwn]]);
}

function archiving(file, { field, revision }) {
  const root = file.revisions[revision].trailer.get("/Root");
  const widget = file.object(field, revision);
  const page = widget.get("/P");
  const form = file.root(revision).get("/AcroForm");
  const store = file.root(revision).get("/DSS");
  const adds = grownBy(field);
  if (!isUnseen(file, widget, revision) || file.revisionOf(field, revision - 1) >= 0) return new Map();
  const rules = new Map();
  rules.set(root?.number, () => differsIn(file, root.number, revision, { "/DSS": appears }));
  rules.set(page?.number, () => differsIn(file, page.number, revision, { "/Annots": adds }));
  rules.set(form?.number, () => differsIn(file, form.number, revision, { "/Fields": adds }));
  const longer = { "/Certs": grown, "/CRLs": grown, "/OCSPs": grown };
  rules.set(store?.number, () => differsIn(file, store.number, revision, longer));
  return rules;
}

/** A time stamp shows nothing: its field lies outside every page and has no appearance. */
function isUnseen(file, widget, revision) {
  const known = new Set(["/FT", "/T", "/Type", "/Subtype", "/F", "/Rect", "/P", "/TU", "/V"]);
  const isNamed = [...widget.keys()].every((name) => known.has(name));
  const value = file.get(widget, "/V", revision);
  return isNamed && same(widget.get("/Rect"), UNSEEN) && value.get("/Type") === TIME_STAMP;
}

/** Whether an object is as before but for the named entries, which must pass their own test. */
function differsIn(file, number, revision, allowed) {
  const [was, is] = [file.object(number, revision - 1), file.object(number, revision)];
  if (!(was instanceof Map) || !(is instanceof Map)) return false;
  const names = new Set([...was.keys(), ...is.keys()]);
  return [...names].every((name) => {
    const [old, now] = [was.get(name), is.get(name)];
    return same(old, now) || Boolean(allowed[name]?.(old, now));
  });
}

const appears = (old, now) => old === undefined && now instanceof Ref;

function grown(old = [], now) {
  return Array.isArray(old) && Array.isArray(now) && same(old, now.slice(0, old.length));
}

const grownBy = (number) => (old, now) =>
  grown(old, now) && same(now.slice((old ?? []).length), [new Ref(number)]);

/** Whether two values say the same, however they are written. */
export function same(one, other) {
  if (one instanceof Ref) return other instanceof Ref && one.number === other.number;
  if (one instanceof PdfString) return other instanceof PdfString && one.text === other.text;
  if (Array.isArray(one)) {
    return Array.isArray(other) && one.length === other.length && one.every((part, n) => same(part, other[n]));
  }
  if (one instanceof Map) {
    return (
      other instanceof Map &&
      one.size === other.size &&
      [...one].every(([name, part]) => other.has(name) && same(part, other.get(name)))
    );
  }
  return !(one instanceof Stream) && one === other;
}
