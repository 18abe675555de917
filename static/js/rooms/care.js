// Looks after what is sent to one peer: measures the way, sends as much picture as it bears.
import { Ladder, SOUND_ALONE, encodingOf } from "./ladder.js";
import { Level, look } from "./quality.js";

export const LOOK_MS = 2_000;

export class Care {
  constructor(peer) {
    this.peer = peer;
    this.ladder = new Ladder();
    this.quality = new Level();
    this.level = "good";
    this.rung = 0;
  }

  /** Whether the other person misses our picture, because only the sound fits through. */
  get isPaused() {
    return this.rung === SOUND_ALONE && this.peer.tracks.video !== null && !this.peer.media.soundOnly;
  }

  /** One look; to be called every LOOK_MS. `others` is how many people we send to. */
  async tend(others) {
    if (this.peer.state !== "connected") {
      return;
    }
    const reports = await this.peer.pc.getStats();
    this.seen = look(reports.values(), this.seen);
    this.level = this.quality.take(this.seen);
    this.rung = this.ladder.take(this.seen, others);
    await this.shape();
  }

  async shape() {
    const sender = this.peer.senderOf("video");
    const parameters = sender?.getParameters();
    if (!parameters?.encodings?.length) {
      return; // not agreed yet; the next look comes soon
    }
    const wanted = encodingOf(this.rung, sender.track?.contentHint === "detail");
    const [encoding] = parameters.encodings;
    if (Object.entries(wanted).some(([name, value]) => encoding[name] !== value)) {
      Object.assign(encoding, wanted);
      await sender.setParameters(parameters);
    }
  }
}
