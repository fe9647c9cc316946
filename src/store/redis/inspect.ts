/** Asks a Redis about itself, with commands that a store has no use for. */
import { MessageError, StoreError } from "../../shared/errors.ts";
import { parseRedisUrl } from "../../shared/redis_url.ts";
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

/** Connects to one server: of a cluster the first node that is named. Rejects with StoreError or ConfigError. */
export async function openInspector(url: string, timeoutMs: number): Promise<Inspector> {
  const target = parseRedisUrl(url);
  if (target.kind !== "redis") {
    throw new StoreError(
      target.kind === "fault" ? target.text : message("redis.embedded_address"),
    );
  }
  const options = await clientOptions(target, { persistent: false, connectTimeoutMs: timeoutMs });
  const master = target.mode === "sentinel" ? new MasterWatch(options) : undefined;
  const redis = createClient({
    ...(master === undefined ? options : throughSentinels(options, master)),
    ...(target.mode === "cluster" ? target.nodes[0] : {}),
  });
  const end = async () => {
    await endClient(redis);
    await master?.[Symbol.asyncDispose]();
  };
  try {
    await connectClient(redis, timeoutMs);
  } catch (error) {
    await end();
    const fault = message("redis.unreachable", { url: target.shown, reason: reasonOf(error) });
    throw new StoreError(fault, { cause: error instanceof MessageError ? error.cause ?? error : error });
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
