/**
 * A stream whose last id is the greatest there is takes no entry any more, for ever. What can be done about it is to put
 * another one in its place, with the entries that it had.
 */
import type { RedisCommand } from "../commands.ts";
import type { RedisReply } from "../resp.ts";
import type { RedisTransport, TransportError } from "../transport.ts";
import { isRejected } from "../replies.ts";
import { millisecondsOf } from "../../write/stream_id.ts";
import { flatten, type Write } from "../../write/write.ts";

/** An entry to be appended to a stream. */
export type Append = Write & { readonly kind: "append" };

/** Entries that are taken over; those that are older are lost with the stream. */
const MAX_TAKEN_OVER = 10_000;

/** Least time between two replacements of one stream. */
const REPLACE_MS = 60_000;

/** Streams whose replacement is remembered. */
const MAX_REMEMBERED = 1000;

/** Returns whether a stream takes no entry any more. */
export function isExhausted(reply: unknown): boolean {
  return reply instanceof Error && reply.message.includes("exhausted the last possible ID");
}

/**
 * Returns the commands, in one step, after which there is a stream with the `entries` of the one before (as XREVRANGE
 * gives them) and behind them what is to be appended. What stands above that has a new id.
 */
function replacement(key: string, entries: RedisReply, appends: readonly Append[]): RedisCommand[] {
  const commands: RedisCommand[] = [["MULTI"], ["DEL", key]];
  const limit = Math.max(...appends.map(({ id }) => millisecondsOf(id)));
  let isBelow = true;
  const known = (Array.isArray(entries) ? entries : []).toReversed();
  for (const entry of known) {
    const [id = "", fields = []] = Array.isArray(entry) ? entry : [];
    if (!Array.isArray(fields) || fields.length === 0) continue;
    isBelow &&= millisecondsOf(String(id)) < limit;
    commands.push(["XADD", key, isBelow ? String(id) : "*", ...fields.map(String)]);
  }
  // After the entries they may be in any order: Redis gives them ids that are.
  for (const { row } of appends) commands.push(["XADD", key, "*", ...flatten(row)]);
  commands.push(["EXEC"]);
  return commands;
}

/** Decides whether a stream may be replaced now, which counts as done. */
class Replacements {
  readonly #at = new Map<string, number>();

  begin(key: string, now: number): boolean {
    const last = this.#at.get(key);
    if (last !== undefined && now - last < REPLACE_MS) return false;
    if (this.#at.size >= MAX_REMEMBERED) this.#at.clear();
    this.#at.set(key, now);
    return true;
  }
}

/** Replaces streams over a transport. */
export class StreamReplacer {
  readonly #transport: RedisTransport;
  readonly #onReplaced: (key: string, entries: number) => void;
  readonly #replacements = new Replacements();

  constructor(transport: RedisTransport, onReplaced: (key: string, entries: number) => void) {
    this.#transport = transport;
    this.#onReplaced = onReplaced;
  }

  /** Returns why a stream was not replaced; not again within a minute. */
  async replace(key: string, appends: readonly Append[]): Promise<Error | undefined> {
    if (!this.#replacements.begin(key, Date.now())) {
      return new Error("ERR its last id was the greatest again");
    }
    const look = this.#transport.batch();
    look.add(["XREVRANGE", key, "+", "-", "COUNT", String(MAX_TAKEN_OVER)]);
    const [found] = await this.#transport.send(look);
    if (isRejected(found as RedisReply | TransportError)) return found as Error;
    const batch = this.#transport.batch();
    for (const command of replacement(key, found as RedisReply, appends)) batch.add(command);
    const replies = await this.#transport.send(batch);
    // What was refused is said before the end of the transaction, which is given up then.
    const fault = replies.find((reply) => isRejected(reply));
    if (fault !== undefined) return fault as Error;
    this.#onReplaced(key, Array.isArray(found) ? found.length : 0);
    return undefined;
  }
}
