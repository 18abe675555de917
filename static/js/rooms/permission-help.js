// In which browser a page runs, as far as the way to allow a camera differs between them.

const BROWSERS = [
  ["wechat", /MicroMessenger/],
  ["firefox", /Firefox\/|FxiOS\//],
  ["ios", /iPhone|iPad/],
  ["chrome", /Chrom(e|ium)\/|Edg\//],
  ["safari", /Safari\//],
];

/** The name of the piece of help that fits (data-med-help in rooms/_call_help.html). */
export function helpFor(userAgent, touchPoints = 0) {
  const [name] = BROWSERS.find(([, pattern]) => pattern.test(userAgent)) ?? ["other"];
  return name === "safari" && touchPoints > 1 ? "ios" : name; // an iPad calls itself a Mac
}
