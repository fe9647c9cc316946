/** The dashboard, health and metrics of a service, where they are not switched off. */
import type { Settings } from "../config/shapes.ts";
import type { CommandPort } from "../http/commands.ts";
import { createDashboard, type Dashboard } from "../http/dashboard.ts";
import { type HttpServer, serveHttp } from "../http/server.ts";
import type { ServiceStatus } from "../model/status.ts";
import type { Stats } from "../model/stats.ts";
import { parseHttpAddress } from "../shared/http_address.ts";
import { serviceId } from "../shared/identity.ts";
import type { Store } from "../store/store.ts";
import type { RowBroadcast } from "../store/write/row_broadcast.ts";
import { createDashboardRows, createInstrumentNames } from "./dashboard_rows.ts";

/** The pages, and the listener that serves them. */
export type Pages = { readonly dashboard: Dashboard; readonly http: HttpServer };

/** What the pages show. */
export type PagesOptions = {
  readonly settings: Settings;
  /** The settings without those of the command line: by them the service is known to a health check. */
  readonly described: Settings | undefined;
  readonly store: Store;
  readonly rows: RowBroadcast;
  readonly stats: Stats;
  readonly view: () => ServiceStatus;
  readonly commands: CommandPort;
};

/** Begins to listen; undefined: `HTTP` is off. */
export function openPages(
  { settings, described, store, rows, stats, view, commands }: PagesOptions,
): Pages | undefined {
  const { HTTP, HTTP_USER: user, HTTP_PASSWORD: password, KEY_PREFIX } = settings;
  if (HTTP.toLowerCase() === "off") return undefined;
  const dashboard = createDashboard({
    ...{ view, stats, commands },
    identity: { instance: crypto.randomUUID(), service: serviceId(described ?? settings) },
    access: { hostname: parseHttpAddress(HTTP).hostname, user, password },
    rows: createDashboardRows(store, rows, KEY_PREFIX),
    instrumentNames: createInstrumentNames(store, KEY_PREFIX),
  });
  return { dashboard, http: serveHttp(HTTP, dashboard.handle) };
}
