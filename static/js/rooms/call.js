// The call of one room: who is in it, and a connection to each of them. Dispatches "change".
import { Care, LOOK_MS } from "./care.js";
import { newPair } from "./frame-keys.js";
import { LargerCall, canEncrypt } from "./larger.js";
import { Peer } from "./peer.js";
import { codeOf, viewOf } from "./safety-code.js";
import { forget, remember, settingsOf } from "./way-back.js";

const RENEW_PART = 0.8;
const CERTIFICATE = { name: "ECDSA", namedCurve: "P-256" };

export class Call extends EventTarget {
  /** @param {object} names of everybody the page knows, by participant */
  constructor(connection, devices, { room, me, names }) {
    super();
    this.connection = connection;
    this.devices = devices;
    this.room = room;
    this.me = me;
    this.names = names;
    this.peers = new Map();
    this.unknown = new Set(); // peers of people who are not on the page; nothing goes to or from them
    this.participants = [];
    this.cares = new Map();
    this.code = ""; // the safety code, once everybody is connected
    this.view = "";
    this.asking = null;
    this.ownId = null;
    this.mode = "direct"; // or "server": how the room's call is held, whether or not one is in it
    this.larger = null;
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
    for (const name of ["media.feed", "media.published", "media.offer"]) {
      here(name, (frame) => this.larger?.hear(frame, this.peers));
    }
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
    this.pair = await newPair();
    if (this.asking === asking && this.isIn) {
      this.connection.send("call.join", { id: "call.join", room: this.room });
    }
  }

  leave() {
    this.connection.send("call.leave", { room: this.room });
    this.end(null);
  }

  joined({ peer, peers, mode, ice_servers, expires_in }) {
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
    this.goOver(mode);
    this.meet(...peers);
    this.changed();
  }

  /** From browser to browser it goes until a fifth person joins, then through the media server. */
  goOver(mode) {
    this.mode = mode ?? "direct";
    if (this.mode === "direct" || this.larger !== null || this.ownId === null) {
      return;
    }
    if (!canEncrypt()) {
      this.connection.send("call.leave", { room: this.room });
      this.end("call_not_encrypted"); // rather than sending anything in clear
      return;
    }
    this.larger = new LargerCall(this.own, this.connection, () => this.changed());
    const people = [...this.peers.values()].map(({ id, participant }) => ({ peer: id, participant }));
    this.peers.forEach((peer) => peer.close());
    this.peers.clear();
    this.meet(...people);
  }

  get own() {
    return {
      id: this.ownId,
      room: this.room,
      pair: this.pair,
      tracks: this.devices.outgoing,
      isSoundOnly: () => this.devices.isSoundOnly,
      configuration: { iceServers: this.servers, certificates: [this.certificate] },
    };
  }

  welcome({ peer, participant }) {
    this.isMediatorAway = false;
    this.meet({ peer, participant });
  }

  pause() {
    this.isMediatorAway = true;
    this.changed();
  }

  meet(...people) {
    const isNew = ({ peer }) => this.ownId !== null && !this.peers.has(peer);
    const strangers = people.filter((one) => isNew(one) && this.isKnown(one)).map(({ peer, participant }) => ({ id: peer, participant }));
    const peers = this.larger?.meet(...strangers) ?? strangers.map((one) => this.meetDirectly(one));
    for (const peer of peers) {
      this.peers.set(peer.id, peer);
      this.cares.set(peer.id, new Care(peer));
      this.tellMedia(peer);
    }
    this.changed();
  }

  /** Whom the page did not name is met by nobody: their name would be what the server says just now. */
  isKnown({ peer, participant }) {
    const isKnown = Object.hasOwn(this.names, participant);
    if (!isKnown) {
      this.unknown.add(peer);
    }
    return isKnown;
  }

  meetDirectly({ id, participant }) {
    const signal = (data) => this.connection.send("signal", { room: this.room, to: id, data });
    const peer = new Peer({ id, participant }, this.own, signal);
    peer.addEventListener("change", () => this.changed());
    return peer;
  }

  part(id) {
    this.peers.get(id)?.close();
    this.peers.delete(id);
    this.cares.delete(id);
    this.unknown.delete(id);
    this.larger?.part(id);
    this.changed();
  }

  hear({ from, data }) {
    this.peers.get(from)?.hear(data);
  }

  renewed({ ice_servers }) {
    this.servers = ice_servers;
    this.larger?.setServers(ice_servers);
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
    this.larger?.publication.restart();
    for (const peer of this.peers.values()) {
      peer.restart();
    }
  }

  told({ participants, mode }) {
    this.participants = participants;
    this.goOver(mode);
    this.changed();
  }

  /** A device was turned on, off or exchanged: everybody gets the new track, or none. */
  send(kind) {
    if (kind !== "audio" && kind !== "video") {
      return;
    }
    this.larger?.publication.replace(kind, this.devices.outgoing[kind]);
    for (const peer of this.peers.values()) {
      peer.replace(kind, this.devices.outgoing[kind]);
      this.tellMedia(peer);
    }
    if (this.isIn) {
      remember(settingsOf(this.devices), this.room);
    }
  }

  tellMedia(peer) {
    const isPaused = this.sendingTo(peer.id).isPaused;
    peer.signal({ media: { ...this.devices.media, paused: isPaused } });
  }

  /** Who looks after what this peer is sent: in a larger call the same for all. */
  sendingTo(id) {
    return this.larger?.care ?? this.cares.get(id);
  }

  /** Fits what is sent to how well it arrives, and tells who misses a picture because of it. */
  async tend() {
    const before = new Map([...this.cares.keys()].map((id) => [id, this.sendingTo(id).isPaused]));
    for (const care of [...this.cares.values(), ...(this.larger ? [this.larger.care] : [])]) {
      await care.peer.settle(care.tend(this.peers.size));
    }
    for (const [id, care] of this.cares) {
      if (before.has(id) && this.sendingTo(id).isPaused !== before.get(id)) {
        this.tellMedia(care.peer);
      }
    }
    this.changed();
  }

  /** People for whom the own picture is paused at the moment. */
  get pausedFor() {
    const peers = [...this.peers.values()];
    return peers.filter(({ id }) => this.sendingTo(id).isPaused).map(({ participant }) => participant);
  }

  async compare() {
    const peers = this.peers.values();
    const view = this.larger ? this.larger.keys.view(this.me, peers) : viewOf(this.me, peers);
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
    this.unknown.clear();
    this.larger?.close();
    this.larger = null;
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
