// One connection with the media server. When it breaks it is begun all over again: that takes a
// moment, and cannot get stuck half way.
import { isInUse } from "./quality.js";

const STUMBLE_MS = 4_000;
const AGAIN_MS = 15_000;

export class Line extends EventTarget {
  /** @param {string} id the peer whose sound and picture go through it */
  constructor(id, call) {
    super();
    this.id = id;
    this.call = call;
    this.pc = null;
    this.early = null;
  }

  get state() {
    return this.pc?.connectionState ?? "new";
  }

  open() {
    this.close();
    const pc = (this.pc = new RTCPeerConnection(this.call.own.configuration));
    this.early = []; // ways that were found before the other end knows what they are for
    pc.addEventListener("icecandidate", ({ candidate }) => this.pc === pc && this.trickle(candidate));
    pc.addEventListener("connectionstatechange", () => this.pc === pc && this.follow());
    this.await(AGAIN_MS);
    this.settle(this.begin(pc));
  }

  restart() {
    if (this.pc !== null) {
      this.open();
    }
  }

  close() {
    clearTimeout(this.waiting);
    this.pc?.close();
    this.pc = null;
  }

  follow() {
    if (this.state === "connected") {
      clearTimeout(this.waiting);
    } else if (this.state === "failed") {
      this.open();
    } else if (this.state === "disconnected") {
      this.await(STUMBLE_MS);
    }
    this.changed();
  }

  /** Begins anew unless there is a connection, or at least a step towards one, within this time. */
  await(time) {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.open(), time);
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }

  /** Sends a description, and then the ways that were found meanwhile. */
  say(name, fields) {
    this.await(AGAIN_MS);
    this.call.send(name, fields);
    for (const candidate of this.early?.splice(0) ?? []) {
      this.sendWay(candidate);
    }
    this.early = null;
  }

  trickle(candidate) {
    if (this.early !== null) {
      this.early.push(candidate);
    } else {
      this.sendWay(candidate);
    }
  }

  sendWay(candidate) {
    this.call.send("media.trickle", { peer: this.id, candidate });
  }

  /** What was under way when the connection was closed does not matter any more. */
  async settle(work) {
    const { pc } = this;
    try {
      await work;
    } catch (error) {
      if (pc !== null && pc.signalingState !== "closed") {
        throw error;
      }
    }
  }

  /** New TURN credentials. Only a connection through TURN needs them, and it begins anew. */
  async renew() {
    const { pc } = this;
    if (pc !== null && (await isRelayed(pc)) && this.pc === pc) {
      this.open();
    }
  }
}

async function isRelayed(pc) {
  const reports = [...(await pc.getStats()).values()];
  const local = reports.find((one) => one.id === reports.find(isInUse)?.localCandidateId);
  return local?.candidateType === "relay";
}
