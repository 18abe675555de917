// The check of a sealed settlement, in the order of mediation/settlements/document/check.py and with
// the same verdicts and findings: everything needed is in the file and one root.

import { certificateOf, digest, fromHexadecimal, opened, signerOf, timeStampOf } from "./cms.js";
import { holds, isDetached, isImprintOf, statementOf } from "./cms.js";
import { isForDocuments, isForTimeStamps, leadsToRoot, listOf } from "./chain.js";
import { coveredBy, eachSignsItsRevision, envelopeIsSound, fieldNames, signaturesOf } from "./envelope.js";
import { contentOf, PdfFile } from "./pdf-file.js";
import { capacityOf, personIn } from "./people.js";
import { firstUnprinted, printedBlocks } from "./printed.js";
import { onlySigned } from "./revisions.js";
import { printedValues } from "./sheet.js";
import { slotsOf, termsIn, xmlOf } from "./terms.js";
import { tokenIsExact } from "./token.js";

const NOBODY_OF_OURS = new Set(["unreadable", "unsigned", "issuer_unknown"]);
const PEOPLE = new Set(["party", "mediator"]);

/** The check cannot go on; the message is the finding. */
class Stop extends Error {}

/**
 * Checks a document. Never throws for bad files.
 *
 * `data` is what the page carries: policies, wording, shape of the terms, digits of currencies.
 * `roots` are certificates: the installation's, if one is known, and those of an outside
 * time-stamp authority. The report is { verdict, findings, sha256, rootSha256, signers, archivedAt,
 * terms }; `findings` is empty exactly when the verdict is "genuine".
 */
export async function checkSettlement(bytes, { root, timeRoots = [], data }) {
  const report = { findings: [], signers: [], sha256: await digest(bytes), rootSha256: "" };
  try {
    await examine(bytes, { root, timeRoots, data }, report);
  } catch (error) {
    report.findings = [error instanceof Stop ? error.message : "unreadable"];
    Object.assign(report, { signers: [], terms: undefined, archivedAt: undefined });
  }
  report.findings = [...new Set(report.findings)];
  report.verdict = verdictOf(report.findings);
  return report;
}

function verdictOf(findings) {
  if (!findings.length) return "genuine";
  return findings.some((one) => NOBODY_OF_OURS.has(one)) ? "not_ours" : "not_genuine";
}

async function examine(bytes, { root, timeRoots, data }, report) {
  const file = new PdfFile(bytes);
  const signatures = await soundSignatures(file);
  const store = await storeOf(file);
  const own = rootOf(store, signatures[0], root);
  report.rootSha256 = await digest(fromHexadecimal(own.der));
  const trust = { roots: [own, ...timeRoots], ...store, mustList: !timeRoots.length };
  await judgeArchives({ file, signatures, trust, store }, report);
  for (const signature of signatures.filter(({ isTimeStamp }) => !isTimeStamp)) {
    const moment = report.archivedAt;
    report.signers.push(await judge(signature, { file, trust: { ...trust, moment }, data }, report));
  }
  if (!eachSignsItsRevision(file, signatures) || !onlySigned(file, signatures)) {
    report.findings.push("signature_invalid", "changed_after_signing");
  }
  report.findings.push(...fieldFindings(file, signatures));
  await judgeTerms({ file, revision: signatures[0].revision, data }, report);
  if (!root) report.findings.push("issuer_unknown");
}

async function soundSignatures(file) {
  const signatures = signaturesOf(file);
  if (signatures[0]?.name !== "issue") throw new Stop("unsigned");
  signatures.forEach((signature) => (signature.cms = opened(signature.value)));
  if (!envelopeIsSound(file, signatures)) throw new Stop("bytes_unsigned");
  const newest = signatures.at(-1);
  if (!newest.isTimeStamp) throw new Stop("not_sealed");
  if (!(await isImprintOf(coveredBy(file.bytes, newest), newest.cms))) throw new Stop("bytes_changed");
  return signatures;
}

/** The certificates and revocation lists that the document carries. */
async function storeOf(file) {
  const store = file.get(file.root(), "/DSS");
  const read = (name) =>
    Promise.all((file.get(store, name) ?? []).map((one) => contentOf(file.resolve(one))));
  return {
    pool: (await read("/Certs")).map(certificateOf),
    lists: (await read("/CRLs")).map(listOf),
  };
}

/** The root the issue signature leads to. Stops when it is not the trusted one. */
function rootOf({ pool }, issue, trusted) {
  let current = signerOf(issue.cms);
  for (let step = 0; step < pool.length && current.subject !== current.issuer; step += 1) {
    current = pool.find(({ subject }) => subject === current.issuer) ?? current;
  }
  const isKnown = current.subject === current.issuer && (!trusted || trusted.der === current.der);
  if (!isKnown) throw new Stop("issuer_unknown");
  return current;
}

