// Between the bytes that a browser's passkeys are made of and the JSON that a server reads: bytes
// as base64url without padding (WebAuthn level 3, 5.1.8 to 5.1.9). Browsers of before 2025 lack
// methods of their own for it.

export function toText(buffer) {
  const binary = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export function toBytes(text) {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

/** The server's options as `navigator.credentials` takes them. */
export function readOptions(options) {
  const read = { ...options, challenge: toBytes(options.challenge) };
  if (options.user) read.user = { ...options.user, id: toBytes(options.user.id) };
  for (const list of ["allowCredentials", "excludeCredentials"]) {
    if (options[list]) read[list] = options[list].map((one) => ({ ...one, id: toBytes(one.id) }));
  }
  return read;
}

const ANSWERS = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];

/** A credential as the server reads it: only what proves something. */
export function writeCredential({ id, rawId, type, response }) {
  const given = ANSWERS.filter((name) => response[name]);
  const written = Object.fromEntries(given.map((name) => [name, toText(response[name])]));
  return { id, rawId: toText(rawId), type, response: written };
}
