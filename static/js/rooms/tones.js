// Short tones made in the page: a test of the speaker, and the sign that the room has changed.

const LOUDNESS = 0.2;
const FADE_S = 0.05;
// Each note: frequency in Hz, beginning and length in seconds.
export const TEST = [[440, 0, 0.35], [660, 0.4, 0.35]];
export const INTO_PRIVATE = [[660, 0, 0.25], [440, 0.25, 0.4]];
export const INTO_JOINT = [[440, 0, 0.25], [660, 0.25, 0.4]];

/** Plays the notes on this speaker ("" is the usual one); resolves when they have been heard. */
export async function play(notes, speaker = "") {
  const context = new AudioContext();
  try {
    const output = await outputOn(context, speaker);
    for (const note of notes) {
      sound(context, output, note);
    }
    const seconds = Math.max(...notes.map(([, start, length]) => start + length));
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  } finally {
    await context.close();
  }
}

async function outputOn(context, speaker) {
  if (speaker === "" || HTMLMediaElement.prototype.setSinkId === undefined) {
    return context.destination;
  }
  const output = context.createMediaStreamDestination();
  const player = new Audio();
  await player.setSinkId(speaker);
  player.srcObject = output.stream;
  await player.play();
  return output;
}

function sound(context, output, [frequency, start, length]) {
  const from = context.currentTime + start;
  const tone = new OscillatorNode(context, { frequency });
  const volume = new GainNode(context, { gain: 0 });
  volume.gain.setTargetAtTime(LOUDNESS, from, FADE_S);
  volume.gain.setTargetAtTime(0, from + length - 2 * FADE_S, FADE_S);
  tone.connect(volume).connect(output);
  tone.start(from);
  tone.stop(from + length);
}
