// The others in the call, one tile each: their picture, their name, how they are to be heard.

export class Tiles extends EventTarget {
  constructor(list, template, { words, nameOf, devices }) {
    super();
    this.isSilenced = false; // the browser wants a press before it plays any sound
    this.list = list;
    this.template = template;
    this.words = words;
    this.nameOf = nameOf;
    this.devices = devices;
    this.tiles = new Map();
  }

  draw({ peers, cares }) {
    for (const [id, tile] of this.tiles) {
      if (!peers.has(id)) {
        tile.remove();
        this.tiles.delete(id);
      }
    }
    for (const peer of peers.values()) {
      this.drawTile(this.tileOf(peer), peer, cares.get(peer.id).level);
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

  drawTile(tile, peer, level) {
    const video = tile.querySelector("video");
    if (video.srcObject !== peer.stream) {
      video.srcObject = peer.stream;
      this.start(video);
    }
    const { speaker } = this.devices.chosen;
    if (video.setSinkId !== undefined && video.sinkId !== speaker) {
      video.setSinkId(speaker).catch(() => {}); // unplugged: the usual speaker goes on
    }
    tile.classList.toggle("heyi-tile--screen", peer.media.screen === true);
    tile.classList.toggle("heyi-tile--voice", !peer.media.video || peer.media.paused === true);
    const state = tile.querySelector("[data-med-peer-state]");
    const text = this.stateOf(peer, level);
    if (state.textContent !== text) {
      state.textContent = text;
    }
  }

  async start(video) {
    try {
      await video.play();
    } catch (error) {
      if (error.name === "NotAllowedError") {
        this.isSilenced = true;
        this.dispatchEvent(new Event("silenced"));
      }
    }
  }

  /** To be called from a press. */
  play() {
    this.isSilenced = false;
    for (const video of this.list.querySelectorAll("video")) {
      this.start(video);
    }
    this.dispatchEvent(new Event("silenced"));
  }

  stateOf(peer, level) {
    if (peer.state === "connected") {
      const { audio, video, screen, soundOnly, paused } = peer.media;
      const said = [
        screen && "peer_screen",
        !audio && "peer_muted",
        soundOnly && "peer_sound_only",
        !video && !soundOnly && "peer_camera_off",
        paused && "peer_paused",
        level !== "good" && `connection_${level}`,
      ];
      const words = said.filter(Boolean).map((word) => this.words(word));
      return words.length > 0 ? words.join(", ") : this.words("connection_good");
    }
    const isTrouble = peer.state === "failed" || peer.state === "disconnected";
    return this.words(isTrouble ? "peer_trouble" : "peer_connecting");
  }
}
