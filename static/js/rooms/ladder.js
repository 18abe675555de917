// How much picture one other browser is sent: less with every person more and with every loss, down
// to sound alone, and back again when the way is good for a while.

// scaleResolutionDownBy, maxBitrate in bits a second, maxFramerate.
const CAMERA = [
  [1, 600_000, 24],
  [1.5, 300_000, 15],
  [2, 150_000, 12],
  [3, 80_000, 8],
];
// Letters must stay readable, so a screen gives up movement before size.
const SCREEN = [
  [1, 1_000_000, 8],
  [1, 500_000, 5],
  [1, 250_000, 3],
  [1.5, 120_000, 2],
];
export const SOUND_ALONE = CAMERA.length;
const BAD_LOSS = 0.08;
const GOOD_LOSS = 0.02;
const LEAST_BITRATE = 90_000; // sound and the smallest picture
const LOOKS_DOWN = 2;
const LOOKS_UP = 5;
const LOOKS_BACK = 10; // a picture that comes and goes is worse than none

export class Ladder {
  constructor() {
    this.rung = 0;
    this.bad = 0;
    this.good = 0;
  }

  /** @param {number} others how many people this browser sends to; returns the rung to be on */
  take({ lost, sent }, others) {
    const top = Math.min(others - 1, 2);
    const isTight = this.rung < SOUND_ALONE && sent !== null && sent < LEAST_BITRATE;
    this.bad = lost > BAD_LOSS || isTight ? this.bad + 1 : 0;
    this.good = lost < GOOD_LOSS && !isTight ? this.good + 1 : 0;
    if (this.bad >= LOOKS_DOWN && this.rung < SOUND_ALONE) {
      this.step(1);
    } else if (this.good >= (this.rung === SOUND_ALONE ? LOOKS_BACK : LOOKS_UP) && this.rung > top) {
      this.step(-1);
    }
    this.rung = Math.max(this.rung, top);
    return this.rung;
  }

  step(by) {
    this.rung += by;
    this.bad = this.good = 0;
  }
}

/** The encoding of a rung, for RTCRtpSender.setParameters. */
export function encodingOf(rung, isScreen) {
  if (rung === SOUND_ALONE) {
    return { active: false };
  }
  const [scaleResolutionDownBy, maxBitrate, maxFramerate] = (isScreen ? SCREEN : CAMERA)[rung];
  return { active: true, scaleResolutionDownBy, maxBitrate, maxFramerate };
}
