// A number that is the same on every screen of a call if nobody sits in between. It is made from the
// certificates each browser itself talks to (the DTLS fingerprints), never from what is told of them.

const GROUPS = 6;
const PURPOSE = "heyi call 1";
// Somebody in between would have to find certificates whose codes agree, in the seconds while a call
// begins: each try costs this many rounds.
const ROUNDS = 100_000;

/** Every fingerprint a description admits; more than one would be a reason for distrust. */
export function fingerprintsIn(sdp) {
  const found = [...sdp.matchAll(/^a=fingerprint:(\S+) (\S+)/gm)];
  return [...new Set(found.map(([, hash, value]) => `${hash.toLowerCase()} ${value.toUpperCase()}`))].sort();
}

/** Everybody in the call with what they are known by; "" while a connection is not established. */
export function viewOf(me, peers) {
  const seen = [...peers].filter(({ state, pc }) => state === "connected" && pc.currentRemoteDescription);
  if (seen.length === 0 || seen.length < [...peers].length) {
    return "";
  }
  const own = fingerprintsIn(seen[0].pc.currentLocalDescription.sdp);
  const others = seen.map((peer) => [peer.participant, ...fingerprintsIn(peer.pc.currentRemoteDescription.sdp)]);
  return writtenOut([[me, ...own], ...others]);
}

/**
 * Lists of texts, one for each person, in an order all browsers agree on. No two sets of lists come
 * out alike, whatever is in them: who somebody is we are told by the server, and it may lie.
 */
export const writtenOut = (lists) => `[${lists.map((list) => JSON.stringify(list)).sort().join(",")}]`;

/** Six groups of four digits. */
export async function codeOf(view) {
  const key = await crypto.subtle.importKey("raw", bytes(view), "PBKDF2", false, ["deriveBits"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: bytes(PURPOSE), iterations: ROUNDS };
  const derived = new DataView(await crypto.subtle.deriveBits(how, key, GROUPS * 32));
  const group = (_, place) => String(derived.getUint32(place * 4) % 10_000).padStart(4, "0");
  return Array.from({ length: GROUPS }, group).join(" ");
}

const bytes = (text) => new TextEncoder().encode(text);
