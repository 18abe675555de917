import assert from "node:assert/strict";
import test from "node:test";

import { Outbox } from "./outbox.js";

function outbox() {
  let id = 0;
  const clock = { now: 0 };
  return { clock, box: new Outbox(() => `id-${(id += 1)}`, () => clock.now) };
}

test("what was tried is tried again after three seconds, or at once after a reconnection", () => {
  const { box, clock } = outbox();
  const entry = box.add("hello");
  assert.deepEqual(box.due(), [entry]);
  box.tried(entry);
  assert.deepEqual(box.due(), []);
  assert.deepEqual(box.due({ all: true }), [entry]);
  clock.now = 3_001;
  assert.deepEqual(box.due(), [entry]);
});

test("what is stored is forgotten, once", () => {
  const { box } = outbox();
  const entry = box.add("hello");
  assert.equal(box.settle("id-1"), entry);
  assert.equal(box.settle("id-1"), undefined);
  assert.equal(box.isEmpty, true);
});

test("a final no waits for the person, a passing one for its time", () => {
  const { box, clock } = outbox();
  const [first, second] = [box.add("too long"), box.add("too fast")];
  box.refuse("id-1", "too long");
  box.refuse("id-2", "slow down", 2);
  assert.deepEqual(box.due({ all: true }), []);
  clock.now = 2_000;
  assert.deepEqual(box.due(), [second]);
  box.retry("id-1");
  assert.deepEqual(box.due(), [first, second]);
  assert.equal(box.refuse("unknown", "x"), undefined);
});

test("what an earlier page kept is sent first and under its own ids", () => {
  const before = outbox().box;
  before.tried(before.add("one"));
  before.add("two");
  before.refuse("id-2", "too long");
  const after = new Outbox(() => "id-new");
  after.add("three");
  after.restore(JSON.parse(JSON.stringify(before.kept)));
  assert.deepEqual(
    after.kept.map(({ clientId, body, problem }) => [clientId, body, problem]),
    [["id-1", "one", null], ["id-2", "two", "too long"], ["id-new", "three", null]],
  );
  assert.deepEqual(after.due().map((entry) => entry.clientId), ["id-1", "id-new"]);
});
