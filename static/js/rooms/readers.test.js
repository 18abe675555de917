import assert from "node:assert/strict";
import { test } from "node:test";

const { Readers } = await import("./readers.js");

const ROOM = "room";

class Line extends EventTarget {
  isLive = true;
  sent = [];

  send(name, fields) {
    this.sent.push([name, fields.sequence]);
    return true;
  }

  become(state) {
    this.isLive = state === "live";
    this.dispatchEvent(Object.assign(new Event("state"), { detail: { state } }));
  }
}

function reading(context, readUpTo = 0) {
  context.mock.timers.enable({ apis: ["setInterval"] });
  let now = 0;
  context.mock.method(performance, "now", () => now);
  const line = new Line();
  const root = { querySelector: () => null };
  const readers = new Readers(root, line, { room: ROOM, readings: {}, readUpTo });
  const pass = (ms) => {
    for (const end = now + ms; now < end; now += 1_000) {
      context.mock.timers.tick(1_000);
    }
  };
  return { line, readers, pass };
}

test("what has been seen is told once", (context) => {
  const { line, readers, pass } = reading(context, 2);
  pass(3_000);
  readers.seen(4);
  readers.seen(3);
  pass(9_000);
  assert.deepEqual(line.sent, [["message.read", 4]]);
});

test("what was told shortly before the connection went is told again", (context) => {
  const { line, readers, pass } = reading(context);
  readers.seen(4);
  pass(3_000);
  line.become("lost");
  pass(3_000);
  assert.equal(line.sent.length, 1);
  line.become("live");
  pass(6_000);
  assert.deepEqual(line.sent, Array(2).fill(["message.read", 4]));
});

test("what was told long before that is not", (context) => {
  const { line, readers, pass } = reading(context);
  readers.seen(4);
  pass(15_000);
  line.become("lost");
  line.become("live");
  pass(6_000);
  assert.equal(line.sent.length, 1);
});
