/** What is known of every server, as the pages, `status` and the metrics show it. */
import type { PathStatus, ServerStatus } from "../model/status.ts";
import type { ServerRegistry } from "../session/server_registry.ts";
import type { Projectors } from "./projectors.ts";

/** What the connections know, less what Redis does not keep of it. */
export function viewServers(servers: ServerRegistry, projectors: Projectors): ServerStatus[] {
  return servers.names().map((name) => {
    const server = servers.view(name);
    return { ...server, subscriptions: server.subscriptions.map((path) => asKept(projectors, name, path)) };
  });
}

/** Rows that are left out make no path any younger; one whose rows Redis does not keep is as good as one that brings none. */
function asKept(projectors: Projectors, server: string, state: PathStatus): PathStatus {
  const receivedAt = projectors.receivedAt(server, state.path) ?? state.receivedAt;
  const path = receivedAt < state.receivedAt ? { ...state, receivedAt } : state;
  const fault = projectors.faultOf(server, path.path);
  if (fault === undefined || path.state !== "live") return path;
  return { ...path, state: "stale", error: fault };
}
