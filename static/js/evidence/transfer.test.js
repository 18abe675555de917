import assert from "node:assert/strict";
import test from "node:test";

import { percentOf, readAnswer } from "./transfer.js";

test("percent never passes 100 and is 0 while the total is unknown", () => {
  assert.equal(percentOf(1, 3), 33);
  assert.equal(percentOf(5, 3), 100);
  assert.equal(percentOf(5, 0), 0);
});

test("an accepted file names the next page", () => {
  assert.deepEqual(readAnswer(201, '{"next": "/x/"}'), { next: "/x/" });
});

test("a refused file names the problems as text", () => {
  assert.deepEqual(readAnswer(400, '{"errors": ["a", 1]}'), { problems: ["a", "1"] });
});

test("anything else has failed", () => {
  for (const [status, text] of [[200, "<html>"], [500, "{}"], [201, "null"], [403, '{"errors": []}']]) {
    assert.deepEqual(readAnswer(status, text), { failed: true });
  }
});
