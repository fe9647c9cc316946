/** What a reply of Redis means for the batch that it is an answer to. */
import { StoreError } from "../../shared/errors.ts";
import { message } from "../../shared/messages/message.ts";
import { refusalOf } from "../../shared/redis_errors.ts";
import { reasonOf } from "./connect.ts";
import { type RedisReply, ReplyError } from "./resp.ts";
import type { TransportError } from "./transport.ts";

/**
 * Returns the reply to the write whose last command was the one at `at`. Of a transaction that was given up it is the
 * reply to the first command within it that was refused, which says why; of one that was carried out in part, that of the
 * first command that was not.
 */
export function replyAt(
  replies: readonly (RedisReply | TransportError)[],
  at: number,
  first: number,
): RedisReply | TransportError {
  const reply = replies[at] as RedisReply | TransportError;
  if (at > first && Array.isArray(reply)) return reply.find((each) => each instanceof ReplyError) ?? reply;
  if (!(reply instanceof ReplyError) || !reply.message.startsWith("EXECABORT")) return reply;
  const refused = replies.slice(first, at).find((each) => each instanceof ReplyError);
  return refused ?? reply;
}

/**
 * Throws StoreError when a reply says that the batch should be sent again: the connection broke, or Redis refuses
 * everything for now. Otherwise returns whether this one command was refused for its own sake.
 */
export function isRejected(reply: RedisReply | TransportError): reply is ReplyError {
  if (!(reply instanceof Error)) return false;
  if (!(reply instanceof ReplyError)) {
    throw new StoreError(message("redis.away", { reason: reasonOf(reply) }), { cause: reply });
  }
  if (refusalOf(reply.message)?.all) {
    throw new StoreError(message("redis.refuses", { reason: reasonOf(reply) }), { cause: reply });
  }
  return true;
}
