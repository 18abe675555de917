import assert from "node:assert/strict";
import { test } from "node:test";
import { Opener, Sealer, clearBytes } from "./frame-crypto.js";

const PICTURE = Uint8Array.from({ length: 200 }, (_, place) => place);
const newKey = () => crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);

async function pair(epoch = 0) {
  const [key, sealer, opener] = [await newKey(), new Sealer(), new Opener()];
  sealer.use(epoch, key);
  opener.know(epoch, key);
  return { key, sealer, opener };
}

const isSame = (found) => assert.deepEqual(new Uint8Array(found), PICTURE);

test("a frame comes out as it went in, its header readable and nothing else", async () => {
  const { sealer, opener } = await pair();
  const sealed = new Uint8Array(await sealer.seal(PICTURE, "video", 10));
  assert.deepEqual(sealed.slice(0, 10), PICTURE.slice(0, 10));
  assert.equal(sealed.length, PICTURE.length + 16 + 12);
  const found = sealed.slice(10, 200).filter((byte, place) => byte === PICTURE[place + 10]);
  assert.ok(found.length < 10); // about one byte in 256 is alike by chance
  isSame(await opener.open(sealed, "video", 10));
});

test("without a key nothing leaves and nothing is opened", async () => {
  assert.equal(await new Sealer().seal(PICTURE, "audio", 1), null);
  const { sealer } = await pair();
  assert.equal(await new Opener().open(await sealer.seal(PICTURE, "audio", 1), "audio", 1), null);
});

test("somebody else's key opens nothing", async () => {
  const [one, other] = [await pair(), await pair()];
  assert.equal(await other.opener.open(await one.sealer.seal(PICTURE, "video", 3), "video", 3), null);
});

test("an altered frame is dropped, in its header, its body and its numbers", async () => {
  const { sealer, opener } = await pair();
  for (const place of [0, 50, 215, -1]) {
    const sealed = new Uint8Array(await sealer.seal(PICTURE, "video", 3));
    sealed[(place + sealed.length) % sealed.length] ^= 1;
    assert.equal(await opener.open(sealed, "video", 3), null, `byte ${place}`);
  }
});

test("what was said once is not played a second time", async () => {
  const { sealer, opener } = await pair();
  const sealed = await sealer.seal(PICTURE, "audio", 1);
  isSame(await opener.open(sealed, "audio", 1));
  assert.equal(await opener.open(sealed, "audio", 1), null);
});

test("nor is it when its key is handed over a second time", async () => {
  const { key, sealer, opener } = await pair();
  const sealed = await sealer.seal(PICTURE, "audio", 1);
  isSame(await opener.open(sealed, "audio", 1));
  opener.know(0, key);
  assert.equal(await opener.open(sealed, "audio", 1), null);
});

test("very old frames are dropped and those that were only overtaken are not", async () => {
  const { sealer, opener } = await pair();
  const sealed = [];
  for (let count = 0; count < 2_100; count += 1) {
    sealed.push(await sealer.seal(PICTURE.slice(0, 4), "audio", 1));
  }
  const isOpened = async (place) => (await opener.open(sealed[place], "audio", 1)) !== null;
  for (let place = 1; place < 2_100; place += 1) {
    assert.ok(place === 1_500 || (await isOpened(place)));
  }
  assert.ok(await isOpened(1_500));
  assert.equal(await isOpened(1_500), false);
  assert.equal(await isOpened(0), false);
});

test("sound cannot be passed off as picture", async () => {
  const { sealer, opener } = await pair();
  assert.equal(await opener.open(await sealer.seal(PICTURE, "audio", 1), "video", 1), null);
});

test("a key takes effect once, forwards only, and no number is used twice under it", async () => {
  const { key, sealer } = await pair(3);
  const trailers = new Set();
  for (let count = 0; count < 3; count += 1) {
    sealer.use(3, key); // said again
    sealer.use(2, key); // too late
    trailers.add(new Uint8Array(await sealer.seal(PICTURE, "video", 3)).slice(-12).join());
  }
  assert.equal(trailers.size, 3);
});

test("frames under way when the key changed are still opened, and of long ago no more", async () => {
  const { sealer, opener } = await pair();
  const early = await sealer.seal(PICTURE, "video", 3);
  opener.know(1, await newKey());
  isSame(await opener.open(early, "video", 3));
  const late = await sealer.seal(PICTURE, "video", 3);
  for (const epoch of [2, 3, 4]) {
    opener.know(epoch, await newKey());
  }
  assert.equal(await opener.open(late, "video", 3), null);
});

test("frames shorter than their header, and too short to be any, do no harm", async () => {
  const { sealer, opener } = await pair();
  const short = PICTURE.slice(0, 2);
  const sealed = await sealer.seal(short, "video", 10);
  assert.deepEqual(new Uint8Array(await opener.open(sealed, "video", 10)), short);
  assert.equal(await opener.open(new Uint8Array(27), "video", 10), null);
});

test("as much stays readable as browsers read", () => {
  assert.deepEqual([clearBytes("audio"), clearBytes("video", "key"), clearBytes("video", "delta")], [1, 10, 3]);
});
