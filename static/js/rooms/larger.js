// A call through the media server: one connection for what is sent, one for each of the others. Every
// frame passes through the worker that seals and opens it; without that nothing is sent at all.
import { Care } from "./care.js";
import { FrameKeys } from "./frame-keys.js";
import { Line } from "./line.js";

const KINDS = ["audio", "video"];
const SAME = { createScriptURL: (address) => address };
// Browsers with Trusted Types start a worker from nothing less; one policy of a name is allowed.
const policy = globalThis.trustedTypes?.createPolicy("app", SAME) ?? SAME;

/** Whether this browser can encrypt single frames (W3C WebRTC Encoded Transform). */
export const canEncrypt = () => globalThis.RTCRtpScriptTransform !== undefined;

export class LargerCall {
  /** @param {object} own peer id, room, pair of keys, outgoing tracks and RTCConfiguration */
  constructor(own, connection, changed) {
    this.own = own;
    this.connection = connection;
    this.changed = changed;
    this.feeds = new Set(); // who sends something, whether or not we know them yet
    this.worker = startWorker();
    this.ready = new Promise((resolve) => this.worker.addEventListener("message", resolve, { once: true }));
    this.keys = new FrameKeys(own.id, own.pair, {
      send: (to, key) => this.signal(to, { key }),
      post: (message) => this.worker.postMessage(message),
    });
    this.publication = new Publication(own, this);
    this.care = new Care(this.publication);
    this.publication.open();
  }

  send(name, fields) {
    return this.connection.send(name, { room: this.own.room, ...fields });
  }

  signal(to, data) {
    this.send("signal", { to, data });
  }

  /** What the worker does with one direction of one kind; `peer` is null for what is sent. */
  transform(kind, peer) {
    return new RTCRtpScriptTransform(this.worker, { kind, peer });
  }

  meet(...people) {
    this.keys.meet(...people.map(({ id }) => id));
    return people.map((person) => {
      const peer = new FarPeer(person, this);
      peer.addEventListener("change", this.changed);
      if (this.feeds.has(person.id)) {
        peer.open();
      }
      return peer;
    });
  }

  part(id) {
    this.feeds.delete(id);
    this.keys.part(id);
  }

  hear(frame, peers) {
    const { name, peer: id, description } = frame;
    if (name === "media.published") {
      this.publication.take(description);
    } else if (name === "media.offer") {
      peers.get(id)?.take(description);
    } else {
      this.feeds.add(id);
      peers.get(id)?.open();
    }
  }

  setServers(iceServers) {
    this.own.configuration.iceServers = iceServers;
    this.publication.renew();
  }

  close() {
    this.publication.close();
    this.worker.terminate();
  }
}

/** What this browser sends, once, to the media server. */
class Publication extends Line {
  constructor(own, call) {
    super(own.id, call);
    this.tracks = own.tracks;
    this.media = {};
  }

  async begin(pc) {
    await this.call.ready;
    for (const kind of KINDS) {
      const { sender } = pc.addTransceiver(kind, { direction: "sendonly" });
      sender.transform = this.call.transform(kind, null); // before there is anything to send
      await sender.replaceTrack(this.tracks[kind] ?? null);
    }
    await pc.setLocalDescription();
    this.say("media.publish", { description: pc.localDescription });
  }

  take(description) {
    const isAwaited = this.pc?.signalingState === "have-local-offer";
    return this.settle(isAwaited ? this.pc.setRemoteDescription(description) : null);
  }

  senderOf(kind) {
    return this.pc?.getSenders()[KINDS.indexOf(kind)];
  }

  replace(kind, track) {
    this.tracks = { ...this.tracks, [kind]: track };
    return this.settle(this.senderOf(kind)?.replaceTrack(track));
  }
}

/** One of the others, as the media server passes them on. Looks like a Peer to the page. */
export class FarPeer extends Line {
  constructor({ id, participant }, call) {
    super(id, call);
    this.participant = participant;
    this.media = { audio: false, video: false };
    this.tracks = { video: null };
    this.stream = new MediaStream();
    this.hasPicture = !call.own.isSoundOnly();
  }

  signal(data) {
    this.call.signal(this.id, data);
  }

  async begin() {
    this.call.send("media.subscribe", { peer: this.id, picture: this.hasPicture });
  }

  take(description) {
    const isAwaited = this.pc?.signalingState === "stable" && this.pc.remoteDescription === null;
    return this.settle(isAwaited ? this.answer(this.pc, description) : null);
  }

  async answer(pc, description) {
    await this.call.ready;
    this.stream = new MediaStream();
    pc.addEventListener("track", ({ track, receiver }) => {
      receiver.transform = this.call.transform(track.kind, this.id);
      this.stream = new MediaStream([...this.stream.getTracks(), track]);
      this.changed();
    });
    await pc.setRemoteDescription(description);
    await pc.setLocalDescription();
    this.say("media.answer", { peer: this.id, description: pc.localDescription });
  }

  hear({ key, media }) {
    if (key) {
      this.call.keys.hear(this.id, key);
    } else if (media) {
      this.media = media;
      this.changed();
    }
  }

  senderOf() {
    return undefined;
  }

  /** Nothing is sent to them directly; without pictures less is asked for. */
  replace() {
    const hasPicture = !this.call.own.isSoundOnly();
    if (hasPicture !== this.hasPicture) {
      this.hasPicture = hasPicture;
      this.restart();
    }
  }

  setServers() {
    return this.renew();
  }
}

function startWorker() {
  const address = new URL("./frame-worker.js", import.meta.url).href;
  return new Worker(policy.createScriptURL(address), { type: "module" });
}
