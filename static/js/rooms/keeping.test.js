import assert from "node:assert/strict";
import test from "node:test";

import { Keeper } from "./keeping.js";

const KEY = btoa("k".repeat(32));

/** Does what sessionStorage does. */
function storage() {
  const items = new Map();
  return {
    items,
    getItem: (name) => items.get(name) ?? null,
    setItem: (name, value) => items.set(name, value),
    removeItem: (name) => items.delete(name),
  };
}

test("what is kept is read again, and the storage holds nothing readable", async () => {
  const place = storage();
  await (await Keeper.open("joint", KEY, place)).keep({ draft: "早上好 canary" });
  assert.deepEqual(await (await Keeper.open("joint", KEY, place)).read(), { draft: "早上好 canary" });
  const [name, sealed] = [...place.items.entries()].flat();
  assert.equal(name, "heyi.kept.joint");
  assert.equal(atob(sealed).includes("canary"), false);
});

test("the newest of many things is kept, in whatever order they are sealed", async () => {
  const place = storage();
  const keeper = await Keeper.open("joint", KEY, place);
  await Promise.all(["a", "ab", "abc"].map((draft) => keeper.keep({ draft })));
  assert.deepEqual(await keeper.read(), { draft: "abc" });
  await keeper.keep(null);
  assert.equal(place.items.size, 0);
});

test("another key, another room and damage read nothing and leave nothing", async () => {
  const wrong = [
    (place) => Keeper.open("joint", btoa("x".repeat(32)), place),
    (place) => {
      place.items.set("heyi.kept.caucus", place.items.get("heyi.kept.joint"));
      place.items.delete("heyi.kept.joint");
      return Keeper.open("caucus", KEY, place);
    },
    (place) => {
      place.items.set("heyi.kept.joint", "not base64!");
      return Keeper.open("joint", KEY, place);
    },
  ];
  for (const open of wrong) {
    const place = storage();
    await (await Keeper.open("joint", KEY, place)).keep({ draft: "canary" });
    assert.equal(await (await open(place)).read(), null);
    assert.equal(place.items.size, 0);
  }
});

test("after closing nothing is kept, not even what is being sealed", async () => {
  const place = storage();
  const keeper = await Keeper.open("joint", KEY, place);
  const kept = keeper.keep({ draft: "canary" });
  keeper.close();
  await kept;
  await keeper.keep({ draft: "later" });
  assert.equal(place.items.size, 0);
});

test("without storage nothing is kept and nothing fails", async () => {
  const keeper = new Keeper("joint", null, null);
  await keeper.keep({ draft: "canary" });
  assert.equal(await keeper.read(), null);
});
