import assert from "node:assert/strict";
import test from "node:test";

import { recall } from "./way-back.js";

const MINUTE = 60_000;
const left = (more) => JSON.stringify({ room: "r", isMoving: false, at: 0, ...more });

test("the way back leads to the same room only, and not for ever", () => {
  assert.equal(recall("r", null, 0), null);
  assert.equal(recall("other", left(), 0), null);
  assert.equal(recall("r", left(), 29 * MINUTE).room, "r");
  assert.equal(recall("r", left(), 31 * MINUTE), null);
});

test("a move that was not finished within a minute becomes an offer", () => {
  assert.equal(recall("r", left({ isMoving: true }), MINUTE).isMoving, true);
  assert.equal(recall("r", left({ isMoving: true }), 2 * MINUTE).isMoving, false);
});
