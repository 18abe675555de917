import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

import { fromBase64, toBase64 } from "./figure.js";
import { makeKeys, openFigure, sealFigure, sha256, sharedKey } from "./sealing.js";

const VECTOR = JSON.parse(await readFile(new URL("../../../tests/offers/vector.json", import.meta.url), "utf8"));
const ROUND = VECTOR.round;

async function opened(sealed, key) {
  const bytes = fromBase64(sealed);
  const aes = await crypto.subtle.importKey("raw", fromBase64(key), "AES-GCM", false, ["decrypt"]);
  const clear = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes.slice(0, 12) }, aes, bytes.slice(12));
  return new TextDecoder().decode(clear);
}

test("the commitment and the shared key are the ones the server's tests know", async () => {
  assert.equal(await sha256(VECTOR.text), VECTOR.commitment);
  const curve = { name: "ECDH", namedCurve: "P-256" };
  for (const [mine, theirs] of [[0, 1], [1, 0]]) {
    const key = await crypto.subtle.importKey("jwk", VECTOR.private_keys[mine], curve, false, ["deriveBits"]);
    const shared = await sharedKey(key, VECTOR.public_keys[theirs], VECTOR.public_keys, ROUND);
    assert.equal(toBase64(shared), VECTOR.key);
  }
  assert.equal(await opened(VECTOR.opening, VECTOR.key), VECTOR.text);
});

test("two browsers come to one key, and each opens what it had sealed", async () => {
  const sides = await Promise.all([makeKeys(), makeKeys()]);
  const entries = await Promise.all(
    sides.map((keys, index) => sealFigure(keys, { round: ROUND, side: "AB"[index], figure: 100 + index })),
  );
  const publicKeys = entries.map((entry) => entry.public_key);
  const openings = await Promise.all(
    sides.map((keys, index) => openFigure(keys, { round: ROUND, mine: entries[index], keys: publicKeys })),
  );
  assert.equal(openings[0].key, openings[1].key);
  for (const [index, { opening, key }] of openings.entries()) {
    const text = await opened(opening, key);
    assert.equal(await sha256(text), entries[index].commitment);
    assert.equal(text.split("\n")[3], String(100 + index).padStart(15, "0"));
  }
});

test("another round and another pair of keys come to another key", async () => {
  const [mine, other, third] = await Promise.all([makeKeys(), makeKeys(), makeKeys()]);
  const common = [mine.publicKey, other.publicKey];
  const key = (theirs, keys, round) => sharedKey(mine.pair.privateKey, theirs, keys, round).then(toBase64);
  const found = await Promise.all([
    key(other.publicKey, common, ROUND),
    key(other.publicKey, common, ROUND.replace("1", "2")),
    key(third.publicKey, [mine.publicKey, third.publicKey], ROUND),
  ]);
  assert.equal(new Set(found).size, 3);
});

test("the same figure is committed to differently each time, in the same length", async () => {
  const keys = await makeKeys();
  const [one, two] = await Promise.all([1, 1].map((figure) => sealFigure(keys, { round: ROUND, side: "A", figure })));
  assert.notEqual(one.commitment, two.commitment);
  assert.notEqual(one.kept, two.kept);
  assert.deepEqual([one.kept.length, one.public_key.length], [224, 88]);
});

test("private keys cannot be taken out of the browser", async () => {
  const { pair, keep } = await makeKeys();
  await assert.rejects(crypto.subtle.exportKey("jwk", pair.privateKey));
  await assert.rejects(crypto.subtle.exportKey("raw", keep));
});
