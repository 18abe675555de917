// How loud the microphone is, for a bar that moves when one speaks. Nothing of it leaves the page.

const QUIETEST_DB = -60;
const EVERY_MS = 100;

/** From 0 (silence) to 1 (as loud as can be), as people hear loudness. */
export function levelOf(samples) {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  const decibels = power === 0 ? QUIETEST_DB : 10 * Math.log10(power);
  return Math.min(1, Math.max(0, 1 - decibels / QUIETEST_DB));
}

export class Meter {
  constructor(element) {
    this.element = element;
    this.track = null;
  }

  /** Follows this track from now on; none stops it. */
  follow(track) {
    if (track === this.track) {
      return;
    }
    this.stop();
    this.track = track;
    if (track !== null) {
      this.context = new AudioContext();
      this.analyser = this.context.createAnalyser();
      this.context.createMediaStreamSource(new MediaStream([track])).connect(this.analyser);
      this.timer = setInterval(() => this.read(), EVERY_MS);
    }
  }

  read() {
    const samples = new Float32Array(this.analyser.fftSize);
    this.analyser.getFloatTimeDomainData(samples);
    this.element.value = levelOf(samples);
  }

  stop() {
    clearInterval(this.timer);
    this.context?.close();
    this.context = undefined;
    this.track = null;
    this.element.value = 0;
  }
}
