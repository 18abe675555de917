// The call of one room: who is in it, and a connection to each of them. Dispatches "change".
import { Peer } from "./peer.js";
import { forget, remember } from "./way-back.js";

const RENEW_PART = 0.8;

export class Call extends EventTarget {
  constructor(connection, devices, room) {
    super();
    this.connection = connection;
    this.devices = devices;
    this.room = room;
    this.peers = new Map();
    this.participants = [];
    this.ownId = null;
    this.isIn = false; // the person wants to be in the call, even while the connection is lost
    this.ending = null;
    this.listen();
  }

  listen() {
    const here = (name, act) =>
      this.connection.addEventListener(name, ({ detail }) => detail.room === this.room && act(detail));
    here("call.joined", (frame) => this.joined(frame));
    here("call.peer_joined", (frame) => this.meet(frame.peer, frame.participant));
    here("call.peer_left", (frame) => this.part(frame.peer));
    here("call.ended", (frame) => this.end(frame.code));
    here("call.credentials", (frame) => this.renewed(frame));
    here("call.state", (frame) => this.told(frame));
    here("signal", (frame) => this.hear(frame));
    here("live", () => this.isIn && this.ownId === null && this.ask());
    this.connection.addEventListener("refused", ({ detail }) => detail.id === "call.join" && this.end(detail.code));
    this.connection.addEventListener("state", ({ detail }) => this.follow(detail.state));
    this.devices.addEventListener("change", ({ detail }) => this.send(detail.kind));
    addEventListener("pagehide", () => this.hangUp());
    // Another network has other addresses: the old way leads nowhere.
    addEventListener("online", () => this.restart());
    navigator.connection?.addEventListener("change", () => this.restart());
  }

  join() {
    this.isIn = true;
    this.ending = null;
    this.ask();
    this.changed();
  }

  ask() {
    this.connection.send("call.join", { id: "call.join", room: this.room });
    remember(this.devices, this.room);
    this.changed();
  }

  leave() {
    this.connection.send("call.leave", { room: this.room });
    this.end(null);
  }

  joined({ peer, peers, ice_servers, expires_in }) {
    this.ownId = peer;
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

  meet(id, participant) {
    if (this.ownId === null || this.peers.has(id)) {
      return;
    }
    const own = {
      id: this.ownId,
      tracks: this.devices.outgoing,
      configuration: { iceServers: this.servers },
    };
    const signal = (data) => this.connection.send("signal", { room: this.room, to: id, data });
    const peer = new Peer({ id, participant }, own, signal);
    peer.addEventListener("change", () => this.changed());
    this.peers.set(id, peer);
    this.tellMedia(peer);
    this.changed();
  }

  part(id) {
    this.peers.get(id)?.close();
    this.peers.delete(id);
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
      remember(this.devices, this.room);
    }
  }

  tellMedia(peer) {
    peer.signal({ media: this.devices.media });
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
    for (const peer of this.peers.values()) {
      peer.close();
    }
    this.peers.clear();
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
    this.dispatchEvent(new Event("change"));
  }
}
