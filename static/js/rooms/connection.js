// One socket to the hub: opens, greets, listens, comes back after a loss. Dispatches each frame as
// an event named like it ("message.posted"), and "state" when the connection changes.
import { endingOf, pauseBefore } from "./pauses.js";

const SUBPROTOCOL = "med.v1";
const PING_MS = 15_000;
const SILENCE_MS = 10_000;

export class Connection extends EventTarget {
  /** @param {() => object} greeting the fields of the hello, asked for at every attempt */
  constructor(address, greeting) {
    super();
    this.address = address;
    this.greeting = greeting;
    this.attempt = 0;
    this.answered = null;
    this.state = "connecting";
    this.isLeaving = false;
    addEventListener("online", () => this.hurry());
    addEventListener("pagehide", () => this.leave());
    addEventListener("pageshow", (event) => event.persisted && this.comeBack());
    document.addEventListener("visibilitychange", () => document.hidden || this.hurry());
  }

  open() {
    clearTimeout(this.timer);
    this.answered = null; // another process may answer to other frames
    const socket = new WebSocket(this.address, SUBPROTOCOL);
    this.socket = socket;
    socket.addEventListener("open", () => this.send("hello", this.greeting()));
    socket.addEventListener("message", (event) => this.socket === socket && this.hear(event.data));
    socket.addEventListener("close", (event) => this.socket === socket && this.lose(event.code));
  }

  /** Whether the frame went. One the server does not know would make it close the socket. */
  send(name, fields = {}) {
    const isKnown = this.answered?.includes(name) ?? true;
    if (!isKnown || this.socket?.readyState !== WebSocket.OPEN) {
      return false;
    }
    this.socket.send(JSON.stringify({ name, ...fields }));
    return true;
  }

  get isLive() {
    return this.state === "live";
  }

  /** The room the page shows has caught up: from now on the connection is of use. */
  becomeLive() {
    this.attempt = 0;
    this.change("live");
    clearInterval(this.pinging);
    this.pinging = setInterval(() => this.ping(), PING_MS);
  }

  ping() {
    this.send("ping");
    clearTimeout(this.waiting);
    // A network that went away without a word leaves the socket open for minutes.
    this.waiting = setTimeout(() => this.abandon(), SILENCE_MS);
  }

  hear(text) {
    clearTimeout(this.waiting);
    const frame = JSON.parse(text);
    if (frame.name === "welcome") {
      this.answered = frame.frames ?? null;
    }
    this.dispatchEvent(new CustomEvent(frame.name, { detail: frame }));
  }

  abandon() {
    const socket = this.socket;
    this.lose(1006);
    socket?.close();
  }

  lose(code) {
    this.socket = undefined;
    clearInterval(this.pinging);
    clearTimeout(this.waiting);
    if (this.isLeaving) {
      return;
    }
    const ending = endingOf(code);
    this.change(ending === null ? "lost" : "ended", ending);
    if (ending === null) {
      this.timer = setTimeout(() => this.open(), pauseBefore(this.attempt, code));
      this.attempt += 1;
    }
  }

  hurry() {
    if (this.state === "lost" && this.socket === undefined) {
      this.open();
    } else if (this.isLive) {
      this.ping();
    }
  }

  leave() {
    this.isLeaving = true;
    this.socket?.close(1000);
  }

  comeBack() {
    this.isLeaving = false;
    this.change("lost", null);
    this.open();
  }

  change(state, ending = null) {
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: { state, ending } }));
  }
}
