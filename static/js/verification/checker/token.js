// Whether a time-stamp token, with its padding, has no byte that could be otherwise: the newest one
// is covered by no hash. Does what `token_is_exact` in mediation/settlements/document does.

import { fromBER } from "../../../vendor/pkijs/pkijs.js";
import { hexadecimal } from "./envelope.js";
import { opened, partsOf, rawOf, signerOf } from "./cms.js";

const ECDSA = "1.2.840.10045.4.";
const RSA = "1.2.840.113549.1.1.1";
const HASH_OF = {
  "1.2.840.10045.4.3.2": "2.16.840.1.101.3.4.2.1",
  "1.2.840.10045.4.3.3": "2.16.840.1.101.3.4.2.2",
  "1.2.840.10045.4.3.4": "2.16.840.1.101.3.4.2.3",
  "1.2.840.113549.1.1.11": "2.16.840.1.101.3.4.2.1",
  "1.2.840.113549.1.1.12": "2.16.840.1.101.3.4.2.2",
  "1.2.840.113549.1.1.13": "2.16.840.1.101.3.4.2.3",
};
const SIGNED_DATA = "06092a864886f70d010702";
const TIME_STAMP_INFO = "060b2a864886f70d0109100104";

/** Whether nothing in `value` could be otherwise; `known` holds certificates in hexadecimal. */
export function tokenIsExact(value, known) {
  const cms = opened(value);
  const size = rawOf(cms.tree).length;
  if (value.subarray(size).some((byte) => byte) || !nestsExactly(value, 0, size)) return false;
  const [type, wrapped, ...more] = partsOf(cms.tree);
  const [version, digests, content, certificates, ...infos] = partsOf(partsOf(wrapped)[0]);
  const own = cms.certificates.map(({ der }) => der);
  return (
    !more.length &&
    is(type, SIGNED_DATA) &&
    is(version, "020103") &&
    is(partsOf(content)[0], TIME_STAMP_INFO) &&
    partsOf(wrapped).length === 1 &&
    partsOf(content).length === 2 &&
    partsOf(partsOf(content)[1]).length === 1 &&
    hexadecimal(rawOf(partsOf(partsOf(content)[1])[0])).startsWith("04") &&
    certificates.idBlock.tagClass === 3 &&
    infos.length === 1 &&
    partsOf(infos[0]).length === 1 &&
    new Set(own).size === own.length &&
    own.every((der) => known.has(der)) &&
    signerOf(cms) !== undefined &&
    namesExactly(partsOf(partsOf(infos[0])[0])[1], signerOf(cms)) &&
    infoIsExact(partsOf(infos[0])[0], digests)
  );
}

const is = (element, digits) => hexadecimal(rawOf(element)) === digits;
const same = (one, other) => hexadecimal(rawOf(one)) === hexadecimal(rawOf(other));

/** Whether a signer is named in one form only: issuer and number as in the certificate, or its key. */
function namesExactly(who, signer) {
  if (who.idBlock.tagClass !== 1) return !who.idBlock.isConstructed;
  const [issuer, number, ...more] = partsOf(who);
  return !more.length && hexadecimal(rawOf(issuer)) === signer.issuer && hexadecimal(valueOf(number)) === signer.serial;
}

function infoIsExact(info, digests) {
  const [version, who, hash, attributes, algorithm, signature, ...more] = partsOf(info);
  const name = partsOf(algorithm)[0].valueBlock.toString();
  return (
    !more.length &&
    is(version, who.idBlock.tagClass === 1 ? "020101" : "020103") &&
    partsOf(digests).length === 1 &&
    same(partsOf(digests)[0], hash) &&
    hasNoParameters(hash) &&
    attributes.idBlock.tagClass === 3 &&
    hasNoParameters(algorithm) &&
    hashesAlike(partsOf(algorithm)[0], partsOf(hash)[0]) &&
    is(signature, hexadecimal(octets(valueOf(signature)))) &&
    (!name.startsWith(ECDSA) || isExactPair(valueOf(signature)))
  );
}

const valueOf = (element) => element.valueBlock.valueHexView;
const octets = (content) => encoded(0x04, content);

/** Two whole numbers in their shortest form: libraries take others for the same signature. */
function isExactPair(signature) {
  const numbers = partsOf(fromBER(signature.slice().buffer).result);
  const isShort = (number) => number[0] < 0x80 && (number[0] > 0 || number[1] >= 0x80);
  const written = numbers.flatMap((number) => [...encoded(0x02, valueOf(number))]);
  return (
    numbers.length === 2 &&
    numbers.every((number) => isShort(valueOf(number))) &&
    hexadecimal(signature) === hexadecimal(encoded(0x30, written))
  );
}

/** Of at most 127 octets, or 128 and more with their length in as few octets as will do. */
function encoded(tag, content) {
  const size = content.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Uint8Array.from([tag, ...length, ...content]);
}

function hasNoParameters(algorithm) {
  const [, parameters, ...more] = partsOf(algorithm);
  return !more.length && (!parameters || is(parameters, "0500"));
}

/** Plain RSA names no hash; every other name does, and it must be the one that was used. */
function hashesAlike(algorithm, hash) {
  const name = algorithm.valueBlock.toString();
  return name === RSA || HASH_OF[name] === hash.valueBlock.toString();
}

/** Whether values from `start` to `end` fill that space, at every depth (X.690, 10.1). */
export function nestsExactly(der, start, end) {
  let at = start;
  while (at < end) {
    const tag = der[at];
    let first = at + 2;
    let size = der[at + 1];
    if (size >= 0x80) {
      first += size - 0x80;
      size = der.subarray(at + 2, first).reduce((sum, byte) => sum * 256 + byte, 0);
      if (size < 0x80 || !der[at + 2]) return false;
    }
    if (tag === 0 || !(first + size <= end)) return false;
    if (tag & 0x20 && !nestsExactly(der, first, first + size)) return false;
    at = first + size;
  }
  return true;
}
