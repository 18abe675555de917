// Getting ready for a call, and changing devices during one: the same dialog for both.
import { isGranted } from "./devices.js";
import { Meter } from "./meter.js";
import { helpFor } from "./permission-help.js";
import { TEST, play } from "./tones.js";

const SELECTS = { camera: "video", microphone: "audio", speaker: "speaker" };
const REFUSED = new Set(["device_refused", "device_unsupported"]);

export class Preparation {
  /** @param {() => void} join what happens when the person is ready */
  constructor(dialog, devices, words, join) {
    this.dialog = dialog;
    this.devices = devices;
    this.words = words;
    this.isInCall = false;
    this.meter = new Meter(this.find("meter"));
    this.browser = helpFor(navigator.userAgent, navigator.maxTouchPoints);
    this.listen(join);
  }

  find(hook) {
    return this.dialog.querySelector(`[data-med-${hook}]`);
  }

  listen(join) {
    const press = (hook, act) => this.find(hook).addEventListener("click", act);
    press("both", () => this.devices.turnOnBoth());
    press("again", () => this.devices.turnOnBoth());
    press("own-microphone", () => this.devices.toggle("audio"));
    press("own-camera", () => this.devices.toggle("video"));
    press("tone", () => play(TEST, this.devices.chosen.speaker));
    press("join", () => this.close() && join());
    press("cancel", () => this.dialog.close());
    this.find("sound-only").addEventListener("change", ({ target }) => this.devices.setSoundOnly(target.checked));
    for (const [hook, kind] of Object.entries(SELECTS)) {
      this.find(`choose-${hook}`).addEventListener("change", ({ target }) => this.devices.choose(kind, target.value));
    }
    this.devices.addEventListener("change", () => this.dialog.open && this.draw());
    this.dialog.addEventListener("close", () => this.closed());
  }

  async open(isInCall) {
    this.isInCall = isInCall;
    this.isReady = false;
    this.dialog.showModal();
    this.draw();
    if (!isInCall && (await isGranted("audio")) && (await isGranted("video")) && this.dialog.open) {
      await this.devices.turnOnBoth();
    }
  }

  close() {
    this.isReady = true;
    this.dialog.close();
    return true;
  }

  /** Closed by whatever means: who did not join keeps no device on. */
  closed() {
    this.meter.stop();
    showTrack(this.find("preview"), null);
    if (!this.isReady && !this.isInCall) {
      this.devices.stop();
    }
  }

  draw() {
    const { devices } = this;
    showTrack(this.find("preview"), devices.tracks.video);
    this.find("no-picture").hidden = devices.isOn("video");
    const isAsked = devices.isOn("audio") || devices.isOn("video") || devices.problem !== null;
    this.find("both").hidden = isAsked || devices.isSoundOnly;
    this.find("own-camera").hidden = devices.isSoundOnly;
    this.find("sound-only").checked = devices.isSoundOnly;
    drawToggle(this.find("own-microphone"), devices.isOn("audio"), this.words, "microphone");
    drawToggle(this.find("own-camera"), devices.isOn("video"), this.words, "camera");
    this.meter.follow(devices.tracks.audio);
    this.drawDecision();
    this.drawProblem();
    this.drawLists();
  }

  drawDecision() {
    for (const place of this.dialog.querySelectorAll("[data-med-before]")) {
      place.hidden = this.isInCall;
    }
    this.find("join-label").textContent = this.words(this.joinWord());
    this.find("cancel").textContent = this.words(this.isInCall ? "call_done" : "call_not_now");
  }

  joinWord() {
    const { audio, video } = this.devices.media;
    if (audio) {
      return video ? "join_both" : "join_sound";
    }
    return video ? "join_picture" : "join_nothing";
  }

  drawProblem() {
    const { problem } = this.devices;
    const isRefused = REFUSED.has(problem);
    const text = problem === null ? "" : this.words(problem);
    const place = this.find("problem");
    place.hidden = problem === null;
    this.find("again").hidden = problem === null;
    for (const help of this.dialog.querySelectorAll("[data-med-help]")) {
      const fits = help.dataset.medHelp === this.browser;
      help.hidden = !fits || !(isRefused || this.browser === "wechat");
    }
    if (place.textContent !== text) {
      place.textContent = text; // said once, not at every drawing
      place.scrollIntoView({ block: "start" });
    }
  }

  async drawLists() {
    const lists = await this.devices.list();
    const canChooseSpeaker = HTMLMediaElement.prototype.setSinkId !== undefined;
    for (const [hook, kind] of Object.entries(SELECTS)) {
      const list = kind === "speaker" && !canChooseSpeaker ? [] : lists[kind];
      this.find(`${hook}-choice`).hidden = list.length < 2;
      fill(this.find(`choose-${hook}`), list, this.inUse(kind));
    }
    this.find("choices").hidden = Object.keys(SELECTS).every((hook) => this.find(`${hook}-choice`).hidden);
  }

  inUse(kind) {
    return this.devices.tracks[kind]?.getSettings().deviceId ?? this.devices.chosen[kind];
  }
}

function fill(select, list, chosen) {
  select.replaceChildren(...list.map(({ id, label }) => new Option(label, id, false, id === chosen)));
}

export function drawToggle(button, isOn, words, word) {
  button.querySelector("[data-med-when-on]").hidden = !isOn;
  button.querySelector("[data-med-when-off]").hidden = isOn;
  button.querySelector("[data-med-label]").textContent = words(`${word}_${isOn ? "off" : "on"}`);
}

export function showTrack(video, track) {
  const shown = video.srcObject?.getVideoTracks()[0] ?? null;
  if (shown !== track) {
    video.srcObject = track === null ? null : new MediaStream([track]);
  }
  video.hidden = track === null;
}
