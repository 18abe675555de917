// One other browser in the call, by the "perfect negotiation" of the W3C's WebRTC specification.
// Both directions of sound and picture are agreed once; muting and joining without a camera change
// only which track is sent, so nothing has to be agreed again.

const KINDS = ["audio", "video"];

export class Peer extends EventTarget {
  /**
   * @param {string} id of the other browser; the smaller id of the two begins and, when both offer
   *   at once, insists
   */
  constructor(id, ownId, participant, iceServers, tracks, signal) {
    super();
    this.id = id;
    this.participant = participant;
    this.begins = ownId < id;
    this.signal = signal;
    this.tracks = tracks;
    this.media = { audio: false, video: false };
    this.stream = new MediaStream();
    this.early = [];
    this.isOffering = false;
    this.isIgnoring = false;
    this.pc = new RTCPeerConnection({ iceServers });
    this.listen();
    if (this.begins) {
      for (const kind of KINDS) {
        this.pc.addTransceiver(tracks[kind] ?? kind, { direction: "sendrecv" });
      }
    }
  }

  get state() {
    return this.pc.connectionState;
  }

  listen() {
    const { pc } = this;
    pc.addEventListener("negotiationneeded", () => this.offer());
    pc.addEventListener("icecandidate", ({ candidate }) => candidate && this.signal({ candidate }));
    pc.addEventListener("track", ({ track }) => {
      // A new stream each time: a picture added to a stream that is playing may not be shown.
      this.stream = new MediaStream([...this.stream.getTracks(), track]);
      this.changed();
    });
    pc.addEventListener("connectionstatechange", () => {
      if (pc.connectionState === "failed" && this.begins) {
        pc.restartIce();
      }
      this.changed();
    });
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }

  async offer() {
    try {
      this.isOffering = true;
      await this.pc.setLocalDescription();
      this.signal({ description: this.pc.localDescription });
    } finally {
      this.isOffering = false;
    }
  }

  async hear({ description, candidate, media }) {
    if (media) {
      this.media = media;
      this.changed();
    } else if (description) {
      await this.takeDescription(description);
    } else if (candidate) {
      await this.takeCandidate(candidate);
    }
  }

  async takeDescription(description) {
    const { pc } = this;
    const collides = description.type === "offer" && (this.isOffering || pc.signalingState !== "stable");
    this.isIgnoring = this.begins && collides;
    if (this.isIgnoring) {
      return;
    }
    await pc.setRemoteDescription(description);
    if (description.type === "offer") {
      await this.answer();
    }
    for (const candidate of this.early.splice(0)) {
      await this.takeCandidate(candidate);
    }
  }

  async answer() {
    for (const transceiver of this.pc.getTransceivers()) {
      transceiver.direction = "sendrecv";
      await transceiver.sender.replaceTrack(this.tracks[transceiver.receiver.track.kind] ?? null);
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

  /** Sends another track of this kind, or none. */
  async replace(kind, track) {
    this.tracks = { ...this.tracks, [kind]: track };
    const transceiver = this.pc.getTransceivers().find((one) => one.receiver.track.kind === kind);
    await transceiver?.sender.replaceTrack(track ?? null);
  }

  setServers(iceServers) {
    this.pc.setConfiguration({ iceServers });
  }

  close() {
    this.pc.close();
  }
}
