// The feed: one request whose response brings every change of the sandbox. It is closed while the page is hidden, and
// opened again with the last revision, so that only what has changed is sent.

import { RequestError, send, toError } from "./api.js";

// A retry waits this long, doubled with each failure up to the maximum.
const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 8_000;
// The sandbox sends at least a comment every 15 s. After this time without anything, the connection is lost.
const SILENCE_MS = 40_000;

const RESTARTED = "The sandbox was restarted. The page shows what it has now.";
const RESET = "The sandbox was reset or restored. The page shows what it has now.";

export class Feed {
  constructor(store) {
    this.store = store;
    // What the sandbox needs to continue: its run, the number of its resets, and the last revision.
    this.position = null;
    this.begun = null;
    this.failures = 0;
    this.aborter = null;
    this.timer = 0;
  }

  start() {
    document.addEventListener("visibilitychange", () => (document.hidden ? this.pause() : this.resume()));
    addEventListener("online", () => this.connect());
    if (document.hidden) this.pause();
    else this.connect();
  }

  pause() {
    this.stop();
    // The form that asks for the token stays while its reader fetches the token from another tab.
    if (this.store.connection.state !== "refused") this.store.setConnection({ state: "paused" });
  }

  resume() {
    if (this.store.connection.state !== "refused") this.connect();
  }

  stop() {
    clearTimeout(this.timer);
    this.aborter?.abort();
    this.aborter = null;
  }

  /** Open the feed now, instead of the one that is open or waited for. */
  async connect() {
    this.stop();
    const aborter = new AbortController();
    this.aborter = aborter;
    if (this.store.connection.state !== "lost") this.store.setConnection({ state: "connecting" });
    let error = null;
    try {
      await this.read(aborter);
    } catch (caught) {
      error = caught;
    }
    // Another call of connect or pause has replaced this one.
    if (this.aborter === aborter) this.retry(error);
  }

  async read(aborter) {
    const response = await send("GET", `/_sandbox/feed${this.query()}`, undefined, { signal: aborter.signal });
    if (!response.ok) throw await toError(response);
    this.store.setConnection({ state: "live" });
    const reader = response.body.getReader();
    const events = new EventParser((name, data) => this.receive(name, JSON.parse(data)));
    for (;;) {
      const silence = setTimeout(() => aborter.abort(), SILENCE_MS);
      const { done, value } = await reader.read().finally(() => clearTimeout(silence));
      if (done || this.aborter !== aborter) return;
      events.push(value);
    }
  }

  query() {
    if (!this.position) return "";
    const { boot, generation, revision } = this.position;
    return `?${new URLSearchParams({ boot, generation, since: revision })}`;
  }

  receive(name, message) {
    this.failures = 0;
    if (name === "snapshot") {
      // A connection that is lost before all rows have come cannot be continued.
      this.begun = { boot: message.boot, generation: message.generation };
      this.position = null;
      this.store.applySnapshot(message);
      if (message.reason === "restarted") this.store.notify(RESTARTED);
      if (message.reason === "reset") this.store.notify(RESET);
      // What to be careful about, such as an address that other machines reach, is said once for each run.
      else if (message.reason !== "too_old") message.notes.forEach((note) => this.store.notify(note, "note"));
    } else if (name === "changes") {
      this.store.applyChanges(message);
      if (this.position) this.position.revision = message.revision;
    } else if (name === "ready") {
      this.position = { ...this.begun, revision: message.revision };
      this.store.applyReady();
    }
  }

  retry(error) {
    const isRefused = error instanceof RequestError && (error.status === 401 || error.status === 403);
    if (isRefused) {
      this.store.setConnection({ state: "refused", status: error.status, message: error.message });
      return;
    }
    const delay = Math.min(FIRST_DELAY_MS * 2 ** this.failures, MAX_DELAY_MS);
    this.failures += 1;
    const message = error instanceof RequestError && error.status ? error.message : "The sandbox does not answer.";
    this.store.setConnection({ state: "lost", message, retryInMs: delay });
    this.timer = setTimeout(() => this.connect(), delay);
  }
}

/** Reads server-sent events from chunks of bytes that may end anywhere. */
class EventParser {
  constructor(receive) {
    this.receive = receive;
    this.decoder = new TextDecoder();
    this.text = "";
  }

  push(bytes) {
    this.text += this.decoder.decode(bytes, { stream: true });
    let end = this.text.indexOf("\n\n");
    while (end >= 0) {
      this.dispatch(this.text.slice(0, end));
      this.text = this.text.slice(end + 2);
      end = this.text.indexOf("\n\n");
    }
  }

  dispatch(event) {
    const fields = new Map();
    for (const line of event.split("\n")) {
      const [, key, value] = /^(\w*): ?(.*)$/.exec(line) ?? [];
      if (key) fields.set(key, value);
    }
    if (fields.has("event") && fields.has("data")) this.receive(fields.get("event"), fields.get("data"));
  }
}
