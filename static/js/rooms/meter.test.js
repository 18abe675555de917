import assert from "node:assert/strict";
import test from "node:test";

import { levelOf } from "./meter.js";

test("silence is nothing and the loudest is one", () => {
  assert.equal(levelOf(new Float32Array(8)), 0);
  assert.equal(levelOf(Float32Array.of(1, -1, 1, -1)), 1);
});

test("a tenth of the amplitude is a third less, as the ear hears it", () => {
  assert.ok(Math.abs(levelOf(Float32Array.of(0.1, -0.1)) - 2 / 3) < 1e-6);
});
