/** What the HTTP pages read. Declared here because they ask for it; the service provides it. */
import type { Stats } from "../stats.ts";

/** One wanted path of one server. */
export type PathView = {
  readonly path: string;
  readonly state: string;
  readonly error: { readonly code: string; readonly message: string } | null;
};

/** One server. */
export type ServerView = {
  readonly name: string;
  readonly connections: readonly {
    readonly endpoint: string;
    readonly state: string;
    readonly lastError: string;
  }[];
  readonly subscriptions: readonly PathView[];
};

/** The whole service at one moment. */
export type View = {
  readonly version: string;
  readonly stopping: boolean;
  /** Why Redis does not take writes; empty when it does. */
  readonly outage: string;
  readonly stats: Stats;
  readonly servers: readonly ServerView[];
};

/** What keeps the service from being ready, in words; empty when it is. */
export function readinessFaults(view: View): string[] {
  const faults: string[] = [];
  if (view.stopping) faults.push("stopping");
  if (view.outage !== "") faults.push(view.outage);
  for (const server of view.servers) {
    for (const { path, state } of server.subscriptions) {
      if (state !== "live" && state !== "refused") faults.push(`${server.name} ${path} is ${state}`);
    }
  }
  return faults;
}
