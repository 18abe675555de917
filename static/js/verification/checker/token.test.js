import assert from "node:assert/strict";
import test from "node:test";

import { judged } from "./judged.js";
import { bytesOf } from "./pdf-syntax.js";
import { nestsExactly } from "./token.js";

const nests = (...bytes) => nestsExactly(Uint8Array.from(bytes), 0, bytes.length);

test("values fill the space they claim, at every depth", () => {
  assert.ok(nests(0x30, 3, 2, 1, 5));
  assert.ok(!nests(0x30, 4, 2, 1, 5, 0));
  assert.ok(!nests(0x30, 3, 2, 2, 5));
  assert.ok(!nests(0x30, 0x81, 3, 2, 1, 5), "a length longer than need be");
  assert.ok(!nests(0x30, 0x80, 2, 1, 5, 0, 0), "an indefinite length");
});

test("a damaged document of ours is still ours", () => {
  const report = { verdict: "not_ours", findings: ["unreadable"] };
  assert.equal(judged(report, bytesOf("/DocMDP (issue)")).verdict, "not_genuine");
  assert.deepEqual(judged(report, bytesOf("something")).findings, ["unrecognised"]);
  const foreign = { verdict: "not_ours", findings: ["issuer_unknown"] };
  assert.equal(judged(foreign, bytesOf("/DocMDP (issue)")).verdict, "not_ours");
});
