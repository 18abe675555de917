// The person's own microphone, camera and screen. Off means off: the device is let go, its light
// goes out. Which device was chosen is known to this page only (see way-back.js).

const KINDS = ["audio", "video"];
const WANTED = {
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  video: { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 15, max: 24 } },
};
const PROBLEMS = {
  NotAllowedError: "device_refused",
  NotFoundError: "device_missing",
  OverconstrainedError: "device_missing",
};
const PERMISSIONS = { audio: "microphone", video: "camera" };
const LISTED = { audioinput: "audio", videoinput: "video", audiooutput: "speaker" };

export class Devices extends EventTarget {
  constructor() {
    super();
    this.tracks = { audio: null, video: null, screen: null };
    this.chosen = { audio: "", video: "", speaker: "" }; // ids; "" leaves it to the browser
    this.wanted = { audio: false, video: false, screen: false };
    this.problems = { audio: null, video: null };
    this.isSoundOnly = false; // no pictures in either direction
    navigator.mediaDevices?.addEventListener("devicechange", () => this.tell("list"));
  }

  isOn(kind) {
    return this.tracks[kind] !== null;
  }

  get problem() {
    return this.problems.audio ?? this.problems.video;
  }

  /** What goes to the others. A shared screen takes the place of the camera's picture. */
  get outgoing() {
    return { audio: this.tracks.audio, video: this.tracks.screen ?? this.tracks.video };
  }

  get media() {
    return {
      audio: this.isOn("audio"),
      video: this.isOn("video") || this.isOn("screen"),
      screen: this.isOn("screen"),
      soundOnly: this.isSoundOnly,
    };
  }

  /** Both with one question to the person; each by itself where both together do not work. */
  async turnOnBoth() {
    try {
      this.want("audio", "video");
      this.take(await this.ask(KINDS));
    } catch (error) {
      for (const kind of KINDS) {
        const again = error.name !== "NotAllowedError" || (await isGranted(kind));
        await (again ? this.turnOn(kind) : this.fail(kind, error));
      }
    }
  }

  async turnOn(kind) {
    try {
      this.want(kind);
      this.take(await this.ask([kind]));
    } catch (error) {
      this.fail(kind, error);
    }
  }

  want(...kinds) {
    for (const kind of kinds) {
      this.wanted[kind] = true;
    }
  }

  ask(kinds) {
    const wanted = kinds.map((kind) => {
      const chosen = this.chosen[kind];
      return [kind, { ...WANTED[kind], ...(chosen && { deviceId: { exact: chosen } }) }];
    });
    return navigator.mediaDevices.getUserMedia(Object.fromEntries(wanted));
  }

  take(stream) {
    for (const track of stream.getTracks()) {
      this.takeTrack(track);
    }
  }

  takeTrack(track) {
    const { kind } = track;
    if (!this.wanted[kind]) {
      track.stop(); // the person went away while the browser asked
      return;
    }
    this.tracks[kind]?.stop();
    this.tracks[kind] = track;
    this.problems[kind] = null;
    track.addEventListener("ended", () => this.tracks[kind] === track && this.lose(kind));
    this.tell(kind);
  }

  fail(kind, error) {
    if (error.name === "OverconstrainedError" && this.chosen[kind]) {
      this.chosen[kind] = ""; // it is not there any more: any other will do
      return this.turnOn(kind);
    }
    const unable = navigator.mediaDevices === undefined ? "device_unsupported" : "device_busy";
    this.problems[kind] = PROBLEMS[error.name] ?? unable;
    this.tell(kind);
    return undefined;
  }

  lose(kind) {
    this.problems[kind] = "device_gone";
    this.turnOff(kind);
  }

  turnOff(kind) {
    this.wanted[kind] = false;
    this.tracks[kind]?.stop();
    this.tracks[kind] = null;
    this.tell(kind);
  }

  async toggle(kind) {
    await (this.isOn(kind) ? this.turnOff(kind) : this.turnOn(kind));
  }

  /** Another device from now on, in a call as before it. */
  async choose(kind, id) {
    this.chosen[kind] = id;
    await (this.isOn(kind) ? this.turnOn(kind) : this.tell(kind));
  }

  setSoundOnly(isSoundOnly) {
    this.isSoundOnly = isSoundOnly;
    if (isSoundOnly) {
      this.stopSharing();
      this.turnOff("video");
    }
    this.tell("video");
  }

  get canShare() {
    return navigator.mediaDevices?.getDisplayMedia !== undefined;
  }

  async share() {
    try {
      this.want("screen");
      const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 8 } } });
      this.takeScreen(stream.getVideoTracks()[0]);
    } catch (error) {
      // Who says no to the browser's question has thought better of it, and needs no explanation.
      this.problems.video = error.name === "NotAllowedError" ? null : "screen_failed";
    }
    this.tell("video");
  }

  takeScreen(track) {
    if (!this.wanted.screen) {
      track.stop(); // the call ended while the browser asked
      return;
    }
    this.tracks.screen?.stop();
    this.tracks.screen = track;
    this.problems.video = null;
    track.contentHint = "detail"; // letters shall stay readable
    track.addEventListener("ended", () => this.tracks.screen === track && this.stopSharing());
  }

  stopSharing() {
    this.wanted.screen = false;
    this.tracks.screen?.stop();
    this.tracks.screen = null;
    this.tell("video");
  }

  stop() {
    this.stopSharing();
    this.turnOff("audio");
    this.turnOff("video");
  }

  /** The devices there are, by kind; without names before the person allowed their use. */
  async list() {
    const found = { audio: [], video: [], speaker: [] };
    const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
    for (const { kind, deviceId, label } of devices) {
      if (deviceId !== "" && label !== "") {
        found[LISTED[kind]].push({ id: deviceId, label });
      }
    }
    return found;
  }

  tell(kind) {
    this.dispatchEvent(new CustomEvent("change", { detail: { kind } }));
  }
}

/** Whether the browser will lend the device without asking. */
export async function isGranted(kind) {
  try {
    const { state } = await navigator.permissions.query({ name: PERMISSIONS[kind] });
    return state === "granted";
  } catch {
    return false; // a browser that does not say
  }
}
