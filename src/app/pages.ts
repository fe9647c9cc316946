/** The dashboard, health and metrics of a service, where they are not switched off. */
import type { Settings } from "../config/shapes.ts";
import type { CommandPort } from "../http/commands.ts";
import { createDashboard, type Dashboard } from "../http/dashboard.ts";
import { type HttpServer, serveHttp } from "../http/server.ts";
import type { EventSink, SessionEvent } from "../model/events.ts";
import type { ServiceStatus } from "../model/status.ts";
import type { Stats } from "../model/stats.ts";
import { parseHttpAddress } from "../shared/http_address.ts";
import { serviceId } from "../shared/identity.ts";
import type { Store } from "../store/store.ts";
import type { RowBroadcast } from "../store/write/row_broadcast.ts";
import { createDashboardRows, createInstrumentNames } from "./dashboard_rows.ts";

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

/** The pages, and the listener that serves them. Nothing is served, and no event shown, before {@link open}. */
export class Pages implements EventSink<string> {
  #opened: { readonly dashboard: Dashboard; readonly http: HttpServer } | undefined;

  /** Where they are; undefined when they are off, and while their address cannot be had. */
  get url(): string | undefined {
    return this.#opened?.http.url;
  }

  /** Begins to listen, unless `HTTP` is off. */
  open({ settings, described, store, rows, stats, view, commands }: PagesOptions): void {
    const { HTTP, HTTP_USER: user, HTTP_PASSWORD: password, KEY_PREFIX } = settings;
    if (HTTP.toLowerCase() === "off") return;
    const dashboard = createDashboard({
      ...{ view, stats, commands },
      identity: { instance: crypto.randomUUID(), service: serviceId(described ?? settings) },
      access: { hostname: parseHttpAddress(HTTP).hostname, user, password },
      rows: createDashboardRows(store, rows, KEY_PREFIX),
      instrumentNames: createInstrumentNames(store, KEY_PREFIX),
    });
    this.#opened = { dashboard, http: serveHttp(HTTP, dashboard.handle) };
  }

  /** Shows what happened to connections and subscriptions; rows are shown once they are written. */
  onEvent(server: string, event: SessionEvent): void {
    this.#opened?.dashboard.onEvent(server, event);
  }

  /** Shows that Redis takes no writes, for this reason, or without one that it does again. */
  onOutage(reason: string | undefined): void {
    this.#opened?.dashboard.onOutage(reason);
  }

  /** Ends every stream and resolves when nothing listens any more. */
  async close(): Promise<void> {
    this.#opened?.dashboard[Symbol.dispose]();
    await this.#opened?.http[Symbol.asyncDispose]();
  }
}
