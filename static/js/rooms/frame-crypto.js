// Encrypts and decrypts single frames of sound and picture (AES-256-GCM), for calls that go through
// a media server. What leaves here is
//
//   clear header | ciphertext and tag | epoch of the key (4 bytes) | number of the frame (8 bytes)
//
// The header bytes stay as they are because browsers read them to cut and to order frames; they, the
// kind and the numbers are authenticated with the rest. Epoch and number are the nonce: a key is
// random for each epoch, and one Sealer numbers everything that is sent under it.

const TRAILER = 12;
const TAG = 16;
const KINDS = { audio: 1, video: 2 };
const EPOCHS_KEPT = 4; // keys change with every coming and going, and some frames are under way
const WINDOW = 1024; // frames may overtake each other by this many, about fifteen seconds

/** How many bytes stay readable: Opus' first (RFC 6716 3.1), VP8's header (RFC 7741 4.3). */
export function clearBytes(kind, type) {
  if (kind === "audio") {
    return 1;
  }
  return type === "key" ? 10 : 3;
}

export class Sealer {
  constructor() {
    this.epoch = -1;
    this.key = null;
    this.count = 0n;
  }

  /** Another key from now on; one that is older than the one in use is too late. */
  use(epoch, key) {
    if (epoch > this.epoch) {
      Object.assign(this, { epoch, key, count: 0n });
    }
  }

  /** The sealed frame, or null as long as there is no key: nothing may leave in clear. */
  async seal(frame, kind, clear) {
    if (this.key === null) {
      return null;
    }
    const nonce = numbers(this.epoch, this.count);
    this.count += 1n;
    const [header, body] = cut(new Uint8Array(frame), clear);
    return joined(header, await crypto.subtle.encrypt(how(nonce, header, kind), this.key, body), nonce);
  }
}

/** What one other person sends. */
export class Opener {
  constructor() {
    this.keys = new Map(); // epoch to key and what was heard under it
  }

  know(epoch, key) {
    if (this.keys.has(epoch)) {
      return; // said a second time, it must not make what was heard unheard
    }
    this.keys.set(epoch, { key, heard: new Heard() });
    for (const known of [...this.keys.keys()].sort((a, b) => a - b).slice(0, -EPOCHS_KEPT)) {
      this.keys.delete(known);
    }
  }

  /** The frame as it was, or null for one of an unknown key, an altered or a repeated one. */
  async open(sealed, kind, clear) {
    const bytes = new Uint8Array(sealed);
    if (bytes.length < TAG + TRAILER) {
      return null;
    }
    const nonce = bytes.slice(-TRAILER);
    const view = new DataView(nonce.buffer);
    const known = this.keys.get(view.getUint32(0));
    if (known === undefined) {
      return null;
    }
    const [header, body] = cut(bytes.subarray(0, -TRAILER), Math.min(clear, bytes.length - TAG - TRAILER));
    try {
      const opened = await crypto.subtle.decrypt(how(nonce, header, kind), known.key, body);
      return known.heard.take(view.getBigUint64(4)) ? joined(header, opened) : null;
    } catch {
      return null;
    }
  }
}

/** Which numbers were heard, so that nobody in between can play something said a second time. */
class Heard {
  constructor() {
    this.top = -1n;
    this.seen = new Set();
  }

  take(number) {
    const oldest = this.top - BigInt(WINDOW);
    if (this.seen.has(number) || number <= oldest) {
      return false;
    }
    this.seen.add(number);
    this.top = number > this.top ? number : this.top;
    if (this.seen.size > 2 * WINDOW) {
      this.seen = new Set([...this.seen].filter((one) => one > this.top - BigInt(WINDOW)));
    }
    return true;
  }
}

function numbers(epoch, count) {
  const view = new DataView(new ArrayBuffer(TRAILER));
  view.setUint32(0, epoch);
  view.setBigUint64(4, count);
  return new Uint8Array(view.buffer);
}

function how(nonce, header, kind) {
  const additionalData = joined(new Uint8Array([KINDS[kind]]), header);
  return { name: "AES-GCM", iv: nonce, additionalData, tagLength: TAG * 8 };
}

const cut = (bytes, place) => [bytes.slice(0, place), bytes.slice(place)];

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.byteLength, 0));
  let place = 0;
  for (const part of parts) {
    whole.set(new Uint8Array(part), place);
    place += part.byteLength;
  }
  return whole.buffer;
}
