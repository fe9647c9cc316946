/** Puts rows before those of a stream: what an outage lost, or what was before the subscription. */
import { roomLogger } from "../../../logging/log.ts";
import { isReadByGroups, prepended } from "./prepended.ts";
import { isRejected } from "../replies.ts";
import type { Write } from "../../write/write.ts";
import { reasonOf } from "../connect.ts";
import type { RedisReply } from "../resp.ts";
import type { RedisTransport, TransportError } from "../transport.ts";

const log = roomLogger("store");

/** Rows that are to go before those of a stream. */
export type Prepend = Write & { readonly kind: "prepend" };

/** Returns how many commands were sent and rows added. Where Redis refuses it, the stream stays as it is. */
export async function prependRows(
  transport: RedisTransport,
  write: Prepend,
): Promise<{ readonly commands: number; readonly rows: number }> {
  const { key, keep } = write;
  const look = transport.batch();
  look.add(["XINFO", "STREAM", key]);
  look.add(["XRANGE", key, "-", "+", "COUNT", String(keep)]);
  const [info, entries] = await transport.send(look) as [
    RedisReply | TransportError,
    RedisReply | TransportError,
  ];
  const { commands, rows } = isRejected(entries) || isReadByGroups(info)
    ? { commands: [], rows: 0 }
    : prepended(write, entries);
  const batch = transport.batch();
  for (const command of commands) batch.add(command);
  const replies = commands.length === 0 ? [] : await transport.send(batch);
  const fault = [entries, ...replies].find((reply) => isRejected(reply));
  if (fault !== undefined) log.info("History is not kept", { key, reason: reasonOf(fault as Error) });
  return { commands: look.size + batch.size, rows: fault === undefined ? rows : 0 };
}
