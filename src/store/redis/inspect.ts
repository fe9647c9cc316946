/** Asks a Redis about itself, with commands that a store has no use for. */
import { MessageError, StoreError } from "../../shared/errors.ts";
import { parseRedisUrl } from "../../shared/redis_url.ts";
import type { Redis } from "ioredis";
import { clientOptions, connectClient, createClient, endClient, reasonOf } from "./connect.ts";
import { throughSentinels } from "./sentinel/connector.ts";
import { MasterWatch } from "./sentinel/master_watch.ts";
import { message } from "../../shared/messages/message.ts";

/** A connection for questions. Disposing closes it. */
export type Inspector = AsyncDisposable & {
  /** Where it is, without a password. */
  readonly shown: string;
  readonly mode: "single" | "sentinel" | "cluster";
  /** Who is logged in, by the URL. */
  readonly user: string;
  /** Sends one command; rejects with the server's own error. */
  ask(command: string, ...args: readonly string[]): Promise<unknown>;
};

/** Connects to one server: of a cluster the first node that is a part of it and answers. Rejects with StoreError or ConfigError. */
export async function openInspector(url: string, timeoutMs: number): Promise<Inspector> {
  const target = parseRedisUrl(url);
  if (target.kind !== "redis") {
    throw new StoreError(
      target.kind === "fault" ? target.text : message("redis.embedded_address"),
    );
  }
  const options = await clientOptions(target, { persistent: false, connectTimeoutMs: timeoutMs });
  const master = target.mode === "sentinel" ? new MasterWatch(options) : undefined;
  const clients = target.mode === "cluster"
    ? target.nodes.map((node) => createClient({ ...options, ...node }))
    : [createClient(master === undefined ? options : throughSentinels(options, master))];
  const end = async () => {
    await Promise.all(clients.map(endClient));
    await master?.[Symbol.asyncDispose]();
  };
  let redis: Redis;
  try {
    redis = await Promise.any(clients.map(async (each) => {
      await connectClient(each, timeoutMs);
      if (clients.length > 1) await checkMember(each);
      return each;
    }));
  } catch (error) {
    await end();
    const fault = message("redis.unreachable", { url: target.shown, reason: reasonOf(error) });
    const first = error instanceof AggregateError ? error.errors[0] : error;
    throw new StoreError(fault, { cause: first instanceof MessageError ? first.cause ?? first : first });
  }
  return {
    shown: target.shown,
    mode: target.mode,
    user: options.username ?? "default",
    // The client knows what a reply to SUBSCRIBE means by the name in small letters alone.
    ask: (command, ...args) => redis.call(command.toLowerCase(), ...args),
    [Symbol.asyncDispose]: end,
  };
}

/** A node that was taken out of its cluster knows nobody who serves a slot. */
async function checkMember(redis: Redis): Promise<void> {
  const slots = await redis.call("cluster", "slots");
  if (Array.isArray(slots) && slots.length === 0) throw new MessageError(message("redis.no_member"));
}
