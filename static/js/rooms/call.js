// The call of one room: who is in it, and a connection to each of them. Dispatches "change".
import { Care, LOOK_MS } from "./care.js";
import { Peer } from "./peer.js";
import { codeOf, viewOf } from "./safety-code.js";
import { forget, remember, settingsOf } from "./way-back.js";

const RENEW_PART = 0.8;
const CERTIFICATE = { name: "ECDSA", namedCurve: "P-256" };

export class Call extends EventTarget {
  constructor(connection, devices, { room, me }) {
    super();
    this.connection = connection;
    this.devices = devices;
    this.room = room;
    this.me = me;
    this.peers = new Map();
    this.participants = [];
    this.cares = new Map();
    this.code = ""; // the safety code, once everybody is connected
    this.view = "";
    this.asking = null;
    this.ownId = null;
    this.isIn = false; // the person wants to be in the call, even while the connection is lost
    this.ending = null;
    this.isMediatorAway = false; // the mediator told so, and nobody has come since
    this.listen();
  }

  listen() {
    const here = (name, act) =>
      this.connection.addEventListener(name, ({ detail }) => detail.room === this.room && act(detail));
    here("call.joined", (frame) => this.joined(frame));
    here("call.peer_joined", (frame) => this.welcome(frame));
    here("call.paused", () => this.pause());
    here("call.peer_left", (frame) => this.part(frame.peer));
    here("call.ended", (frame) => this.end(frame.code));
    here("call.credentials", (frame) => this.renewed(frame));
    here("call.state", (frame) => this.told(frame));
    here("signal", (frame) => this.hear(frame));
    here("live", () => this.isIn && this.ownId === null && this.asking === null && this.ask());
    this.connection.addEventListener("refused", ({ detail }) => detail.id === "call.join" && this.end(detail.code));
    this.connection.addEventListener("state", ({ detail }) => this.follow(detail.state));
    this.devices.addEventListener("change", ({ detail }) => this.send(detail.kind));
    addEventListener("pagehide", () => this.hangUp());
    addEventListener("online", () => this.restart());
    navigator.connection?.addEventListener("change", () => this.followNetwork());
    this.network = navigator.connection?.type;
  }

  join() {
    this.isIn = true;
    this.ending = null;
    if (this.connection.isLive) {
      this.ask();
    }
    this.changed();
  }

  async ask() {
    const asking = (this.asking = {});
    // One certificate for all the connections of this stay, so that all can compare one code.
    this.certificate = await RTCPeerConnection.generateCertificate(CERTIFICATE);
    if (this.asking === asking && this.isIn) {
      this.connection.send("call.join", { id: "call.join", room: this.room });
    }
  }

  leave() {
    this.connection.send("call.leave", { room: this.room });
    this.end(null);
  }

  joined({ peer, peers, ice_servers, expires_in }) {
    this.asking = null;
    this.isMediatorAway = false;
    this.ownId = peer;
    remember(settingsOf(this.devices), this.room);
    this.tending = setInterval(() => this.tend(), LOOK_MS);
    this.servers = ice_servers;
    this.renewing = setInterval(
      () => this.connection.send("call.credentials", { room: this.room }),
      expires_in * RENEW_PART * 1000,
    );
    for (const other of peers) {
      this.meet(other.peer, other.participant);
    }
    this.changed();
  }

  welcome({ peer, participant }) {
    this.isMediatorAway = false;
    this.meet(peer, participant);
  }

  pause() {
    this.isMediatorAway = true;
    this.changed();
  }

  meet(id, participant) {
    if (this.ownId === null || this.peers.has(id)) {
      return;
    }
    const own = {
      id: this.ownId,
      tracks: this.devices.outgoing,
      configuration: { iceServers: this.servers, certificates: [this.certificate] },
    };
    const signal = (data) => this.connection.send("signal", { room: this.room, to: id, data });
    const peer = new Peer({ id, participant }, own, signal);
    peer.addEventListener("change", () => this.changed());
    this.peers.set(id, peer);
    this.cares.set(id, new Care(peer));
    this.tellMedia(peer);
    this.changed();
  }

  part(id) {
    this.peers.get(id)?.close();
    this.peers.delete(id);
    this.cares.delete(id);
    this.changed();
  }

  hear({ from, data }) {
    this.peers.get(from)?.hear(data);
  }

  renewed({ ice_servers }) {
    this.servers = ice_servers;
    for (const peer of this.peers.values()) {
      peer.setServers(ice_servers);
    }
  }

  /** From Wi-Fi to the mobile network, say: other addresses, and the old way leads nowhere. */
  followNetwork() {
    const { type } = navigator.connection; // the event also comes when only a speed is guessed anew
    if (type !== this.network) {
      this.network = type;
      this.restart();
    }
  }

  restart() {
    for (const peer of this.peers.values()) {
      peer.restart();
    }
  }

  told({ participants }) {
    this.participants = participants;
    this.changed();
  }

  /** A device was turned on, off or exchanged: everybody gets the new track, or none. */
  send(kind) {
    if (kind !== "audio" && kind !== "video") {
      return;
    }
    for (const peer of this.peers.values()) {
      peer.replace(kind, this.devices.outgoing[kind]);
      this.tellMedia(peer);
    }
    if (this.isIn) {
      remember(settingsOf(this.devices), this.room);
    }
  }

  tellMedia(peer) {
    const isPaused = this.cares.get(peer.id).isPaused;
    peer.signal({ media: { ...this.devices.media, paused: isPaused } });
  }

  /** Fits what is sent to how well it arrives, and tells who misses a picture because of it. */
  async tend() {
    for (const [id, care] of [...this.cares]) {
      const wasPaused = care.isPaused;
      await care.peer.settle(care.tend(this.peers.size));
      if (this.cares.has(id) && care.isPaused !== wasPaused) {
        this.tellMedia(care.peer);
      }
    }
    this.changed();
  }

  /** People for whom the own picture is paused at the moment. */
  get pausedFor() {
    return [...this.cares.values()].filter((care) => care.isPaused).map((care) => care.peer.participant);
  }

  async compare() {
    const view = viewOf(this.me, this.peers.values());
    if (view !== this.view) {
      this.view = view;
      this.code = "";
      const code = view === "" ? "" : await codeOf(view);
      if (this.view === view) {
        this.code = code;
        this.changed();
      }
    }
  }

  follow(state) {
    if (state === "ended") {
      this.end("call_ended");
    } else if (state === "lost") {
      this.hangUp();
    }
  }

  hangUp() {
    clearInterval(this.renewing);
    clearInterval(this.tending);
    for (const peer of this.peers.values()) {
      peer.close();
    }
    this.peers.clear();
    this.cares.clear();
    this.asking = null;
    this.ownId = null;
    this.changed();
  }

  end(code) {
    if (this.isIn) {
      this.isIn = false;
      this.ending = code;
      this.hangUp();
      forget();
      this.devices.stop();
      this.changed();
    }
  }

  changed() {
    this.compare();
    this.dispatchEvent(new Event("change"));
  }
}
