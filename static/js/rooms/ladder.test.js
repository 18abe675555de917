import assert from "node:assert/strict";
import test from "node:test";

import { Ladder, SOUND_ALONE, encodingOf } from "./ladder.js";

const GOOD = { lost: 0, sent: null };
const BAD = { lost: 0.3, sent: null };

function after(ladder, looks, seen, others = 1) {
  let rung;
  for (let i = 0; i < looks; i += 1) {
    rung = ladder.take(seen, others);
  }
  return rung;
}

test("with more people each gets less, at once", () => {
  assert.equal(new Ladder().take(GOOD, 1), 0);
  assert.equal(new Ladder().take(GOOD, 2), 1);
  assert.equal(new Ladder().take(GOOD, 3), 2);
});

test("loss leads down step by step to sound alone, and no further", () => {
  const ladder = new Ladder();
  assert.equal(after(ladder, 2, BAD), 1);
  assert.equal(after(ladder, 6, BAD), SOUND_ALONE);
  assert.equal(after(ladder, 10, BAD), SOUND_ALONE);
  assert.deepEqual(encodingOf(SOUND_ALONE, false), { active: false });
});

test("the picture comes back after twenty good seconds, and then grows again", () => {
  const ladder = new Ladder();
  after(ladder, 8, BAD);
  assert.equal(after(ladder, 9, GOOD), SOUND_ALONE);
  assert.equal(ladder.take(GOOD, 1), SOUND_ALONE - 1);
  assert.equal(after(ladder, 15, GOOD), 0);
});

test("a way too narrow for any picture counts as bad while one is sent", () => {
  const ladder = new Ladder();
  assert.equal(after(ladder, 2, { lost: 0, sent: 60_000 }), 1);
  after(ladder, 6, { lost: 0, sent: 60_000 });
  assert.equal(ladder.rung, SOUND_ALONE);
  assert.equal(after(ladder, 10, { lost: 0, sent: 60_000 }), SOUND_ALONE - 1); // it is tried again
});

test("one bad look alone changes nothing", () => {
  const ladder = new Ladder();
  ladder.take(BAD, 1);
  assert.equal(ladder.take(GOOD, 1), 0);
});

test("a screen keeps its size longer than a face", () => {
  assert.equal(encodingOf(2, true).scaleResolutionDownBy, 1);
  assert.equal(encodingOf(2, false).scaleResolutionDownBy, 2);
});
