// Whether a certificate leads to a root one trusts, was valid at a moment, and was not revoked
// (RFC 5280, 6), from what the document itself carries. Nothing is fetched.

import { CertificateRevocationList } from "../../../vendor/pkijs/pkijs.js";
import { exactly } from "./cms.js";
import { hexadecimal } from "./envelope.js";

const BASIC_CONSTRAINTS = "2.5.29.19";
const KEY_USAGE = "2.5.29.15";
const EXTENDED_KEY_USAGE = "2.5.29.37";
const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
const MAY_SIGN_CERTIFICATES = 5; // bits of a key usage, RFC 5280, 4.2.1.3
const MAY_SIGN_LISTS = 6;
const NON_REPUDIATION = 1;
const MAX_LENGTH = 6;
// What the critical extensions may be; any other makes a certificate useless here.
const UNDERSTOOD = new Set([BASIC_CONSTRAINTS, KEY_USAGE, EXTENDED_KEY_USAGE, "2.5.29.32", "2.5.29.17"]);

/** A revocation list with the name it was issued under. */
export function listOf(der) {
  const list = CertificateRevocationList.fromBER(exactly(der));
  return { list, issuer: hexadecimal(new Uint8Array(list.issuer.valueBeforeDecode)) };
}

function extension(certificate, type) {
  return certificate.extensions?.find(({ extnID }) => extnID === type)?.parsedValue;
}

function mayDo(certificate, bit) {
  const usage = extension(certificate, KEY_USAGE);
  return Boolean(usage && usage.valueBlock.valueHexView[0] & (0x80 >> bit));
}

/** Whether it may be relied on as a signature of a person or body. */
export function isForDocuments({ certificate }) {
  return mayDo(certificate, NON_REPUDIATION);
}

/** Whether it is for time stamps and nothing else (RFC 3161, 2.3). */
export function isForTimeStamps({ certificate }) {
  const purposes = extension(certificate, EXTENDED_KEY_USAGE)?.keyPurposes ?? [];
  return purposes.length === 1 && purposes[0] === TIME_STAMPING;
}

/** Whether `signer` leads to one of the roots in `trust`, everything on the way being in order.
 *
 * `trust` has roots, pool (certificates) and lists of the document, the moment to judge for, and
 * whether every certificate needs a list (`mustList`).
 */
export async function leadsToRoot(signer, trust, length = 0) {
  if (length > MAX_LENGTH || !isSoundAt(signer, trust.moment)) return false;
  const issuers = [...trust.roots, ...trust.pool].filter(({ subject }) => subject === signer.issuer);
  for (const issuer of issuers) {
    if (!(await isIssuedBy(signer, issuer, length)) || !(await isListed(signer, issuer, trust))) continue;
    if (trust.roots.some(({ der }) => der === issuer.der)) return true;
    if (issuer.der !== signer.der && (await leadsToRoot(issuer, trust, length + 1))) return true;
  }
  return false;
}

function isSoundAt({ certificate }, moment) {
  const critical = (certificate.extensions ?? []).filter((one) => one.critical);
  return (
    certificate.notBefore.value <= moment &&
    moment <= certificate.notAfter.value &&
    critical.every(({ extnID }) => UNDERSTOOD.has(extnID))
  );
}

async function isIssuedBy(signer, issuer, below) {
  const basic = extension(issuer.certificate, BASIC_CONSTRAINTS);
  if (!basic?.cA || !mayDo(issuer.certificate, MAY_SIGN_CERTIFICATES)) return false;
  if (basic.pathLenConstraint !== undefined && Number(basic.pathLenConstraint) < below) return false;
  return verified(() => signer.certificate.verify(issuer.certificate));
}

/** Whether a list of the issuer that is fresh at the moment is silent about the certificate. */
async function isListed(signer, issuer, { lists, moment, mustList }) {
  let found = !mustList;
  for (const { list, issuer: name } of lists) {
    if (name !== issuer.subject || !mayDo(issuer.certificate, MAY_SIGN_LISTS)) continue;
    if (!(await verified(() => list.verify({ issuerCertificate: issuer.certificate })))) continue;
    if (revokes(list, signer.certificate, moment)) return false;
    if (isFresh(list, moment) && isWhole(list)) found = true;
  }
  return found;
}

function isFresh(list, moment) {
  return list.thisUpdate.value <= moment && moment <= list.nextUpdate?.value;
}

/** Lists for some certificates or reasons only say so in a critical extension. */
function isWhole(list) {
  return !(list.crlExtensions?.extensions ?? []).some(({ critical }) => critical);
}

function revokes(list, certificate, moment) {
  return (list.revokedCertificates ?? []).some(
    ({ userCertificate, revocationDate }) =>
      userCertificate.isEqual(certificate.serialNumber) && revocationDate.value <= moment,
  );
}

async function verified(verification) {
  try {
    return await verification();
  } catch {
    return false;
  }
}
