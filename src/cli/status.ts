/** The status of servers as tables. */
import type { SubRecord } from "../store/sub_records.ts";
import { renderAge, renderTable, safeText } from "./table.ts";

/** What a running service says of one server, and what Redis holds of its subscriptions. */
export type StatusView = {
  readonly name: string;
  readonly connections: readonly {
    readonly endpoint: string;
    readonly url: string;
    readonly state: string;
    readonly since: number;
    readonly attempts: number;
    readonly lastError: string;
  }[];
  readonly subscriptions: readonly {
    readonly path: string;
    readonly state: string;
    readonly error: { readonly code: string; readonly message: string } | null;
  }[];
  readonly records: Readonly<Record<string, SubRecord>>;
};

/** Two tables for each server. */
export function renderServers(views: readonly StatusView[], now: number): string[] {
  if (views.length === 0) return ["No server is open; okws client open NAME opens one."];
  return views.flatMap((view, i) => [...(i === 0 ? [] : [""]), ...renderServer(view, now)]);
}

function renderServer(view: StatusView, now: number): string[] {
  const connections = view.connections.map((each) => [
    view.name,
    each.endpoint,
    each.state,
    renderAge(now - each.since),
    each.url,
    safeText(each.state === "connected" ? "" : each.lastError),
  ]);
  const subscriptions = view.subscriptions.map(({ path, state, error }) => {
    const record = view.records[path];
    return [
      path,
      state,
      record === undefined || record.receivedAt === 0 ? "-" : renderAge(now - record.receivedAt),
      String(record?.rows ?? 0),
      error === null ? "" : safeText(`${error.code} ${error.message}`),
    ];
  });
  return [
    ...renderTable(["server", "endpoint", "state", "for", "url", "last error"], connections),
    ...(subscriptions.length === 0
      ? ["No subscriptions."]
      : ["", ...renderTable(["path", "state", "age", "rows", "error"], subscriptions)]),
  ];
}
