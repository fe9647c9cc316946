/** Commands as they arrive over Redis, and the replies to them. Pure: reading and wording only. */
import { CODES, CommandError } from "../shared/errors.ts";
import { type Message, message } from "../shared/messages/message.ts";
import { SERVER_NAME } from "../shared/limits.ts";
import { type Op, OPS } from "../shared/ops.ts";

/** A command that could be read. `args` is checked when it is carried out. */
export type Command = {
  readonly id: string;
  readonly op: Op;
  readonly name: string | undefined;
  readonly args: unknown;
  /** The reply comes when the exchange has answered, not when the request is sent. */
  readonly wait: boolean;
  readonly timeoutMs: number;
};

/** `message` is a text, or data for `servers`, `status` and a subscription that was waited for. */
export type CommandReply = {
  readonly event: "info" | "warn" | "error";
  readonly message: unknown;
  readonly errorCode: number;
};

/** What reading the file again has changed. */
export type ReloadReport = {
  readonly opened: readonly string[];
  readonly closed: readonly string[];
  /** Opened again, because their exchange, protocol or login is another. */
  readonly reopened: readonly string[];
  readonly subscribed: readonly ServerPaths[];
  readonly unsubscribed: readonly ServerPaths[];
  /** Settings that differ, and are only taken at the next start. */
  readonly restart: readonly string[];
};

/** Paths of one server. */
export type ServerPaths = { readonly server: string; readonly paths: readonly string[] };

/** What stands in for a command that cannot be read: its id if even that could be found. */
export type Unreadable = { readonly id: string; readonly error: CommandError };

/** Longest command text taken; a thousand paths fit. */
export const MAX_COMMAND = 64 * 1024;

/** Deadline of a waiting command when it names none, and the longest it may name, in milliseconds. */
const WAIT_MS = 10_000;
const MAX_WAIT_MS = 120_000;

/** Reads one command. */
export function parseCommand(text: string): Command | Unreadable {
  if (text.length > MAX_COMMAND) return unreadable("", message("command.too_long", { most: MAX_COMMAND }));
  let value: unknown;
  try {
    // An id may be a number above 2^53 (Python's id() on some machines): its own text is kept.
    value = JSON.parse(text, keepNumberText as (this: unknown, key: string, value: unknown) => unknown);
  } catch {
    return unreadable("", message("command.not_json"));
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return unreadable("", message("command.not_object"));
  }
  const fields = value as Readonly<Record<string, unknown>>;
  const id = readId(fields.id);
  if (id === undefined) {
    return unreadable("", message("command.id"));
  }
  const op = OPS.find((each) => each === fields.op);
  if (op === undefined) return unreadable(id, message("command.op", { list: OPS.join(", ") }));
  const { name, args } = fields;
  if (name !== undefined && (typeof name !== "string" || !SERVER_NAME.test(name))) {
    return unreadable(id, message("command.server_name"));
  }
  if (name === undefined && NAMED_OPS.has(op)) return unreadable(id, message("command.needs_server", { op }));
  const wait = fields.wait ?? false;
  const timeoutMs = fields.timeoutMs ?? WAIT_MS;
  if (typeof wait !== "boolean") return unreadable(id, message("command.wait"));
  if (typeof timeoutMs !== "number" || !(timeoutMs >= 1 && timeoutMs <= MAX_WAIT_MS)) {
    return unreadable(id, message("command.timeout", { most: MAX_WAIT_MS }));
  }
  return { id, op, name, args, wait, timeoutMs };
}

/** Returns the reply to a command that was carried out. */
export function done(message: unknown): CommandReply {
  return { event: "info", message, errorCode: CODES.done };
}

/** Returns the reply to a command that was not. */
export function refused(error: CommandError): CommandReply {
  return { event: "error", message: error.message, errorCode: error.errorCode };
}

const NAMED_OPS: ReadonlySet<Op> = new Set(["open", "close", "subscribe", "unsubscribe"]);

function readId(id: unknown): string | undefined {
  if (id === undefined || id === null) return "";
  if (typeof id === "number") return Number.isFinite(id) ? String(id) : undefined;
  // deno-lint-ignore no-control-regex
  return typeof id === "string" && /^[^\u0000-\u0020\u007f]{1,128}$/.test(id) ? id : undefined;
}

function keepNumberText(key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const large = typeof value === "number" && !Number.isSafeInteger(value);
  return key === "id" && large && /^-?\d{1,40}$/.test(context?.source ?? "") ? context?.source : value;
}

function unreadable(id: string, text: Message): Unreadable {
  return { id, error: new CommandError(CODES.unreadable, text) };
}
