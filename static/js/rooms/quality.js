// How good the way to one other browser is, from what the browser itself counts (getStats).

const GOOD = { roundTrip: 0.3, lost: 0.03 };
const WEAK = { roundTrip: 0.8, lost: 0.1 };

/**
 * What one look at the statistics says.
 * @param {Iterable<object>} reports the values of an RTCStatsReport
 * @param {object} [before] the look before this one, for what was lost since
 * @returns roundTrip in seconds and sent (bits a second that fit) or null, lost from 0 to 1 in the
 *   worse of both directions
 */
export function look(reports, before = { expected: 0, missing: 0 }) {
  const seen = { roundTrip: null, sent: null, lost: 0, expected: 0, missing: 0 };
  for (const report of reports) {
    if (isInUse(report)) {
      seen.roundTrip = report.currentRoundTripTime ?? null;
      seen.sent = report.availableOutgoingBitrate ?? null;
    } else if (report.type === "remote-inbound-rtp") {
      seen.lost = Math.max(seen.lost, report.fractionLost ?? 0);
    } else if (report.type === "inbound-rtp") {
      seen.missing += Math.max(0, report.packetsLost ?? 0);
      seen.expected += (report.packetsReceived ?? 0) + Math.max(0, report.packetsLost ?? 0);
    }
  }
  const expected = seen.expected - before.expected;
  const missing = Math.max(0, seen.missing - before.missing);
  return { ...seen, lost: Math.max(seen.lost, expected > 0 ? missing / expected : 0) };
}

/** Whether a report is of the way in use. Firefox nominates every pair that works, and marks that one. */
export const isInUse = ({ type, nominated, state, selected }) =>
  type === "candidate-pair" && nominated && state === "succeeded" && selected !== false;

/** "good", "weak" or "bad". */
export function levelOf({ roundTrip, lost }) {
  const isWithin = (limits) => (roundTrip ?? 0) <= limits.roundTrip && lost <= limits.lost;
  if (isWithin(GOOD)) {
    return "good";
  }
  return isWithin(WEAK) ? "weak" : "bad";
}

/** Two looks must agree before what is told changes: a flickering word makes nervous. */
export class Level {
  constructor() {
    this.now = "good";
    this.last = "good";
  }

  take(seen) {
    const level = levelOf(seen);
    if (level === this.last) {
      this.now = level;
    }
    this.last = level;
    return this.now;
  }
}
