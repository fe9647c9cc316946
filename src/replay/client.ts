/**
 * One client of a recording: what it asks for, and what it is answered, in the words of the exchange. It may subscribe what
 * was recorded and nothing else; a login is always taken.
 */
import { parseObject } from "../shared/json_object.ts";
import { deflateRawSync } from "node:zlib";
import type { Protocol } from "../okx/codec.ts";
import type { Arg } from "../okx/frame.ts";
import { topicKey } from "../okx/topic.ts";
import type { RecordedPush } from "../recording/frames.ts";

/** What a client needs of the recording and of its socket. */
export type ClientOptions = {
  readonly protocol: Protocol;
  readonly connId: string;
  /** Whether a subscription is in the recording. */
  readonly isRecorded: (wanted: Arg, protocol: Protocol) => boolean;
  readonly send: (payload: string | Uint8Array<ArrayBuffer>) => void;
  /** Called when what it wants has changed; with `added` what it wants now. */
  readonly onChange: (client: ReplayClient, added?: Arg) => void;
};

/** Longest request that OKX takes. */
const MAX_REQUEST = 64 * 1024;

/** Used for one connection. */
export class ReplayClient {
  readonly #options: ClientOptions;
  readonly #wanted = new Map<string, Arg>();

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** Whether a push is of anything that it has subscribed. */
  takes(push: Pick<RecordedPush, "arg" | "protocol">): boolean {
    return this.#options.protocol === push.protocol &&
      [...this.#wanted.values()].some((wanted) => matches(push.arg, wanted));
  }

  /** Sends a frame as it was received, or as it would have been. */
  send(raw: RecordedPush["raw"]): void {
    const { protocol, send } = this.#options;
    send(protocol === "v3" && typeof raw === "string" ? new Uint8Array(deflateRawSync(raw)) : raw);
  }

  receive(text: string): void {
    if (text === "ping") return this.send("pong");
    const request = text.length > MAX_REQUEST ? undefined : parseObject(text);
    const { op, args, id } = request ?? {};
    if (op === "login") return this.#answer(this.#loginAnswer(), id);
    if ((op !== "subscribe" && op !== "unsubscribe") || !Array.isArray(args)) {
      return this.#answer(this.#error("60012", `Invalid request: ${text.slice(0, 200)}`), id);
    }
    for (const each of args) {
      const arg = this.#options.protocol === "v3" ? argOfPath(each) : argOf(each);
      if (arg === undefined) this.#answer(this.#error("60013", "Invalid args"), id);
      else if (op === "subscribe") this.#subscribe(arg, id);
      else this.#unsubscribe(arg, id);
    }
  }

  #subscribe(arg: Arg, id: unknown): void {
    const { protocol, isRecorded, onChange } = this.#options;
    if (!isRecorded(arg, protocol)) {
      const what = Object.entries(arg).map(([name, value]) => `${name}:${value}`).join(", ");
      const code = protocol === "v3" ? "30040" : "60018";
      return this.#answer(this.#error(code, `Wrong URL or ${what} doesn't exist: it was not recorded.`), id);
    }
    this.#answer(this.#acknowledge("subscribe", arg), id);
    this.#wanted.set(topicKey(arg), arg);
    onChange(this, arg);
  }

  #unsubscribe(arg: Arg, id: unknown): void {
    this.#wanted.delete(topicKey(arg));
    this.#options.onChange(this);
    this.#answer(this.#acknowledge("unsubscribe", arg), id);
  }

  #answer(frame: Readonly<Record<string, unknown>>, id: unknown): void {
    const { protocol } = this.#options;
    this.send(JSON.stringify(protocol === "v5" && typeof id === "string" ? { id, ...frame } : frame));
  }

  #acknowledge(event: "subscribe" | "unsubscribe", { extraParams: _, ...arg }: Arg): Record<string, unknown> {
    const { protocol, connId } = this.#options;
    if (protocol === "v5") return { event, arg, connId };
    const { channel = "", instId = "" } = arg as Partial<Arg>;
    return { event, channel: instId === "" ? channel : `${channel}:${instId}` };
  }

  #loginAnswer(): Record<string, unknown> {
    const { protocol, connId } = this.#options;
    return protocol === "v5"
      ? { event: "login", code: "0", msg: "", connId }
      : { event: "login", success: true };
  }

  #error(code: string, text: string): Record<string, unknown> {
    const { protocol, connId } = this.#options;
    return protocol === "v5"
      ? { event: "error", code, msg: text, connId }
      : { event: "error", message: text, errorCode: Number(code) };
  }
}

/**
 * Whether recorded pushes are what is wanted. A push may add members to what was asked for, and older ones lack some, so what
 * both have is compared; a v3 channel without an instrument takes every one.
 */
export function matches(recorded: Arg, wanted: Arg): boolean {
  return recorded.channel === wanted.channel &&
    Object.entries(wanted).every(([name, value]) =>
      value === "" || name === "extraParams" || recorded[name] === undefined || recorded[name] === value
    );
}

function argOf(value: unknown): Arg | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const isArg = Object.values(value).every((member) => typeof member === "string");
  return isArg && "channel" in value ? value as Arg : undefined;
}

function argOfPath(value: unknown): Arg | undefined {
  if (typeof value !== "string") return undefined;
  const at = value.indexOf(":");
  return at < 0 ? { channel: value } : { channel: value.slice(0, at), instId: value.slice(at + 1) };
}
