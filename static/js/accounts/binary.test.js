import assert from "node:assert/strict";
import { test } from "node:test";
import { readOptions, toBytes, toText, writeCredential } from "./binary.js";

test("bytes become base64url without padding, and back", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, n) => n);
  assert.equal(toText(new Uint8Array([251, 255, 254])), "-__-");
  for (const size of [0, 1, 2, 3, 255, 256]) {
    const text = toText(bytes.subarray(0, size));
    assert.match(text, /^[A-Za-z0-9_-]*$/);
    assert.deepEqual(toBytes(text), bytes.slice(0, size));
  }
});

test("options keep everything but their bytes", () => {
  const options = {
    challenge: "AQI",
    rpId: "heyi.example",
    user: { id: "Aw", name: "ada" },
    allowCredentials: [{ id: "BA", type: "public-key" }],
  };
  assert.deepEqual(readOptions(options), {
    challenge: new Uint8Array([1, 2]),
    rpId: "heyi.example",
    user: { id: new Uint8Array([3]), name: "ada" },
    allowCredentials: [{ id: new Uint8Array([4]), type: "public-key" }],
  });
});

test("of a credential only what proves something is sent", () => {
  const bytes = new Uint8Array([1, 2]).buffer;
  const response = { clientDataJSON: bytes, signature: bytes, userHandle: null, more: 1 };
  const written = writeCredential({ id: "AQI", rawId: bytes, type: "public-key", response });
  assert.deepEqual(written, {
    id: "AQI",
    rawId: "AQI",
    type: "public-key",
    response: { clientDataJSON: "AQI", signature: "AQI" },
  });
});
