/**
 * okws keeps OKX exchange data in Redis, fresh and unattended. This module is for programs: a client of a running
 * service, and the service itself for embedding.
 *
 * ```ts
 * import { connect, parseConfig, serve } from "okws";
 *
 * const parsed = parseConfig({ settings: { REDIS_URL: "embedded://127.0.0.1:0", HTTP: "off" } });
 * if ("issues" in parsed) throw new Error(parsed.issues.map((issue) => issue.message).join("\n"));
 * await using service = await serve(parsed.config);
 * await using okws = await connect({ redisUrl: service.redisUrl });
 * console.log(await okws.servers());
 * ```
 *
 * @module
 */
export {
  Client,
  connect,
  type ConnectOptions,
  type OpenOptions,
  type PathOrArg,
  type PathResult,
} from "./src/client/client.ts";
export type { FollowedRow, Missed, WatchedRow } from "./src/client/missed.ts";
export type { GetParams } from "./src/client/params.ts";
export type { FollowOptions, OnProgress } from "./src/client/reader.ts";
export type {
  ConnectionView,
  Distribution,
  PathView,
  ServerView,
  ServiceView,
} from "./src/client/service_view.ts";
export { loadConfig } from "./src/config/load.ts";
export { type Config, parseConfig } from "./src/config/schema.ts";
export {
  CODES,
  CommandError,
  ConfigError,
  type ConfigIssue,
  ExchangeError,
  LeaseError,
  NoServiceError,
  StaleError,
  StoreError,
} from "./src/shared/errors.ts";
export { serve, type Service } from "./src/app/service.ts";
export type { Cached } from "./src/store/read/rows.ts";
export type { CachedRow } from "./src/store/store.ts";
export type { SubRecord } from "./src/store/layout/subscription_record.ts";
