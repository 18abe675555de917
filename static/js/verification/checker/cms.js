// Signed data (RFC 5652) and time stamps (RFC 3161): what a value says, and whether it holds. The
// parsing is PKI.js's and the arithmetic the browser's own.

import { Certificate, ContentInfo, fromBER, SignedData, TSTInfo } from "../../../vendor/pkijs/pkijs.js";
import { hexadecimal } from "./envelope.js";

const DATA = "1.2.840.113549.1.7.1";
const TIME_STAMP_INFO = "1.2.840.113549.1.9.16.1.4";
const CONTENT_TYPE = "1.2.840.113549.1.9.3";
const TIME_STAMP_TOKEN = "1.2.840.113549.1.9.16.2.14";
const SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12";
const SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47";
// SHA-1 and MD5 sign nothing here, whatever a library would still take.
const HASHES = {
  "2.16.840.1.101.3.4.2.1": "SHA-256",
  "2.16.840.1.101.3.4.2.2": "SHA-384",
  "2.16.840.1.101.3.4.2.3": "SHA-512",
};

/** A certificate with what is asked of it often; names and number are compared as their bytes. */
export function certificateOf(der) {
  const certificate = Certificate.fromBER(exactly(der));
  const { subject, issuer } = certificate;
  return {
    der: hexadecimal(der),
    certificate,
    subject: hexadecimal(new Uint8Array(subject.valueBeforeDecode)),
    issuer: hexadecimal(new Uint8Array(issuer.valueBeforeDecode)),
    serial: hexadecimal(certificate.serialNumber.valueBlock.valueHexView),
  };
}

/** The certificates in a PEM file. */
export function certificatesIn(pem) {
  const blocks = pem.matchAll(/-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g);
  return Array.from(blocks, ([, body]) =>
    certificateOf(Uint8Array.from(atob(body.replace(/\s/g, "")), (one) => one.charCodeAt(0))),
  );
}

/** Bytes of their own, in case `bytes` is a view of something larger. */
export function exactly(bytes) {
  return bytes.slice().buffer;
}

export async function digest(bytes, algorithm = "SHA-256") {
  return hexadecimal(new Uint8Array(await crypto.subtle.digest(algorithm, bytes)));
}

/** The value of an ASN.1 element as it stands, header included. */
export const rawOf = (element) => element.valueBeforeDecodeView;
/** What an ASN.1 element holds. */
export const partsOf = (element) => element.valueBlock.value;

/** `value` without the zeros behind it, in parts: content type, signed data, first signer. */
export function opened(value) {
  const tree = fromBER(exactly(value));
  if (tree.offset === -1) throw new Error("not ASN.1");
  const content = new ContentInfo({ schema: tree.result });
  const signed = new SignedData({ schema: content.content });
  const certificates = partsOf(partsOf(partsOf(tree.result)[1])[0]).find(isTagged0);
  return {
    tree: tree.result,
    signed,
    info: signed.signerInfos[0],
    certificates: certificates ? partsOf(certificates).map((one) => certificateOf(rawOf(one))) : [],
  };
}

const isTagged0 = (element) => element.idBlock.tagClass === 3 && element.idBlock.tagNumber === 0;

/** The certificate that a signature names, among its own; undefined when it is not there. */
export function signerOf({ info, certificates }) {
  const { sid } = info;
  return certificates.find(({ certificate }) =>
    sid.serialNumber
      ? certificate.issuer.isEqual(sid.issuer) && certificate.serialNumber.isEqual(sid.serialNumber)
      : keyIdentifier(certificate) === hexadecimal(identifierIn(sid)),
  );
}

function identifierIn(sid) {
  return sid.idBlock.isConstructed ? partsOf(sid)[0].valueBlock.valueHexView : sid.valueBlock.valueHexView;
}

function keyIdentifier(certificate) {
  const found = certificate.extensions?.find(({ extnID }) => extnID === "2.5.29.14");
  return found ? hexadecimal(found.parsedValue.valueBlock.valueHexView) : null;
}

/** Whether the signature holds over `data`, and was made for the certificate it names. */
export async function holds(cms, data) {
  const { signed, info } = cms;
  if (signed.signerInfos.length !== 1 || !info.signedAttrs) return false;
  if (!HASHES[info.digestAlgorithm.algorithmId]) return false;
  if (contentType(info) !== signed.encapContentInfo.eContentType) return false;
  if (!(await isBoundTo(info, signerOf(cms)))) return false;
  try {
    return await signed.verify({ signer: 0, data: exactly(data) });
  } catch {
    return false;
  }
}

function attribute(attributes, type) {
  const found = attributes?.attributes.filter((one) => one.type === type) ?? [];
  return found.length === 1 && found[0].values.length === 1 ? found[0].values[0] : undefined;
}

function contentType(info) {
  return attribute(info.signedAttrs, CONTENT_TYPE)?.valueBlock.toString();
}

async function isBoundTo(info, signer) {
  const second = attribute(info.signedAttrs, SIGNING_CERTIFICATE_V2);
  const first = attribute(info.signedAttrs, SIGNING_CERTIFICATE);
  if (!signer || (!second && !first)) return false;
  const parts = partsOf(partsOf(partsOf(second ?? first)[0])[0]);
  const isNamed = parts[0].idBlock.tagNumber === 16;
  const algorithm = isNamed ? HASHES[partsOf(parts[0])[0].valueBlock.toString()] : "SHA-256";
  const named = hexadecimal((isNamed ? parts[1] : parts[0]).valueBlock.valueHexView);
  return named === (await digest(fromHexadecimal(signer.der), second ? algorithm : "SHA-1"));
}

export function fromHexadecimal(digits) {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** Whether it is a signature of a document that stands outside of the value itself. */
export function isDetached({ signed }) {
  return signed.encapContentInfo.eContentType === DATA && !signed.encapContentInfo.eContent;
}

/** The time-stamp token on a signature, opened, with what it was made of; null without one. */
export function timeStampOf({ info }) {
  const token = attribute(info.unsignedAttrs, TIME_STAMP_TOKEN);
  return token ? { token: opened(rawOf(token)), of: info.signature.valueBlock.valueHexView } : null;
}

/** What a time-stamp token says: when, and the imprint of what. Throws for anything else. */
export function statementOf({ signed }) {
  const { eContentType, eContent } = signed.encapContentInfo;
  if (eContentType !== TIME_STAMP_INFO) throw new Error("not a time stamp");
  const said = TSTInfo.fromBER(eContent.getValue());
  return {
    at: said.genTime,
    algorithm: HASHES[said.messageImprint.hashAlgorithm.algorithmId],
    imprint: hexadecimal(said.messageImprint.hashedMessage.valueBlock.valueHexView),
  };
}

/** Whether the token was made of `data`. */
export async function isImprintOf(data, token) {
  const { algorithm, imprint } = statementOf(token);
  return Boolean(algorithm) && (await digest(data, algorithm)) === imprint;
}
