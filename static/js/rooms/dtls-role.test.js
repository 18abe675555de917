import assert from "node:assert/strict";
import test from "node:test";

import { withRole } from "./dtls-role.js";

const said = (type, setup) => ({ type, sdp: `v=0\r\na=setup:${setup}\r\nm=audio\r\na=setup:${setup}\r\n` });
const OFFER = said("offer", "actpass");

test("the first offer leaves open who begins", () => {
  assert.deepEqual(withRole(OFFER, { currentLocalDescription: null, currentRemoteDescription: null }), OFFER);
});

test("a browser that answered at first keeps the role of its answer", () => {
  const pc = { currentLocalDescription: said("answer", "active"), currentRemoteDescription: OFFER };
  assert.deepEqual(withRole(OFFER, pc), said("offer", "active"));
});

test("a browser that was answered has the other role", () => {
  const pc = { currentLocalDescription: OFFER, currentRemoteDescription: said("answer", "active") };
  assert.deepEqual(withRole(OFFER, pc), said("offer", "passive"));
});
