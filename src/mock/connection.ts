/**
 * One client of the simulated exchange: carries out what its session replies, passes every frame through the
 * fault script, and ends itself for silence or for reading too slowly.
 */
import { DEAF } from "./faults/faults.ts";
import type { Hub, Payload, Sink } from "./hub.ts";
import type { Outgoing } from "./faults/outgoing.ts";
import type { Script } from "./faults/script.ts";
import type { ServerEndpoint } from "./faults/script_values.ts";
import type { Reply, Session } from "./session.ts";
import { closeForSilence } from "./session.ts";

/** What a connection needs of a socket. */
export type Wire = {
  readonly isOpen: boolean;
  readonly bufferedAmount: number;
  send(payload: Payload): void;
  close(code: number, reason: string): void;
};

export type ConnectionOptions = {
  readonly endpoint: ServerEndpoint;
  readonly session: Session;
  readonly hub: Hub;
  readonly script: Script;
  readonly wire: Wire;
  readonly now: () => number;
  /** Runs `job` later; the answer takes it back. */
  readonly later: (job: () => void, delayMs: number) => () => void;
  readonly onSent: () => void;
};

/** Beyond this the exchange closes a client that reads too slowly (4005). */
const MOST_BUFFERED = 8 * 1024 * 1024;

export class Connection {
  readonly endpoint: ServerEndpoint;
  readonly session: Session;
  readonly #options: ConnectionOptions;
  readonly #openedMs: number;
  readonly #keys = new Set<string>();
  readonly #delayed = new Set<() => void>();
  readonly #sink: Sink;
  #sentMs: number;
  #ended = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.endpoint = options.endpoint;
    this.session = options.session;
    this.#openedMs = this.#sentMs = options.now();
    this.#sink = (payload, topic, push) => {
      const action = push.members?.["action"];
      return this.#deliver({
        kind: "push",
        endpoint: this.endpoint,
        payload,
        topics: [topic.channel, `${topic.channel}:${topic.filter}`],
        ...(typeof action === "string" ? { action } : {}),
        connection: this,
        delayMs: 0,
      });
    };
  }

  get subscriptions(): number {
    return this.#keys.size;
  }

  receive(text: string): void {
    // A closing socket may still bring requests; answering them would leave subscriptions behind.
    if (this.#ended) return;
    if (text !== "ping" && this.#options.script.isOn(DEAF)) return;
    for (const reply of this.session.receive(text, this.#options.now())) this.#carryOut(reply);
  }

  /** To be called about once a second. */
  tick(): void {
    const times = { openedMs: this.#openedMs, sentMs: this.#sentMs, subscribed: this.session.subscribed };
    const reply = closeForSilence(times, this.#options.now());
    // A silenced connection stays open: that is the point of that fault.
    if (reply !== undefined && !this.#isSilenced()) this.#carryOut(reply);
  }

  /** Sends the client a frame that it did not ask for, and closes some time after it. */
  announce(payload: Payload, closeAfterMs: number): void {
    this.#carryOut({ kind: "answer", payload });
    this.#later(() => this.close(1001, "Service upgrade"), closeAfterMs);
  }

  close(code: number, reason: string): void {
    this.end();
    this.#options.wire.close(code, reason);
  }

  /** Takes the connection out of everything; its socket is closed or about to be. */
  end(): void {
    this.#ended = true;
    for (const key of this.#keys) this.#options.hub.unsubscribe(key, this.#sink);
    this.#keys.clear();
    for (const cancel of this.#delayed) cancel();
    this.#delayed.clear();
  }

  #carryOut(reply: Reply): void {
    const { hub, now } = this.#options;
    switch (reply.kind) {
      case "answer":
      case "pong":
        this.#deliver({
          kind: reply.kind,
          endpoint: this.endpoint,
          payload: reply.payload,
          topics: [],
          delayMs: 0,
        });
        return;
      case "open":
        this.#keys.add(reply.topic.key);
        hub.subscribe(reply.topic, this.#sink, { nowMs: now(), repeats: this.#options.script.repeats });
        return;
      case "shut":
        this.#keys.delete(reply.key);
        hub.unsubscribe(reply.key, this.#sink);
        return;
      case "close":
        this.close(reply.code, reply.reason);
    }
  }

  #deliver(frame: Outgoing): boolean {
    let sent = false;
    for (const { payload, delayMs } of this.#options.script.treat(frame)) {
      sent = true;
      if (delayMs === 0) {
        this.#send(payload);
        continue;
      }
      this.#later(() => this.#send(payload), delayMs);
    }
    return sent;
  }

  #later(job: () => void, delayMs: number): void {
    const cancel = this.#options.later(() => {
      this.#delayed.delete(cancel);
      job();
    }, delayMs);
    this.#delayed.add(cancel);
  }

  #send(payload: Payload): void {
    const { wire, onSent, now } = this.#options;
    if (this.#ended || !wire.isOpen) return;
    if (wire.bufferedAmount > MOST_BUFFERED) {
      this.close(4005, "Send buffer full");
      return;
    }
    wire.send(payload);
    this.#sentMs = now();
    onSent();
  }

  #isSilenced(): boolean {
    const { script } = this.#options;
    return script.isOn("silent") || script.isOn(`silent ${this.endpoint}`);
  }
}
