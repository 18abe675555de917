import assert from "node:assert/strict";
import { test } from "node:test";

// What a browser has and Node has not.
globalThis.addEventListener = () => {};
globalThis.RTCPeerConnection = class extends EventTarget {
  addTransceiver() {
    return { sender: { replaceTrack: async () => {} } };
  }
  setConfiguration() {}
  close() {}
};
globalThis.MediaStream = class {};
globalThis.navigator ??= {};
globalThis.sessionStorage = { setItem() {}, removeItem() {}, getItem: () => null };

const { Call } = await import("./call.js");

function called() {
  const connection = Object.assign(new EventTarget(), { isLive: true, sent: [] });
  connection.send = (name, fields) => connection.sent.push([name, fields]);
  const devices = Object.assign(new EventTarget(), { outgoing: {}, media: {}, stop() {} });
  const call = new Call(connection, devices, { room: "r", me: "ada", names: { ada: "Ada", bo: "Bo" } });
  call.ownId = "own";
  return { call, connection };
}

test("only people whom the page names are met", () => {
  const { call, connection } = called();
  call.meet({ peer: "1", participant: "bo" }, { peer: "2", participant: "bo key\nada" }, { peer: "3", participant: "toString" });
  assert.deepEqual([...call.peers.keys()], ["1"]);
  assert.deepEqual([...call.unknown], ["2", "3"]);
  assert.ok(connection.sent.every(([, { to }]) => to === "1"));
  call.part("2");
  assert.deepEqual([...call.unknown], ["3"]);
  call.hangUp();
});
