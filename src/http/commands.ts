/**
 * Commands over HTTP: the same JSON object as over Redis, carried out by the same handler, with its reply as the answer. Who may
 * send them is decided before, in `command_guard.ts`.
 */
import { CODES } from "../shared/errors.ts";
import type { Op } from "../shared/ops.ts";
import { plainText } from "./plain_text.ts";

/** The path to which pages send commands. */
export const COMMANDS_PATH = "/api/commands";

/** What a reply has over Redis, too. */
export type CommandReply = {
  readonly event: string;
  readonly message: unknown;
  readonly errorCode: number;
};

/** What takes commands; the service provides it. */
export type CommandPort = {
  /** Ops that may come over HTTP and that configuration allows. */
  readonly ops: readonly Op[];
  /** Carries a command out; undefined: none is taken now. */
  take(text: string): Promise<CommandReply> | undefined;
};

/** Longest command; as long as over Redis. */
const MAX_BYTES = 64 * 1024;

/** How long a command may take to arrive. */
const READ_MS = 5000;

/** Commands of all pages at once, from the first byte to the answer. */
const MAX_AT_ONCE = 32;

const STATUS: Readonly<Record<number, number>> = {
  [CODES.openAlready]: 409,
  [CODES.unreadable]: 400,
  [CODES.noServer]: 404,
  [CODES.exchangeRefused]: 422,
  [CODES.unknownPath]: 422,
  [CODES.notAllowed]: 403,
};

/** Returns a handler of requests that may send a command. */
export function createCommands(port: CommandPort): (request: Request) => Promise<Response> {
  let underWay = 0;
  return async (request) => {
    if (underWay >= MAX_AT_ONCE) {
      return plainText(503, "Too many commands are under way", { "retry-after": "2" });
    }
    underWay += 1;
    try {
      const text = await readText(request);
      if (text instanceof Response) return text;
      const reply = await port.take(text);
      if (reply === undefined) {
        return plainText(503, "okws takes no commands now: it starts, stops or stands by", {
          "retry-after": "2",
        });
      }
      const status = reply.event === "error" ? STATUS[reply.errorCode] ?? 400 : 200;
      return Response.json(reply, { status });
    } finally {
      underWay -= 1;
    }
  };
}

/** Returns the body, of which no more is read than a command may have; a response: it cannot be had. */
async function readText(request: Request): Promise<string | Response> {
  const tooLong = () => plainText(413, `A command has at most ${MAX_BYTES} bytes`);
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BYTES) return tooLong();
  const reader = request.body?.getReader();
  if (reader === undefined) return "";
  const decoder = new TextDecoder();
  let isLate = false;
  const late = setTimeout(() => {
    isLate = true;
    reader.cancel().catch(() => {});
  }, READ_MS);
  try {
    let text = "";
    let bytes = 0;
    while (true) {
      const { done, value } = await reader.read();
      if (isLate) return plainText(408, "The command did not arrive in time");
      if (done) return text + decoder.decode();
      bytes += value.byteLength;
      if (bytes > MAX_BYTES) return tooLong();
      text += decoder.decode(value, { stream: true });
    }
  } catch {
    return plainText(400, "The command did not arrive whole");
  } finally {
    clearTimeout(late);
    // What is left is not read; a client that sends on and on is cut off by the answer.
    reader.cancel().catch(() => {});
  }
}
