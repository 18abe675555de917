import assert from "node:assert/strict";
import test from "node:test";

import { Stream } from "./stream.js";

const numbers = (messages) => messages.map((message) => message.sequence);

test("messages are shown in order, once, whatever order they come in", () => {
  const stream = new Stream(3);
  assert.deepEqual(numbers(stream.take({ sequence: 3 })), []);
  assert.deepEqual(numbers(stream.take({ sequence: 5 })), []);
  assert.equal(stream.hasGap, true);
  assert.deepEqual(numbers(stream.take({ sequence: 4 })), [4, 5]);
  assert.deepEqual(numbers(stream.take({ sequence: 5 })), []);
  assert.equal(stream.hasGap, false);
  assert.equal(stream.head, 5);
});
