// One other browser in the call, by the "perfect negotiation" of the W3C's WebRTC specification.
// Both directions of sound and picture are agreed once; muting, sharing a screen and joining without
// a camera change only which track is sent, so nothing has to be agreed again.
import { withRole } from "./dtls-role.js";

const KINDS = ["audio", "video"];
const STUMBLE_MS = 4_000; // a connection that stumbles often finds its feet by itself
const AGAIN_MS = 10_000;

export class Peer extends EventTarget {
  /**
   * @param {string} id of the other browser; the smaller id of the two begins and, when both offer
   *   at once, insists
   * @param {object} own id, RTCConfiguration and outgoing tracks of this browser
   */
  constructor({ id, participant }, own, signal) {
    super();
    this.id = id;
    this.participant = participant;
    this.begins = own.id < id;
    this.signal = signal;
    this.tracks = own.tracks;
    this.media = { audio: false, video: false };
    this.stream = new MediaStream();
    this.early = [];
    this.isOffering = false;
    this.isTakingAnswer = false;
    this.isIgnoring = false;
    this.pc = new RTCPeerConnection(own.configuration);
    this.listen();
    if (this.begins) {
      for (const kind of KINDS) {
        this.pc.addTransceiver(this.tracks[kind] ?? kind, { direction: "sendrecv" });
      }
    }
  }

  get state() {
    return this.pc.connectionState;
  }

  listen() {
    const { pc } = this;
    pc.addEventListener("negotiationneeded", () => this.settle(this.offer()));
    pc.addEventListener("icecandidate", ({ candidate }) => candidate && this.signal({ candidate }));
    pc.addEventListener("connectionstatechange", () => this.follow());
    pc.addEventListener("track", ({ track }) => {
      // A new stream each time: a picture added to a stream that is playing may not be shown.
      this.stream = new MediaStream([...this.stream.getTracks(), track]);
      this.changed();
    });
  }

  follow() {
    clearTimeout(this.waiting);
    if (this.state === "failed") {
      this.restart();
    } else if (this.state === "disconnected") {
      this.waiting = setTimeout(() => this.restart(), STUMBLE_MS);
    }
    this.changed();
  }

  /** Looks for another way to the same browser (ICE restart); tries again until there is one. */
  restart() {
    clearTimeout(this.waiting);
    this.pc.restartIce();
    this.waiting = setTimeout(() => this.state !== "connected" && this.restart(), AGAIN_MS);
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }

  /** What was under way when the connection was closed does not matter any more. */
  async settle(work) {
    try {
      await work;
    } catch (error) {
      if (this.pc.signalingState !== "closed") {
        throw error;
      }
    }
  }

  async offer() {
    try {
      this.isOffering = true;
      await this.pc.setLocalDescription();
      this.signal({ description: withRole(this.pc.localDescription, this.pc) });
    } finally {
      this.isOffering = false;
    }
  }

  hear({ description, candidate, media }) {
    if (media) {
      this.media = media;
      this.replace("video", this.tracks.video);
      this.changed();
    } else if (description) {
      this.settle(this.takeDescription(description));
    } else if (candidate) {
      this.settle(this.takeCandidate(candidate));
    }
  }

  async takeDescription(description) {
    const { pc } = this;
    const isOffer = description.type === "offer";
    const isReady = !this.isOffering && (pc.signalingState === "stable" || this.isTakingAnswer);
    this.isIgnoring = this.begins && isOffer && !isReady;
    if (this.isIgnoring) {
      return;
    }
    this.isTakingAnswer = !isOffer;
    await pc.setRemoteDescription(description);
    this.isTakingAnswer = false;
    if (isOffer) {
      await this.answer();
    }
    for (const candidate of this.early.splice(0)) {
      await this.takeCandidate(candidate);
    }
    this.changed();
  }

  async answer() {
    for (const transceiver of this.pc.getTransceivers()) {
      transceiver.direction = "sendrecv";
      await transceiver.sender.replaceTrack(this.trackFor(transceiver.receiver.track.kind));
    }
    await this.pc.setLocalDescription();
    this.signal({ description: this.pc.localDescription });
  }

  async takeCandidate(candidate) {
    if (this.pc.remoteDescription === null) {
      this.early.push(candidate);
      return;
    }
    try {
      await this.pc.addIceCandidate(candidate);
    } catch (error) {
      if (!this.isIgnoring) {
        throw error;
      }
    }
  }

  senderOf(kind) {
    const ours = this.pc.getTransceivers().find((one) => one.receiver.track.kind === kind);
    return ours?.sender;
  }

  /** What this browser gets: somebody who asked for sound only is sent no picture. */
  trackFor(kind) {
    return kind === "video" && this.media.soundOnly ? null : (this.tracks[kind] ?? null);
  }

  /** Sends another track of this kind, or none. */
  replace(kind, track) {
    this.tracks = { ...this.tracks, [kind]: track };
    return this.settle(this.senderOf(kind)?.replaceTrack(this.trackFor(kind)));
  }

  /** New TURN credentials: used at once, because the old ones will not be renewed any more. */
  setServers(iceServers) {
    this.pc.setConfiguration({ ...this.pc.getConfiguration(), iceServers });
    this.restart();
  }

  close() {
    clearTimeout(this.waiting);
    this.pc.close();
  }
}
