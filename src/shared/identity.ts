/**
 * How a service is distinguished from others over HTTP: one header names the process, the other what its configuration makes of
 * it. So a health check believes no stranger, and no other okws, that happens to have the port.
 */
import { createHash } from "node:crypto";
import { parseRedisUrl } from "./redis_url.ts";

/** Header with an id of the process. */
export const INSTANCE_HEADER = "okws-instance";

/** Header with the id of what the configuration describes. */
export const SERVICE_HEADER = "okws-service";

/** The ids of a process and of what its configuration describes. */
export type Identity = { readonly instance: string; readonly service: string };

/** The settings that make one service another one; no secret is among them. */
export type Described = {
  readonly REDIS_URL?: string | undefined;
  readonly KEY_PREFIX: string;
  readonly LISTEN_CHANNEL: string;
};

/** Returns an id that services of the same settings share. Of the Redis URL only the address counts. */
export function serviceId({ REDIS_URL, KEY_PREFIX, LISTEN_CHANNEL }: Described): string {
  const target = REDIS_URL === undefined ? undefined : parseRedisUrl(REDIS_URL);
  const address = target === undefined || target.kind === "fault" ? "" : target.shown;
  const text = JSON.stringify([address, KEY_PREFIX, LISTEN_CHANNEL]);
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