/** The oldest archive time; each stamp is judged at the next one's time, the newest today. */
async function judgeArchives({ file, signatures, trust, store }, report) {
  const archives = signatures.filter(({ isTimeStamp }) => isTimeStamp);
  let moment = new Date();
  for (const { cms, ...signature } of archives.toReversed()) {
    const covered = coveredBy(file.bytes, signature);
    if (!(await isSoundStamp(cms, covered, { ...trust, moment }))) {
      report.findings.push("signature_invalid");
    }
    moment = statementOf(cms).at;
  }
  report.archivedAt = moment;
  const known = new Set(store.pool.map(({ der }) => der));
  if (!isExact(archives.at(-1).value, known)) report.findings.push("archive_inexact");
}

function isExact(value, known) {
  try {
    return tokenIsExact(value, known);
  } catch {
    return false;
  }
}

async function isSoundStamp(token, data, trust) {
  const signer = signerOf(token);
  if (!signer || !isForTimeStamps(signer) || !(await isImprintOf(data, token))) return false;
  const pool = [...trust.pool, ...token.certificates];
  return (await holds(token, data)) && leadsToRoot(signer, { ...trust, pool });
}

async function judge(signature, { file, trust, data }, report) {
  const { cms, name } = signature;
  const signer = signerOf(cms);
  const capacity = capacityOf(name);
  const covered = coveredBy(file.bytes, signature);
  const isSound =
    isDetached(cms) &&
    isForDocuments(signer) &&
    (await holds(cms, covered)) &&
    (await leadsToRoot(signer, { ...trust, pool: [...trust.pool, ...cms.certificates] }));
  const stamp = timeStampOf(cms);
  const isTimely = stamp ? await isSoundStamp(stamp.token, stamp.of, trust) : true;
  const person = personIn(signer.certificate);
  if (!isSound || !isTimely) report.findings.push("signature_invalid");
  if (!stamp) report.findings.push("time_missing");
  if (person.policy !== data.policies[capacity]) report.findings.push("signer_differs");
  return { ...person, field: name, capacity, signedAt: stamp && statementOf(stamp.token).at };
}

function fieldFindings(file, signatures) {
  const names = signatures.map(({ name }) => name);
  const archives = signatures.filter(({ isTimeStamp }) => isTimeStamp);
  const end = ["seal", ...archives.map((_one, n) => `archive-${n + 1}`)];
  const found = [];
  if (!names.includes("seal")) found.push("not_sealed");
  if (names.slice(-end.length).join() !== end.join()) found.push("order_wrong");
  if (fieldNames(file).sort().join("\n") !== [...names].sort().join("\n")) found.push("fields_differ");
  return found;
}

/** Terms are read from the revision that was certified first, whatever came later. */
async function judgeTerms({ file, revision, data }, report) {
  let terms;
  try {
    terms = await attachedTerms(file, revision, data.shape);
  } catch {
    report.findings.push("terms_unreadable");
    return;
  }
  // Where a signature does not hold anybody may have made the pages, to keep the reader busy.
  if (!report.findings.includes("signature_invalid")) {
    const blocks = await printedBlocks(file, revision);
    if (firstUnprinted(printedValues(terms, data), blocks) !== null) report.findings.push("text_differs");
  }
  report.findings.push(...peopleFindings(terms, report.signers));
  report.terms = terms;
}

async function attachedTerms(file, revision, shape) {
  const attached = file.get(file.root(revision), "/AF", revision);
  const contents = new Map();
  for (const one of attached) {
    const inner = file.get(file.get(one, "/EF", revision), "/F", revision);
    contents.set(file.get(one, "/UF", revision).text, await contentOf(inner));
  }
  const terms = termsIn(contents.get("settlement.json"), shape);
  const hasXml = !shape.withoutXml.includes(terms.schema);
  const xml = contents.get("settlement.xml");
  const isAll = attached.length === contents.size && contents.size === (hasXml ? 2 : 1);
  if (!isAll || (hasXml && !says(xml, xmlOf(terms, shape)))) throw new Error("not canonical");
  return terms;
}

function says(bytes, text) {
  const wanted = new TextEncoder().encode(text);
  return bytes?.length === wanted.length && wanted.every((byte, n) => byte === bytes[n]);
}

function peopleFindings(terms, signers) {
  const slots = slotsOf(terms);
  const signed = new Map(signers.filter((one) => PEOPLE.has(one.capacity)).map((one) => [one.field, one]));
  const isSameSet = signed.size === slots.length && slots.every(({ field }) => signed.has(field));
  const findings = isSameSet ? [] : ["fields_differ"];
  for (const { field, signer, organisation } of slots) {
    const one = signed.get(field);
    if (one && (one.name !== signer || one.organisation !== organisation)) findings.push("signer_differs");
  }
  return findings;
}
