// Where this browser remembers the keys of a sealed figure, and nothing else of it: the figure
// itself lies with the server, under a key that is only here. When the round ends the server
// destroys the one and this browser the other.

const LONGEST = 31 * 24 * 60 * 60 * 1000; // milliseconds; no round lasts longer

/** Remember the keys of one figure of a round. */
export async function remember(round, keys) {
  const madeAt = Date.now();
  await inStore("readwrite", (store) => store.put({ ...keys, round, madeAt }));
}

/** The keys with this public key, or undefined where the figure was sealed in another browser. */
export function recall(publicKey) {
  return inStore("readonly", (store) => store.get(publicKey));
}

/** Delete the keys of a round that has ended, and what older rounds left behind. */
export async function forget(round) {
  const all = await inStore("readonly", (store) => store.getAll());
  const old = Date.now() - LONGEST;
  for (const one of all.filter((keys) => keys.round === round || keys.madeAt < old)) {
    await inStore("readwrite", (store) => store.delete(one.publicKey));
  }
}

async function inStore(mode, act) {
  const database = await opened();
  try {
    return await done(act(database.transaction("keys", mode, { durability: "strict" }).objectStore("keys")));
  } finally {
    database.close();
  }
}

function opened() {
  const request = indexedDB.open("heyi-sealed-offers", 1);
  request.addEventListener("upgradeneeded", () => {
    request.result.createObjectStore("keys", { keyPath: "publicKey" });
  });
  return done(request);
}

function done(request) {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error));
  });
}
