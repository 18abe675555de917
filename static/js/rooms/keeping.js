// What survives a reload of the page: sealed (AES-256-GCM) in the tab's own storage, which thus never
// holds anything readable. The key is given to the page and is never stored; it cannot be had again
// after signing out (docs/decisions/0015). Where the browser has no cryptography (a page without
// HTTPS), nothing is kept.

const NONCE_BYTES = 12;
export const PREFIX = "heyi.kept.";

export class Keeper {
  /** @param {string} name whose things these are; what one name sealed, another cannot read */
  constructor(name, key, storage) {
    this.name = PREFIX + name;
    this.key = key;
    this.storage = storage;
    this.about = new TextEncoder().encode(this.name);
    this.wanted = null;
    this.sealing = null;
  }

  /** @param {string} key 32 bytes in base64 */
  static async open(name, key, storage = globalThis.sessionStorage) {
    const subtle = globalThis.crypto?.subtle;
    if (subtle === undefined || storage === undefined) {
      return new Keeper(name, null, null);
    }
    const bytes = Uint8Array.from(atob(key), (sign) => sign.charCodeAt(0));
    const usable = await subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
    return new Keeper(name, usable, storage);
  }

  /** What was kept; null when there is nothing, or nothing that this session may read. */
  async read() {
    const sealed = this.storage?.getItem(this.name) ?? null;
    if (sealed === null) {
      return null;
    }
    try {
      const bytes = Uint8Array.from(atob(sealed), (sign) => sign.charCodeAt(0));
      const [iv, rest] = [bytes.subarray(0, NONCE_BYTES), bytes.subarray(NONCE_BYTES)];
      const open = await crypto.subtle.decrypt(this.how(iv), this.key, rest);
      return JSON.parse(new TextDecoder().decode(open));
    } catch {
      this.clear();
      return null;
    }
  }

  /** Keep this instead of what was kept; null keeps nothing. Resolves once it is in the storage. */
  keep(value) {
    if (this.storage === null) {
      return Promise.resolve();
    }
    this.wanted = { value };
    this.sealing ??= this.seal().finally(() => {
      this.sealing = null;
    });
    return this.sealing;
  }

  /** Seals at once, since a page that goes away does not wait; what changes meanwhile comes next. */
  async seal() {
    while (this.wanted !== null) {
      const { value } = this.wanted;
      this.wanted = null;
      const sealed = value === null ? null : await this.sealed(value);
      if (this.wanted === null) {
        this.put(sealed);
      }
    }
  }

  async sealed(value) {
    const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
    const open = new TextEncoder().encode(JSON.stringify(value));
    const bytes = new Uint8Array(await crypto.subtle.encrypt(this.how(iv), this.key, open));
    return btoa([...iv, ...bytes].map((byte) => String.fromCharCode(byte)).join(""));
  }

  put(sealed) {
    if (sealed === null || this.storage === null) {
      this.storage?.removeItem(this.name);
      return;
    }
    try {
      this.storage.setItem(this.name, sealed);
    } catch {
      this.storage.removeItem(this.name); // full: rather nothing than something that is old
    }
  }

  clear() {
    this.storage?.removeItem(this.name);
  }

  /** Forget it, and keep nothing more on this page. */
  close() {
    this.clear();
    this.storage = null;
    this.wanted = null;
  }

  how(iv) {
    return { name: "AES-GCM", iv, additionalData: this.about };
  }
}
