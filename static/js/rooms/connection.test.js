import assert from "node:assert/strict";
import { test } from "node:test";

// What a browser has and Node has not; the server's end is played by the test.
class Socket extends EventTarget {
  static OPEN = 1;
  readyState = 1;
  sent = [];

  send(text) {
    this.sent.push(JSON.parse(text).name);
  }
}
globalThis.WebSocket = Socket;
globalThis.addEventListener = () => {};
globalThis.document = new EventTarget();

const { Connection } = await import("./connection.js");

function connected(welcome) {
  const connection = new Connection("/ws/", () => ({}));
  connection.open();
  connection.socket.dispatchEvent(new Event("open"));
  connection.hear(JSON.stringify({ name: "welcome", ...welcome }));
  return connection;
}

test("a frame the server does not know is not sent", () => {
  const connection = connected({ frames: ["hello", "message.post"] });
  assert.equal(connection.send("message.post"), true);
  assert.equal(connection.send("message.read"), false);
  assert.deepEqual(connection.socket.sent, ["hello", "message.post"]);
});

test("a server that does not say what it knows is asked anything", () => {
  assert.equal(connected({}).send("message.read"), true);
});

test("the next connection begins anew", () => {
  const connection = connected({ frames: ["hello"] });
  connection.open();
  assert.equal(connection.send("message.read"), true);
});
