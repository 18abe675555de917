import assert from "node:assert/strict";
import { test } from "node:test";
import { Sealer } from "./frame-crypto.js";

// The page's end of the worker, and the browser's.
const hearers = {};
globalThis.addEventListener = (name, hear) => (hearers[name] = hear);
globalThis.postMessage = () => {};
await import("./frame-worker.js");

const post = (data) => hearers.message({ data });

/** A way in for what `peer` sends: a function that gives a frame to it, and what came out. */
function wayIn(peer) {
  const out = [];
  const { readable, writable: put } = new TransformStream();
  const writable = new WritableStream({ write: (frame) => void out.push(frame) });
  hearers.rtctransform({ transformer: { options: { kind: "audio", peer }, readable, writable } });
  const writer = put.getWriter();
  return { give: (data) => writer.write({ data, type: "" }), end: () => writer.close(), out };
}

const soon = () => new Promise((resolve) => setTimeout(resolve, 50));

test("what was said is not played again to somebody who was made to meet its sender a second time", async () => {
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  const sealer = new Sealer();
  sealer.use(0, key);
  const said = await sealer.seal(new Uint8Array(50), "audio", 1);
  const way = wayIn("b");
  post({ act: "know", peer: "b", epoch: 0, key });
  await way.give(said);
  await soon();
  assert.equal(way.out.length, 1);
  post({ act: "forget", peer: "b" });
  post({ act: "know", peer: "b", epoch: 0, key });
  await way.give(said);
  await way.give(await sealer.seal(new Uint8Array(50), "audio", 1));
  await soon();
  assert.equal(way.out.length, 2);
  await way.end();
});
