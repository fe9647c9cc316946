/** What the HTTP pages read of the status of a service; what is optional here is left out where it is not known. */
import type { ConnectionStatus, PathStatus, ServerStatus, ServiceStatus } from "../model/status.ts";

/** One desired path of one server. */
export type PathView =
  & Pick<PathStatus, "path" | "error">
  & Partial<Omit<PathStatus, "path" | "error" | "state" | "owners" | "connection">>
  & { readonly state: string; readonly owners?: readonly string[]; readonly connection?: string };

/** One connection of a server. */
export type ConnectionView =
  & Pick<ConnectionStatus, "lastError">
  & Partial<Omit<ConnectionStatus, "lastError" | "endpoint" | "state">>
  & { readonly endpoint: string; readonly state: string };

/** One server. */
export type ServerView =
  & Pick<ServerStatus, "name">
  & Partial<Pick<ServerStatus, "endpoint" | "clockSkewMs">>
  & {
    readonly protocol?: string;
    readonly connections: readonly ConnectionView[];
    readonly subscriptions: readonly PathView[];
  };

/** The whole service at one moment. */
export type View =
  & Pick<ServiceStatus, "version" | "stopping" | "outage" | "stats">
  & Partial<Pick<ServiceStatus, "starting" | "faults" | "shard" | "shards" | "lease" | "standbys">>
  & { readonly servers: readonly ServerView[] };
