/** A Redis user whose rights a test gives and takes. */
import type { Redis } from "ioredis";
import type { RedisServer } from "./redis_server.ts";
import { openRedis } from "./service.ts";

/** Disposing closes `admin`. */
export type Writer = AsyncDisposable & {
  /** A connection that may do everything. */
  readonly admin: Redis;
  /** The server's address with the login of the user, who may nothing until it is granted. */
  readonly redisUrl: string;
  /** Rules of `ACL SETUSER`. */
  grant(...rules: string[]): Promise<unknown>;
};

/** Makes the user `writer`. */
export async function createWriter(server: RedisServer): Promise<Writer> {
  const connection = await openRedis(server.url);
  const { redis: admin } = connection;
  const grant = (...rules: string[]) => admin.call("ACL", "SETUSER", "writer", ...rules);
  await grant("on", ">secret");
  return {
    admin,
    redisUrl: `redis://writer:secret@127.0.0.1:${server.port}`,
    grant,
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}
