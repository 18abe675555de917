// The others in the call, one tile each: their picture, their name, how they are to be heard.

export class Tiles {
  constructor(list, template, { words, nameOf, devices }) {
    this.list = list;
    this.template = template;
    this.words = words;
    this.nameOf = nameOf;
    this.devices = devices;
    this.tiles = new Map();
  }

  draw(peers) {
    for (const [id, tile] of this.tiles) {
      if (!peers.has(id)) {
        tile.remove();
        this.tiles.delete(id);
      }
    }
    for (const peer of peers.values()) {
      this.drawTile(this.tileOf(peer), peer);
    }
  }

  tileOf(peer) {
    if (!this.tiles.has(peer.id)) {
      const tile = this.template.content.firstElementChild.cloneNode(true);
      tile.querySelector("[data-med-name]").textContent = this.nameOf(peer.participant);
      this.list.append(tile);
      this.tiles.set(peer.id, tile);
    }
    return this.tiles.get(peer.id);
  }

  drawTile(tile, peer) {
    const video = tile.querySelector("video");
    if (video.srcObject !== peer.stream) {
      video.srcObject = peer.stream;
      video.play().catch(() => {}); // it is set to play by itself; some browsers want to be asked
    }
    const { speaker } = this.devices.chosen;
    if (video.setSinkId !== undefined && video.sinkId !== speaker) {
      video.setSinkId(speaker).catch(() => {}); // unplugged: the usual speaker goes on
    }
    tile.classList.toggle("heyi-tile--screen", peer.media.screen === true);
    tile.classList.toggle("heyi-tile--voice", !peer.media.video);
    const state = tile.querySelector("[data-med-peer-state]");
    const text = this.stateOf(peer);
    if (state.textContent !== text) {
      state.textContent = text;
    }
  }

  stateOf(peer) {
    if (peer.state === "connected") {
      const { audio, video, screen, soundOnly } = peer.media;
      const said = [
        screen && "peer_screen",
        !audio && "peer_muted",
        soundOnly && "peer_sound_only",
        !video && !soundOnly && "peer_camera_off",
      ];
      const words = said.filter(Boolean).map((word) => this.words(word));
      return words.length > 0 ? words.join(", ") : this.words("peer_connected");
    }
    const isTrouble = peer.state === "failed" || peer.state === "disconnected";
    return this.words(isTrouble ? "peer_trouble" : "peer_connecting");
  }
}
