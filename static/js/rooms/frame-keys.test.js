import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Opener, Sealer } from "./frame-crypto.js";
import { FrameKeys, HANDING_OUT_MS, newPair } from "./frame-keys.js";

/** People whose keys reach each other; `mail` is what the hub passed on. */
async function meeting(...ids) {
  const people = new Map();
  const mail = [];
  for (const id of ids) {
    const person = { id, sealer: new Sealer(), openers: new Map(), mail };
    const post = ({ act, peer, epoch, key }) => {
      if (act === "use") person.sealer.use(epoch, key);
      if (act === "know") {
        person.openers.set(peer, person.openers.get(peer) ?? new Opener());
        person.openers.get(peer).know(epoch, key);
      }
    };
    const send = (to, key) => {
      mail.push({ from: id, to, key });
      people.get(to)?.keys.hear(id, key);
    };
    person.keys = new FrameKeys(id, await newPair(), { send, post });
    people.set(id, person);
  }
  return people;
}

async function join(people, ...ids) {
  for (const id of ids) {
    people.get(id).keys.meet(...ids.filter((other) => other !== id));
  }
  await pause(HANDING_OUT_MS + 200);
}

/** Whether `to` can open what `from` sends now. */
async function hears(to, from) {
  const sealed = await from.sealer.seal(new Uint8Array(50), "audio", 1);
  return sealed !== null && (await to.openers.get(from.id)?.open(sealed, "audio", 1)) instanceof ArrayBuffer;
}

test("everybody opens what everybody sends, and the hub saw no key", async () => {
  const people = await meeting("a", "b", "c");
  await join(people, "a", "b", "c");
  for (const from of people.values()) {
    for (const to of people.values()) {
      assert.equal(from === to || (await hears(to, from)), true, `${from.id} to ${to.id}`);
    }
  }
  const keys = [...people.values()].map((one) => btoa(String.fromCharCode(...one.keys.raw)));
  const passed = JSON.stringify(people.get("a").mail);
  assert.ok(keys.every((key) => !passed.includes(key)));
});

test("who left opens nothing that is sent from then on", async () => {
  const people = await meeting("a", "b", "c");
  await join(people, "a", "b", "c");
  const [a, b, c] = people.values();
  await Promise.all([a.keys.part("c"), b.keys.part("c")]);
  await pause(HANDING_OUT_MS + 200);
  assert.equal(await hears(b, a), true);
  assert.equal(await hears(c, a), false);
});

test("who comes opens nothing that was sent before", async () => {
  const people = await meeting("a", "b", "c");
  await join(people, "a", "b");
  const [a, , c] = people.values();
  const before = await a.sealer.seal(new Uint8Array(50), "audio", 1);
  await join(people, "a", "b", "c");
  assert.equal(await hears(c, a), true);
  assert.equal(await c.openers.get("a").open(before, "audio", 1), null);
});

test("a hub that puts in a key of its own is found out by the code", async () => {
  const people = await meeting("a", "b");
  await join(people, "a", "b");
  const [a, b] = people.values();
  const peer = (id) => ({ id, participant: `person ${id}` });
  assert.equal(a.keys.view("person a", [peer("b")]), b.keys.view("person b", [peer("a")]));
  const tricked = await meeting("a");
  const between = await meeting("b");
  await Promise.all([...tricked.values(), ...between.values()].map((one) => one.keys.work));
  tricked.get("a").keys.meet("b");
  await tricked.get("a").keys.hear("b", { public: between.get("b").keys.publicKey });
  const seen = tricked.get("a").keys.view("person a", [peer("b")]);
  assert.notEqual(seen, "");
  assert.notEqual(seen, a.keys.view("person a", [peer("b")]));
});

test("no two views are written alike, whatever people are called", async () => {
  const people = await meeting("a", "b", "c");
  await join(people, "a", "b", "c");
  const { keys } = people.get("a");
  const [b, c] = ["b", "c"].map((id) => keys.others.get(id));
  const honest = keys.view("1", [{ id: "b", participant: "2" }, { id: "c", participant: "3" }]);
  const nested = keys.view("1", [{ id: "c", participant: `2 ${b}\n3` }]);
  assert.equal(keys.view("1", [{ id: "c", participant: "3" }, { id: "b", participant: "2" }]), honest);
  assert.notEqual(nested, honest);
});

test("a second public key of the same stay is not taken", async () => {
  const people = await meeting("a", "b", "x");
  await join(people, "a", "b");
  const [a, b, x] = people.values();
  await x.keys.work;
  await a.keys.hear("b", { public: x.keys.publicKey });
  assert.equal(a.keys.others.get("b"), b.keys.publicKey);
});

test("whoever lost what was handed to them gets it once more", async () => {
  const people = await meeting("a", "b");
  await join(people, "a", "b");
  const [a, b] = people.values();
  a.keys.part("b");
  b.openers.clear();
  await b.keys.part("a");
  const before = a.mail.length;
  a.keys.meet("b");
  await b.keys.meet("a");
  await pause(HANDING_OUT_MS + 200);
  assert.equal(await hears(a, b), true);
  assert.equal(await hears(b, a), true);
  assert.ok(a.mail.length - before < 12); // and it ends
  const heard = a.mail.length;
  await b.keys.hear("a", { public: a.keys.publicKey });
  assert.equal(a.mail.length, heard + 1);
  assert.notEqual(a.mail.at(-1).key.sealed, undefined);
});

test("nonsense and strangers are passed over, and the rest goes on", async () => {
  const people = await meeting("a", "b");
  const [a] = people.values();
  await a.keys.meet("b");
  for (const key of [{}, { public: 7 }, { public: "AAAA" }, { public: "%" }]) {
    await a.keys.hear("b", key);
  }
  await a.keys.hear("stranger", { public: a.keys.publicKey });
  assert.deepEqual([...a.keys.others], [["b", ""]]);
  await join(people, "a", "b");
  assert.equal(await hears(...people.values()), true);
});

test("there is no code before everybody's key is known", async () => {
  const people = await meeting("a", "b");
  const [a] = people.values();
  await a.keys.meet("b");
  assert.equal(a.keys.view("person a", [{ id: "b", participant: "person b" }]), "");
});
