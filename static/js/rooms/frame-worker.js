// The worker through which every frame of a larger call passes: sealed on its way out, opened on its
// way in. A frame for which there is no key goes nowhere.
import { Opener, Sealer, clearBytes } from "./frame-crypto.js";

const sealer = new Sealer();
const openers = new Map();
const sending = new Set(); // the transformers of the own picture
const waiting = new Map(); // of others' pictures that could not be opened yet

const acts = {
  use({ epoch, key }) {
    sealer.use(epoch, key);
    // Whoever has the new key alone can begin only with a whole picture.
    sending.forEach((transformer) => ask(transformer, "generateKeyFrame"));
  },
  know({ peer, epoch, key }) {
    openerOf(peer).know(epoch, key);
    if (waiting.has(peer)) {
      ask(waiting.get(peer), "sendKeyFrameRequest");
      waiting.delete(peer);
    }
  },
  forget({ peer }) {
    // What was heard of them stays known: whoever has them leave and come again by the same id could
    // else hand over their keys a second time, and play what they said once more.
    waiting.delete(peer);
  },
};

function openerOf(peer) {
  if (!openers.has(peer)) {
    openers.set(peer, new Opener());
  }
  return openers.get(peer);
}

/** For a whole picture. Browsers that cannot be asked send one by and by. */
async function ask(transformer, request) {
  try {
    await transformer[request]?.();
  } catch {
    // The connection has been closed meanwhile.
  }
}

function outward(transformer, kind) {
  if (kind === "video") {
    sending.add(transformer);
  }
  return (frame) => sealer.seal(frame.data, kind, clearBytes(kind, frame.type));
}

function inward(transformer, kind, peer) {
  return async (frame) => {
    const opened = await openerOf(peer).open(frame.data, kind, clearBytes(kind, frame.type));
    if (opened === null && kind === "video") {
      waiting.set(peer, transformer);
    }
    return opened;
  };
}

addEventListener("rtctransform", async ({ transformer }) => {
  const { kind, peer } = transformer.options;
  const change = peer === null ? outward(transformer, kind) : inward(transformer, kind, peer);
  const passage = new TransformStream({
    async transform(frame, controller) {
      const data = await change(frame);
      if (data !== null) {
        frame.data = data;
        controller.enqueue(frame);
      }
    },
  });
  try {
    await transformer.readable.pipeThrough(passage).pipeTo(transformer.writable);
  } catch {
    // The connection was closed.
  } finally {
    sending.delete(transformer);
  }
});

addEventListener("message", ({ data }) => acts[data.act](data));
postMessage("ready");
