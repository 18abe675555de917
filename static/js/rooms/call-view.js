// The call on the page: the bar above the chat, its buttons, and what they open.
import { Call } from "./call.js";
import { Devices } from "./devices.js";
import { Moves } from "./moves.js";
import { Preparation, drawToggle, showTrack } from "./preparation.js";
import { Tiles } from "./tiles.js";
import { forget, recall, restore } from "./way-back.js";

const ENDINGS = {
  replaced: "call_replaced",
  consent_missing: "call_not_agreed",
  call_full: "call_full",
  call_not_encrypted: "call_not_encrypted",
  media_away: "call_media_away",
  media_lost: "call_media_lost",
  call_ended: "call_ended",
};

/** Names one after the other, as the page's language strings them together. */
const together = (names) =>
  new Intl.ListFormat(document.documentElement.lang, { style: "narrow" }).format(names);

export class CallView {
  constructor(root, connection, { words, room, me, names }) {
    this.page = root;
    this.root = root.querySelector("[data-med-call]");
    if (this.root === null) {
      return;
    }
    this.root.hidden = false;
    if (globalThis.RTCPeerConnection === undefined || navigator.mediaDevices === undefined) {
      this.find("unable").hidden = false;
      this.find("call-open")?.remove();
      return;
    }
    this.words = words;
    this.names = names;
    this.me = me;
    this.room = room;
    this.devices = new Devices();
    this.call = new Call(connection, this.devices, { room, me, names });
    const dialog = document.querySelector("[data-med-preparation]");
    this.preparation = new Preparation(dialog, this.devices, words, () => this.join());
    const nameOf = (participant) => this.nameOf(participant);
    this.moves = new Moves(this.root, connection, this.call, words);
    this.tiles = new Tiles(this.find("tiles"), this.find("tile-template"), { words, nameOf, devices: this.devices });
    this.listen();
    this.draw();
    if (this.moves.isArriving) {
      this.comeBack();
    }
  }

  find(hook) {
    return this.root.querySelector(`[data-med-${hook}]`);
  }

  listen() {
    const press = (hook, act) => this.find(hook)?.addEventListener("click", act);
    press("call-open", () => this.preparation.open(false));
    press("return", () => this.comeBack());
    press("devices", () => this.preparation.open(true));
    press("leave", () => this.leave());
    press("hear", () => this.tiles.play());
    this.tiles.addEventListener("silenced", () => this.draw());
    press("microphone", () => this.devices.toggle("audio"));
    press("camera", () => this.devices.toggle("video"));
    press("screen", () => (this.devices.isOn("screen") ? this.devices.stopSharing() : this.devices.share()));
    this.devices.addEventListener("change", () => this.draw());
    this.call.addEventListener("change", () => this.draw());
  }

  join() {
    this.call.join();
    this.find("leave").focus();
  }

  leave() {
    this.call.leave();
    this.find("call-open")?.focus();
  }

  /** After a reload or a crash with one press, after a move by itself: everything is as it was. */
  async comeBack() {
    const left = recall(this.room);
    this.call.join();
    this.find("leave").focus();
    await restore(this.devices, left ?? { on: {}, chosen: this.devices.chosen, isSoundOnly: false });
    if (!this.call.isIn) {
      this.devices.stop(); // it ended while the browser asked
      forget();
    }
  }

  draw() {
    const { isIn } = this.call;
    this.page.classList.toggle("heyi-room--calling", isIn);
    const canReturn = !isIn && this.find("call-open") !== null && recall(this.room) !== null;
    if (this.find("call-open")) {
      this.find("call-open").hidden = isIn;
    }
    this.find("return-offer").hidden = !canReturn;
    for (const place of this.root.querySelectorAll("[data-med-in-call]")) {
      place.hidden = !isIn;
    }
    this.find("screen").hidden = !this.devices.canShare || this.devices.isSoundOnly;
    this.find("camera").hidden = this.devices.isSoundOnly;
    this.drawState();
    this.drawMode();
    this.drawOwn();
    this.drawCare();
    this.find("safety-code").textContent = this.call.code;
    this.find("safety-wait").hidden = this.call.code !== "";
    this.tiles.draw(this.call);
    this.find("unknown").hidden = this.call.unknown.size === 0;
    this.find("silenced").hidden = !this.tiles.isSilenced;
    this.find("arrival").hidden = !isIn || !this.moves.isArriving;
  }

  /** Why the others may not see one's picture; the sound goes before it. */
  drawCare() {
    const { pausedFor, peers } = this.call;
    const names = pausedFor.map((participant) => this.nameOf(participant));
    const word = pausedFor.length === peers.size ? "care_paused" : "care_paused_for";
    const text = pausedFor.length > 0 ? this.words(word, { names: together(names) }) : "";
    this.find("care").hidden = text === "";
    if (this.find("care").textContent !== text) {
      this.find("care").textContent = text;
    }
  }

  drawState() {
    const text = this.describe();
    if (this.find("call-state").textContent !== text) {
      this.find("call-state").textContent = text; // said once, not at every drawing
    }
  }

  /** Which way sound and picture go; said once more when that changes during the call. */
  drawMode() {
    const { isIn, mode } = this.call;
    for (const piece of this.root.querySelectorAll("[data-med-mode]")) {
      piece.hidden = piece.dataset.medMode !== mode;
    }
    const text = isIn && mode === "server" ? this.words("call_larger") : "";
    this.find("route").hidden = text === "";
    if (this.find("route").textContent !== text) {
      this.find("route").textContent = text;
    }
  }

  drawOwn() {
    const { devices, words } = this;
    const isIn = this.call.isIn;
    showTrack(this.find("own-picture"), isIn ? devices.outgoing.video : null);
    this.find("own-picture").classList.toggle("heyi-call__preview--mirrored", !devices.isOn("screen"));
    this.find("sharing").hidden = !devices.isOn("screen");
    drawToggle(this.find("microphone"), devices.isOn("audio"), words, "microphone");
    drawToggle(this.find("camera"), devices.isOn("video"), words, "camera");
    this.find("screen-label").textContent = words(devices.isOn("screen") ? "screen_off" : "screen_on");
    const problem = isIn ? devices.problem : null;
    this.find("device-problem").hidden = problem === null;
    this.find("device-problem").textContent = problem === null ? "" : words(problem);
  }

  describe() {
    const { isIn, ownId, peers, participants, ending } = this.call;
    if (isIn && ownId === null) {
      return this.words(this.call.connection.isLive ? "connecting" : "call_reconnecting");
    }
    if (isIn && this.call.isMediatorAway) {
      return this.words("call_mediator_away");
    }
    if (isIn && peers.size === 0) {
      return this.words("call_waiting");
    }
    const names = participants.map((id) => (id === this.me ? this.words("you") : this.nameOf(id)));
    const inCall = names.length > 0 ? this.words("call_some", { names: together(names) }) : "";
    const why = isIn ? "" : this.words(ENDINGS[ending] ?? ""); // also while the others talk on
    return [why, inCall].filter(Boolean).join(" ");
  }

  nameOf(participant) {
    return this.names[participant] ?? this.words("somebody");
  }
}
