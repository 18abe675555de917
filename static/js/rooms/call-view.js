// The call on the page: getting ready, the pictures, the buttons.
import { Call } from "./call.js";
import { Devices } from "./devices.js";

const ENDINGS = {
  replaced: "call_replaced",
  consent_missing: "call_not_agreed",
  call_full: "call_full",
  call_ended: "call_ended",
};

export class CallView {
  constructor(root, connection, { words, room, me, names }) {
    this.root = root.querySelector("[data-med-call]");
    if (this.root === null || globalThis.RTCPeerConnection === undefined) {
      return;
    }
    this.words = words;
    this.names = names;
    this.me = me;
    this.devices = new Devices();
    this.call = new Call(connection, this.devices, room);
    this.isPreparing = false;
    this.tiles = new Map();
    this.listen();
    this.root.hidden = false;
    this.draw();
  }

  find(hook) {
    return this.root.querySelector(`[data-med-${hook}]`);
  }

  listen() {
    const press = (hook, act) => this.find(hook)?.addEventListener("click", act);
    press("call-open", () => this.prepare());
    press("join", () => this.join());
    press("cancel", () => this.cancel());
    press("leave", () => this.call.leave());
    press("microphone", () => this.devices.toggle("audio"));
    press("camera", () => this.devices.toggle("video"));
    this.devices.addEventListener("change", () => this.draw());
    this.call.addEventListener("change", () => this.draw());
  }

  async prepare() {
    this.isPreparing = true;
    this.draw();
    await this.devices.turnOn("audio");
    await this.devices.turnOn("video");
    this.find("join").focus();
  }

  join() {
    this.isPreparing = false;
    this.call.join();
    this.draw();
    this.find("leave").focus();
  }

  cancel() {
    this.isPreparing = false;
    this.devices.stop();
    this.find("call-open").focus();
  }

  draw() {
    const { isIn } = this.call;
    if (this.find("call-open")) {
      this.find("call-open").hidden = isIn || this.isPreparing;
    }
    this.find("preparing").hidden = !this.isPreparing;
    this.find("deciding").hidden = !this.isPreparing;
    this.find("devices").hidden = !isIn && !this.isPreparing;
    this.find("leave").hidden = !isIn;
    this.find("call-state").textContent = this.describe();
    this.find("preview").classList.toggle("heyi-call__preview--small", isIn);
    show(this.find("preview"), this.devices.tracks.video);
    this.drawButton("microphone", "audio");
    this.drawButton("camera", "video");
    this.drawProblem();
    this.drawTiles();
  }

  describe() {
    const { isIn, ownId, peers, participants, ending } = this.call;
    if (isIn && ownId === null) {
      return this.words(this.call.connection.isLive ? "connecting" : "call_reconnecting");
    }
    if (isIn && peers.size === 0) {
      return this.words("call_waiting");
    }
    if (participants.length > 0) {
      const names = participants.map((id) => (id === this.me ? this.words("you") : this.nameOf(id)));
      return this.words("call_some", { names: names.join(", ") });
    }
    return this.words(ENDINGS[ending] ?? "");
  }

  nameOf(participant) {
    return this.names[participant] ?? this.words("somebody");
  }

  drawButton(hook, kind) {
    const button = this.find(hook);
    const isOn = this.devices.isOn(kind);
    button.querySelector("[data-med-when-on]").hidden = !isOn;
    button.querySelector("[data-med-when-off]").hidden = isOn;
    button.querySelector("[data-med-label]").textContent = this.words(`${hook}_${isOn ? "off" : "on"}`);
  }

  drawProblem() {
    const { problem } = this.devices;
    const place = this.find("device-problem");
    place.hidden = problem === null;
    place.textContent = problem === null ? "" : this.words(problem);
  }

  drawTiles() {
    const peers = this.call.peers;
    for (const [id, tile] of this.tiles) {
      if (!peers.has(id)) {
        tile.remove();
        this.tiles.delete(id);
      }
    }
    for (const peer of peers.values()) {
      this.drawTile(peer);
    }
  }

  drawTile(peer) {
    if (!this.tiles.has(peer.id)) {
      const tile = this.find("tile-template").content.firstElementChild.cloneNode(true);
      tile.querySelector("[data-med-name]").textContent = this.nameOf(peer.participant);
      this.find("tiles").append(tile);
      this.tiles.set(peer.id, tile);
    }
    const tile = this.tiles.get(peer.id);
    const video = tile.querySelector("video");
    if (video.srcObject !== peer.stream) {
      video.srcObject = peer.stream;
      video.play().catch(() => {}); // it is set to play by itself; some browsers want to be asked
    }
    tile.querySelector("[data-med-peer-state]").textContent = this.stateOf(peer);
  }

  stateOf(peer) {
    if (peer.state === "connected") {
      const off = [!peer.media.audio && "peer_muted", !peer.media.video && "peer_camera_off"];
      const said = off.filter(Boolean).map((word) => this.words(word));
      return said.length > 0 ? said.join(", ") : this.words("peer_connected");
    }
    const isTrouble = peer.state === "failed" || peer.state === "disconnected";
    return this.words(isTrouble ? "peer_trouble" : "peer_connecting");
  }
}

function show(video, track) {
  const shown = video.srcObject?.getVideoTracks()[0] ?? null;
  if (shown !== track) {
    video.srcObject = track === null ? null : new MediaStream([track]);
  }
  video.hidden = track === null;
}
