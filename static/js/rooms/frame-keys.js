// Who may open the frames of a larger call. Each person has a key of their own, changed whenever
// somebody comes or goes, and hands it to each of the others sealed under what the two agree on
// (ECDH P-256, HKDF-SHA-256, AES-256-GCM). The hub passes these on and can open none of them; the
// safety code is made of the public keys, so that it cannot put in its own unnoticed either.
import { writtenOut } from "./safety-code.js";

const CURVE = { name: "ECDH", namedCurve: "P-256" };
const PURPOSE = "heyi frame key 1";
const NONCE = 12;
// Others get a new key before anything is sent under it. Whoever left could open frames for as long.
export const HANDING_OUT_MS = 600;

/** A pair for one stay in a call. Its private half cannot leave the browser's own keeping. */
export const newPair = () => crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);

export class FrameKeys {
  /**
   * @param {string} own id of this peer
   * @param {(to: string, key: object) => void} send to another peer
   * @param {(message: object) => void} post to the worker that seals and opens
   */
  constructor(own, pair, { send, post }) {
    this.own = own;
    this.pair = pair;
    this.send = send;
    this.post = post;
    this.others = new Map(); // peer to public key, "" while it is not known
    this.epoch = -1;
    this.publicKey = "";
    this.work = this.do(async () => (this.publicKey = text(await crypto.subtle.exportKey("raw", pair.publicKey))));
    this.work = this.do(() => this.change());
  }

  /** One thing after the other. What somebody sends that is no key opens nothing, and no more. */
  do(act) {
    const before = this.work ?? Promise.resolve();
    this.work = before.then(act).catch(() => {});
    return this.work;
  }

  meet(...ids) {
    for (const id of ids.filter((id) => !this.others.has(id))) {
      this.others.set(id, "");
    }
    return this.do(() => this.change());
  }

  part(id) {
    this.others.delete(id);
    this.post({ act: "forget", peer: id });
    return this.do(() => this.change());
  }

  /** A new key: first to the others, then into use. The first of all is used at once. */
  async change() {
    const epoch = (this.epoch += 1);
    this.raw = crypto.getRandomValues(new Uint8Array(32));
    const key = await crypto.subtle.importKey("raw", this.raw, "AES-GCM", false, ["encrypt"]);
    for (const id of this.others.keys()) {
      await this.hand(id);
    }
    setTimeout(() => this.post({ act: "use", epoch, key }), epoch === 0 ? 0 : HANDING_OUT_MS);
  }

  /** To somebody whose public key is not known yet goes only one's own. */
  async hand(id) {
    const theirs = this.others.get(id);
    const key = { public: this.publicKey };
    if (theirs !== "") {
      const iv = crypto.getRandomValues(new Uint8Array(NONCE));
      const wrapping = await this.agree(theirs, this.own, id);
      const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: number(this.epoch) }, wrapping, this.raw);
      Object.assign(key, { epoch: this.epoch, nonce: text(iv), sealed: text(sealed) });
    }
    this.send(id, key);
  }

  hear(id, key) {
    return this.do(() => this.take(id, key));
  }

  async take(id, { public: theirs, epoch, nonce, sealed }) {
    const known = this.others.get(id);
    if (known === undefined || typeof theirs !== "string" || (known !== "" && known !== theirs)) {
      return; // gone meanwhile, or a second public key: one stay has one
    }
    if (known === "") {
      await agreeable(theirs);
      this.others.set(id, theirs);
    }
    if (known === "" || sealed === undefined) {
      await this.hand(id); // for the first time, or to somebody who did not get it
    }
    if (sealed !== undefined) {
      await this.open(id, theirs, { epoch, nonce, sealed });
    }
  }

  async open(id, theirs, { epoch, nonce, sealed }) {
    const wrapping = await this.agree(theirs, id, this.own);
    const how = { name: "AES-GCM", iv: bytes(nonce), additionalData: number(epoch) };
    const raw = await crypto.subtle.decrypt(how, wrapping, bytes(sealed));
    const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["decrypt"]);
    this.post({ act: "know", peer: id, epoch, key });
  }

  /** The key under which `from` seals for `to`: both ends come to the same, and nobody else. */
  async agree(theirs, from, to) {
    const secret = await crypto.subtle.deriveBits({ ...CURVE, public: await agreeable(theirs) }, this.pair.privateKey, 256);
    const material = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
    const [sender, receiver] = from === this.own ? [this.publicKey, theirs] : [theirs, this.publicKey];
    const info = new TextEncoder().encode([PURPOSE, from, sender, to, receiver].join("\n"));
    const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info };
    const kind = { name: "AES-GCM", length: 256 };
    return crypto.subtle.deriveKey(how, material, kind, false, ["encrypt", "decrypt"]);
  }

  /** Everybody with their public key, for the safety code; "" while somebody's is missing. */
  view(me, peers) {
    const others = [...peers].map(({ id, participant }) => [participant, this.others.get(id) ?? ""]);
    if (others.length === 0 || this.publicKey === "" || others.some(([, key]) => key === "")) {
      return "";
    }
    return writtenOut([[me, this.publicKey], ...others]);
  }
}

const agreeable = (key) => crypto.subtle.importKey("raw", bytes(key), CURVE, false, []);

const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));

const bytes = (coded) => Uint8Array.from(atob(coded), (character) => character.charCodeAt(0));

function number(value) {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, value);
  return view;
}
