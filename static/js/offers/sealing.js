// The cryptography of a sealed figure, all of it WebCrypto's own. docs/decisions/0011 tells why.
//
// Each side has a pair of keys for the round. What both browsers can work out from their own
// private and the other's public key, the server cannot, until the second one brings it.
import { fromBase64, hex, textOf, toBase64 } from "./figure.js";

const CURVE = { name: "ECDH", namedCurve: "P-256" };
const NONCE_BYTES = 12;
const encoded = (text) => new TextEncoder().encode(text);

/** New keys for one figure. The private ones can be used in this browser and never read. */
export async function makeKeys() {
  const pair = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
  const keep = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  const raw = await crypto.subtle.exportKey("raw", pair.publicKey);
  return { pair, keep, publicKey: toBase64(new Uint8Array(raw)) };
}

/** What the server is told of a figure: its commitment, and itself under a key it never gets. */
export async function sealFigure(keys, { round, side, figure }) {
  const text = textOf({ round, side, figure, salt: crypto.getRandomValues(new Uint8Array(32)) });
  return {
    commitment: await sha256(text),
    public_key: keys.publicKey,
    kept: await encrypted(keys.keep, text),
  };
}

/** What the server is told when both are in: the figure under the key of the two browsers. */
export async function openFigure(keys, { round, mine, keys: publicKeys }) {
  const theirs = publicKeys.find((one) => one !== keys.publicKey);
  const shared = await sharedKey(keys.pair.privateKey, theirs, publicKeys, round);
  const key = await crypto.subtle.importKey("raw", shared, "AES-GCM", false, ["encrypt"]);
  const text = await decrypted(keys.keep, mine.kept);
  return { opening: await encrypted(key, text), key: toBase64(shared) };
}

/** 32 bytes that both browsers come to, in this round and with these two public keys only. */
export async function sharedKey(privateKey, theirs, publicKeys, round) {
  const other = await crypto.subtle.importKey("raw", fromBase64(theirs), CURVE, false, []);
  const point = await crypto.subtle.deriveBits({ name: "ECDH", public: other }, privateKey, 256);
  const secret = await crypto.subtle.importKey("raw", point, "HKDF", false, ["deriveBits"]);
  const info = encoded(["heyi-sealed-offer-1", ...publicKeys].join("\n"));
  const how = { name: "HKDF", hash: "SHA-256", salt: encoded(round), info };
  return new Uint8Array(await crypto.subtle.deriveBits(how, secret, 256));
}

export async function sha256(text) {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", encoded(text))));
}

async function encrypted(key, text) {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const content = await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, key, encoded(text));
  return toBase64(new Uint8Array([...nonce, ...new Uint8Array(content)]));
}

async function decrypted(key, sealed) {
  const bytes = fromBase64(sealed);
  const how = { name: "AES-GCM", iv: bytes.slice(0, NONCE_BYTES) };
  return new TextDecoder().decode(await crypto.subtle.decrypt(how, key, bytes.slice(NONCE_BYTES)));
}
