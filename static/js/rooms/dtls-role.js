// Which of two browsers begins the encryption (DTLS) stays as it was agreed at first, also when they
// look for another way to each other. Firefox forgets it if an offer leaves it open, answers with the
// other role, and Chromium takes no such answer: the call would never find the other way.

const OPPOSITE = { active: "passive", passive: "active" };

/** The offer as it is sent: with the role this browser has, once there is one (RFC 8842, 5.5). */
export function withRole({ type, sdp }, pc) {
  const role = roleIn(pc);
  return { type, sdp: role === undefined ? sdp : sdp.replace(/^a=setup:actpass/gm, `a=setup:${role}`) };
}

/** The answer of the two descriptions in force decided it. */
function roleIn({ currentLocalDescription: local, currentRemoteDescription: remote }) {
  return local?.type === "answer" ? setupIn(local) : OPPOSITE[setupIn(remote)];
}

const setupIn = (description) => /^a=setup:(\w+)/m.exec(description?.sdp)?.[1];
