// That this tab is in a call, so that it can come back after a crash, a reload or a move to another
// room. Kept in the tab alone (sessionStorage), only while one is in a call; the server never sees it.

const KEY = "heyi.call";
const OFFERED_MS = 30 * 60_000;
const MOVING_MS = 60_000;

/** What is on and which devices were chosen. */
export function settingsOf(devices) {
  const { chosen, isSoundOnly } = devices;
  return { on: { audio: devices.isOn("audio"), video: devices.isOn("video") }, chosen, isSoundOnly };
}

export function remember(settings, room, { isMoving = false } = {}) {
  sessionStorage.setItem(KEY, JSON.stringify({ ...settings, room, isMoving, at: Date.now() }));
}

export function forget() {
  sessionStorage.removeItem(KEY);
}

/** What was left of a call in this room; null when there was none, or long ago. */
export function recall(room, stored = sessionStorage.getItem(KEY), now = Date.now()) {
  const found = stored === null ? null : JSON.parse(stored);
  if (found?.room !== room || now - found.at > OFFERED_MS) {
    return null;
  }
  return { ...found, isMoving: found.isMoving && now - found.at <= MOVING_MS };
}

/** Brings the devices back as they were: what was off stays off. */
export async function restore(devices, { on, chosen, isSoundOnly }) {
  Object.assign(devices, { chosen, isSoundOnly });
  if (on.audio && on.video) {
    await devices.turnOnBoth();
  } else if (on.audio || on.video) {
    await devices.turnOn(on.audio ? "audio" : "video");
  }
}
