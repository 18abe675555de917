import assert from "node:assert/strict";
import test from "node:test";

import { endingOf, pauseBefore } from "./pauses.js";
import { fill } from "./words.js";

test("pauses double and end at thirty seconds", () => {
  const longest = (attempt) => pauseBefore(attempt, 1006, () => 1) - 50;
  assert.deepEqual([0, 1, 2, 20].map(longest), [100, 200, 400, 30_000]);
  assert.equal(pauseBefore(0, 1006, () => 0), 50);
  assert.equal(pauseBefore(0, 4429, () => 0), 5_000);
});

test("only some closes are final", () => {
  assert.equal(endingOf(4403), "closed");
  for (const code of [1000, 1006, 1012, 4408, 4429, 4503]) {
    assert.equal(endingOf(code), null);
  }
});

test("sentences are filled once, and a value is no sentence", () => {
  assert.equal(fill("In the call: {names}", { names: "{names}" }), "In the call: {names}");
  assert.equal(fill("{other}", {}), "{other}");
});
