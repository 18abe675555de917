import assert from "node:assert/strict";
import test from "node:test";

import { codeOf, fingerprintsIn, viewOf } from "./safety-code.js";

const sdp = (...prints) => ["v=0", ...prints.map((one) => `a=fingerprint:sha-256 ${one}`), ""].join("\r\n");
const to = (participant, own, theirs, state = "connected") => ({
  participant,
  state,
  pc: { currentLocalDescription: { sdp: sdp(own) }, currentRemoteDescription: { sdp: sdp(...[theirs].flat()) } },
});

test("a description's fingerprints are read whole, each once", () => {
  assert.deepEqual(fingerprintsIn(sdp("ab:01", "AB:01")), ["sha-256 AB:01"]);
  assert.equal(fingerprintsIn(sdp("AB:01", "CD:02")).length, 2);
});

test("three people who see each other's certificates get the same code", async () => {
  const views = [
    viewOf("a", [to("b", "A1", "B1"), to("c", "A1", "C1")]),
    viewOf("b", [to("c", "B1", "C1"), to("a", "B1", "A1")]),
    viewOf("c", [to("a", "C1", "A1"), to("b", "C1", "B1")]),
  ];
  const codes = await Promise.all(views.map(codeOf));
  assert.equal(new Set(codes).size, 1);
  assert.match(codes[0], /^\d{4}( \d{4}){5}$/);
});

test("somebody between two of three changes the code of both", async () => {
  const honest = await codeOf(viewOf("c", [to("a", "C1", "A1"), to("b", "C1", "B1")]));
  const a = await codeOf(viewOf("a", [to("b", "A1", "EE"), to("c", "A1", "C1")]));
  const b = await codeOf(viewOf("b", [to("a", "B1", "FF"), to("c", "B1", "C1")]));
  assert.equal(new Set([honest, a, b]).size, 3);
});

test("two people exchanged by the server, or a second certificate slipped in, change it too", () => {
  const honest = viewOf("a", [to("b", "A1", "B1"), to("c", "A1", "C1")]);
  assert.notEqual(viewOf("a", [to("b", "A1", "C1"), to("c", "A1", "B1")]), honest);
  assert.notEqual(viewOf("a", [to("b", "A1", ["B1", "EE"]), to("c", "A1", "C1")]), honest);
});

test("nobody can be called so that one view is written like another", () => {
  const honest = viewOf("a", [to("b", "A1", "B1"), to("c", "A1", "C1")]);
  assert.notEqual(viewOf("a", [to("b sha-256 B1\nc", "A1", "C1")]), honest);
  const two = viewOf("a", [to("b", "A1", ["B1", "C1"])]);
  assert.notEqual(viewOf("a", [to("b", "A1", "B1,sha-256 C1")]), two);
});

test("there is no code before all are connected", () => {
  assert.equal(viewOf("a", []), "");
  assert.equal(viewOf("a", [to("b", "A1", "B1"), to("c", "A1", "C1", "connecting")]), "");
});
