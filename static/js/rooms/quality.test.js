import assert from "node:assert/strict";
import test from "node:test";

import { Level, levelOf, look } from "./quality.js";

const PAIR = { type: "candidate-pair", nominated: true, state: "succeeded", currentRoundTripTime: 0.05 };
const heard = (packetsReceived, packetsLost) => ({ type: "inbound-rtp", packetsReceived, packetsLost });

test("a look takes the round trip and the worse loss of both directions", () => {
  const seen = look([PAIR, heard(98, 2), { type: "remote-inbound-rtp", fractionLost: 0.25 }]);
  assert.deepEqual([seen.roundTrip, seen.lost], [0.05, 0.25]);
  assert.equal(look([PAIR, heard(90, 10)]).lost, 0.1);
});

test("of several nominated ways only the one in use counts", () => {
  const used = { ...PAIR, selected: true };
  const spare = { ...PAIR, currentRoundTripTime: 3, selected: false };
  assert.equal(look([spare, used, spare]).roundTrip, 0.05);
});

test("what was lost before the last look is not counted again", () => {
  const before = look([heard(50, 50)]);
  assert.equal(look([heard(150, 50)], before).lost, 0);
});

test("nothing measured is not held against anybody", () => {
  assert.equal(levelOf(look([])), "good");
});

test("three levels", () => {
  assert.equal(levelOf({ roundTrip: 0.1, lost: 0.01 }), "good");
  assert.equal(levelOf({ roundTrip: 0.5, lost: 0 }), "weak");
  assert.equal(levelOf({ roundTrip: 0.1, lost: 0.05 }), "weak");
  assert.equal(levelOf({ roundTrip: 0.1, lost: 0.2 }), "bad");
  assert.equal(levelOf({ roundTrip: 2, lost: 0 }), "bad");
});

test("one bad look alone changes nothing", () => {
  const level = new Level();
  assert.equal(level.take({ roundTrip: 2, lost: 0 }), "good");
  assert.equal(level.take({ roundTrip: 0.1, lost: 0 }), "good");
  level.take({ roundTrip: 2, lost: 0 });
  assert.equal(level.take({ roundTrip: 2, lost: 0 }), "bad");
});
