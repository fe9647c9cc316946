/** The two protocols as an exchange sends them: what a recording's own messages do not say. */
import { deflateRawSync } from "node:zlib";
import type { Protocol } from "../okx/codec.ts";
import type { Arg, Row } from "../okx/frame.ts";

type Message = Readonly<Record<string, unknown>>;

/** What the exchange's side of one protocol says, and how. */
export type ServerMessages = {
  /** What is sent of a message: as it was received, or as it would have been. */
  readonly pack: (raw: string | Uint8Array<ArrayBuffer>) => string | Uint8Array<ArrayBuffer>;
  /** What a request names; undefined: that is no argument. */
  readonly argOf: (value: unknown) => Arg | undefined;
  /** An answer to the request of an id. */
  readonly toRequest: (message: Message, id: unknown) => Message;
  readonly acknowledgement: (event: "subscribe" | "unsubscribe", arg: Arg, connId: string) => Message;
  readonly login: (connId: string) => Message;
  readonly error: (code: string, text: string, connId: string) => Message;
  /** The code of an error about something that does not exist. */
  readonly absentCode: string;
  /** A whole book: `arg` is what was asked for, `pushed` as pushes repeat it. */
  readonly book: (row: Row, of: { readonly arg: Arg; readonly pushed: Arg }) => Message;
};

/** What a server says, by protocol. */
export const SERVER_MESSAGES: Readonly<Record<Protocol, ServerMessages>> = {
  v5: {
    pack: (raw) => raw,
    argOf: argOfObject,
    toRequest: (message, id) => typeof id === "string" ? { id, ...message } : message,
    acknowledgement: (event, arg, connId) => ({ event, arg, connId }),
    login: (connId) => ({ event: "login", code: "0", msg: "", connId }),
    error: (code, msg, connId) => ({ event: "error", code, msg, connId }),
    absentCode: "60018",
    book: (row, { pushed }) => ({ arg: pushed, action: "snapshot", data: [row] }),
  },
  v3: {
    pack: (raw) => typeof raw === "string" ? new Uint8Array(deflateRawSync(raw)) : raw,
    argOf: argOfPath,
    toRequest: (message) => message,
    acknowledgement: (event, { channel, instId = "" }) => ({
      event,
      channel: instId === "" ? channel : `${channel}:${instId}`,
    }),
    login: () => ({ event: "login", success: true }),
    error: (code, message) => ({ event: "error", message, errorCode: Number(code) }),
    absentCode: "30040",
    book: (row, { arg }) => ({ table: arg.channel, action: "partial", data: [row] }),
  },
};

function argOfObject(value: unknown): Arg | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const isArg = Object.values(value).every((member) => typeof member === "string");
  return isArg && "channel" in value ? value as Arg : undefined;
}

function argOfPath(value: unknown): Arg | undefined {
  if (typeof value !== "string") return undefined;
  const at = value.indexOf(":");
  return at < 0 ? { channel: value } : { channel: value.slice(0, at), instId: value.slice(at + 1) };
}
