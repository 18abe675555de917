// The person's own microphone and camera. Off means off: the device is let go, its light goes out.

const WANTED = {
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  video: { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 15, max: 24 } },
};
const PROBLEMS = { NotAllowedError: "device_refused", NotFoundError: "device_missing" };

export class Devices extends EventTarget {
  constructor() {
    super();
    this.tracks = { audio: null, video: null };
    this.problem = null;
  }

  isOn(kind) {
    return this.tracks[kind] !== null;
  }

  get media() {
    return { audio: this.isOn("audio"), video: this.isOn("video") };
  }

  async turnOn(kind) {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ [kind]: WANTED[kind] });
      this.off(kind);
      [this.tracks[kind]] = stream.getTracks();
      this.tracks[kind].addEventListener("ended", () => this.turnOff(kind));
      this.problem = null;
    } catch (error) {
      this.problem = PROBLEMS[error.name] ?? "device_busy";
    }
    this.tell(kind);
  }

  turnOff(kind) {
    this.off(kind);
    this.tell(kind);
  }

  async toggle(kind) {
    await (this.isOn(kind) ? this.turnOff(kind) : this.turnOn(kind));
  }

  stop() {
    this.turnOff("audio");
    this.turnOff("video");
  }

  off(kind) {
    this.tracks[kind]?.stop();
    this.tracks[kind] = null;
  }

  tell(kind) {
    this.dispatchEvent(new CustomEvent("change", { detail: { kind } }));
  }
}
