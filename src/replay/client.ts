/**
 * One client of a recording: what it asks for, and what it is answered, in the words of the exchange. It may subscribe what
 * was recorded and nothing else; a login is always taken.
 */
import { parseObject } from "../shared/json_object.ts";
import type { Protocol } from "../okx/codec.ts";
import type { Arg } from "../okx/frame.ts";
import { topicKey } from "../okx/topic.ts";
import type { RecordedPush } from "../recording/frames.ts";
import { SERVER_MESSAGES, type ServerMessages } from "./server_messages.ts";

/** What a client needs of the recording and of its socket. */
export type ReplayClientOptions = {
  readonly protocol: Protocol;
  readonly connId: string;
  /** Whether a subscription is in the recording. */
  readonly isRecorded: (desired: Arg, protocol: Protocol) => boolean;
  readonly send: (payload: string | Uint8Array<ArrayBuffer>) => void;
  /** Called when its subscriptions have changed; with `added` what is subscribed now. */
  readonly onChange: (client: ReplayClient, added?: Arg) => void;
};

/** Longest request that OKX takes. */
const MAX_REQUEST = 64 * 1024;

/** Used for one connection. */
export class ReplayClient {
  readonly #options: ReplayClientOptions;
  readonly #speech: ServerMessages;
  readonly #desired = new Map<string, Arg>();

  constructor(options: ReplayClientOptions) {
    this.#options = options;
    this.#speech = SERVER_MESSAGES[options.protocol];
  }

  /** Returns whether a push is of anything that it has subscribed. */
  takes(push: Pick<RecordedPush, "arg" | "protocol">): boolean {
    return this.#options.protocol === push.protocol &&
      [...this.#desired.values()].some((desired) => matches(push.arg, desired));
  }

  /** Sends a frame as it was received, or as it would have been. */
  send(raw: RecordedPush["raw"]): void {
    this.#options.send(this.#speech.pack(raw));
  }

  receive(text: string): void {
    if (text === "ping") return this.send("pong");
    const request = text.length > MAX_REQUEST ? undefined : parseObject(text);
    const { op, args, id } = request ?? {};
    if (op === "login") return this.#answer(this.#speech.login(this.#options.connId), id);
    if ((op !== "subscribe" && op !== "unsubscribe") || !Array.isArray(args)) {
      return this.#refuse("60012", `Invalid request: ${text.slice(0, 200)}`, id);
    }
    for (const each of args) {
      const arg = this.#speech.argOf(each);
      if (arg === undefined) this.#refuse("60013", "Invalid args", id);
      else if (op === "subscribe") this.#subscribe(arg, id);
      else this.#unsubscribe(arg, id);
    }
  }

  #subscribe(arg: Arg, id: unknown): void {
    const { protocol, isRecorded, onChange } = this.#options;
    if (!isRecorded(arg, protocol)) {
      const what = Object.entries(arg).map(([name, value]) => `${name}:${value}`).join(", ");
      const text = `Wrong URL or ${what} doesn't exist: it was not recorded.`;
      return this.#refuse(this.#speech.absentCode, text, id);
    }
    this.#acknowledge("subscribe", arg, id);
    this.#desired.set(topicKey(arg), arg);
    onChange(this, arg);
  }

  #unsubscribe(arg: Arg, id: unknown): void {
    this.#desired.delete(topicKey(arg));
    this.#options.onChange(this);
    this.#acknowledge("unsubscribe", arg, id);
  }

  #acknowledge(event: "subscribe" | "unsubscribe", { extraParams: _, ...arg }: Arg, id: unknown): void {
    this.#answer(this.#speech.acknowledgement(event, arg as Arg, this.#options.connId), id);
  }

  #refuse(code: string, text: string, id: unknown): void {
    this.#answer(this.#speech.error(code, text, this.#options.connId), id);
  }

  #answer(message: Readonly<Record<string, unknown>>, id: unknown): void {
    this.send(JSON.stringify(this.#speech.toRequest(message, id)));
  }
}

/**
 * Returns whether recorded pushes are of the subscription. A push may add members to what was asked for, and older ones
 * lack some, so what both have is compared; a v3 channel without an instrument takes every one.
 */
export function matches(recorded: Arg, desired: Arg): boolean {
  return recorded.channel === desired.channel &&
    Object.entries(desired).every(([name, value]) =>
      value === "" || name === "extraParams" || recorded[name] === undefined || recorded[name] === value
    );
}
