/** The status of servers as tables. Pure. */
import {
  type PathView,
  readLease,
  readServerView,
  readShards,
  readStandbys,
} from "../../client/service_view.ts";
import type { SubRecord } from "../../store/layout/subscription_record.ts";
import { createPaint, type Paint, type Style } from "../terminal/live/style.ts";
import { renderAge } from "../terminal/age.ts";
import { renderTable } from "../terminal/table.ts";
import { renderReason } from "../terminal/reason.ts";
import { safeText } from "../terminal/text.ts";
import { english, type Translate } from "../i18n/translate.ts";

/** What a running service says of one server, and what Redis holds of its subscriptions. */
export type StatusView = {
  readonly name: string;
  readonly records: Readonly<Record<string, SubRecord>>;
  /** Whatever else the service says; see ServerView of the client. */
  readonly [member: string]: unknown;
};

/** What a running service says of itself as a whole. */
export type ServiceFaults = {
  readonly outage?: unknown;
  readonly faults?: unknown;
  readonly lease?: unknown;
  readonly standbys?: unknown;
};

/** Returns what keeps a service from being ready, whatever its servers do; one line each. */
export function renderFaults(
  service: ServiceFaults | undefined,
  paint: Paint = createPaint(false),
  t: Translate = english,
): string[] {
  const faults: readonly unknown[] = Array.isArray(service?.faults) ? service.faults : [];
  return [service?.outage, ...faults].filter((fault) => typeof fault === "string" && fault !== "")
    .map((fault) => paint("bad", t.sentence(safeText(fault as string))));
}

/** Renders who writes, where that takes a lease, and who stands by; one line each. */
export function renderLease(
  service: ServiceFaults | undefined,
  paint: Paint = createPaint(false),
  t: Translate = english,
): string[] {
  const lease = readLease(service?.lease);
  if (lease === null) return [];
  const { role, epoch, ageMs } = lease;
  if (role === "unprotected") return [paint("bad", t("status.lease_unprotected"))];
  if (role === "standby") return [paint("warn", t("status.lease_standby"))];
  if (role !== "active") return [paint("warn", t("status.lease_waiting"))];
  const standbys = readStandbys(service?.standbys).map((each) =>
    paint(
      each.ready ? "plain" : "warn",
      t("status.standby", {
        ...{ mode: safeText(each.mode), pid: each.pid, host: safeText(each.host) },
        version: safeText(each.version),
        state: t(each.ready ? "status.standby_ready" : "status.standby_not_ready"),
      }),
    )
  );
  return [t("status.lease", { epoch, time: renderAge(ageMs ?? 0, t) }), ...standbys];
}

/** Renders which shard it is and who has each of them, one line for each; nothing where there are none. */
export function renderShards(
  service: unknown,
  paint: Paint = createPaint(false),
  t: Translate = english,
): string[] {
  const { shard, shards = [] } = readShards(service);
  return shard === undefined ? [] : shards.map(({ shard, holder }) => {
    const name = safeText(shard);
    if (holder === null) return paint("bad", t("status.shard_none", { shard: name }));
    return t("status.shard", {
      ...{ shard: name, pid: holder.pid, host: safeText(holder.host) },
      url: safeText(holder.url === "" ? "-" : holder.url),
    });
  });
}

/** Renders two tables for each server: its connections and its subscriptions. */
export function renderServers(
  views: readonly StatusView[],
  now: number,
  paint: Paint = createPaint(false),
  t: Translate = english,
  columns = Infinity,
): string[] {
  if (views.length === 0) return [t("status.no_server")];
  return views.flatMap((view, i) => [
    ...(i === 0 ? [] : [""]),
    ...renderServer(view, { now, paint, t, columns }),
  ]);
}

const CONNECTION_HEADINGS = [
  ...["heading.server", "heading.connection", "heading.state", "heading.for"] as const,
  ...["heading.age", "heading.url", "heading.last_error"] as const,
];

const PATH_HEADINGS = [
  ...["heading.path", "heading.state", "heading.age", "heading.rows"] as const,
  ...["heading.connection", "heading.wanted_by"] as const,
];

/** How a server is shown. */
type Showing = {
  readonly now: number;
  readonly paint: Paint;
  readonly t: Translate;
  readonly columns: number;
};

function renderServer(status: StatusView, showing: Showing): string[] {
  const { now, paint, t, columns } = showing;
  const { name, connections, subscriptions, clockSkewMs } = readServerView(status);
  const links = connections.map((each) => [
    safeText(name),
    safeText(each.endpoint),
    paint(styleOf(each.state), safeText(each.state)),
    renderAge(now - each.since, t),
    ...(each.receivedAt === 0 ? ["-"] : [renderAge(now - each.receivedAt, t)]),
    safeText(each.url),
    safeText(each.state === "connected" ? "" : t.sentence(each.lastError)),
  ]);
  const paths = subscriptions.map((path) => renderPath(path, status.records[path.path], showing));
  return [
    ...renderTable(CONNECTION_HEADINGS.map((key) => t(key)), links, columns),
    ...(clockSkewMs === null || Math.abs(clockSkewMs) < 1000
      ? []
      : [paint("warn", describeSkew(clockSkewMs, t))]),
    ...(paths.length === 0
      ? [t("status.no_subscriptions")]
      : ["", ...renderTable(PATH_HEADINGS.map((key) => t(key)), paths, columns)]),
    ...subscriptions.flatMap(({ path, state, error }) => {
      if (error === null) return [];
      const reason = renderReason(error, t, now);
      const said = t("status.path_error", { path: safeText(path), state: safeText(state), reason });
      return [paint("bad", said)];
    }),
  ];
}

function renderPath(
  path: PathView,
  record: SubRecord | undefined,
  { now, paint, t }: Showing,
): string[] {
  // Redis has what the service says, but for services that say less.
  const receivedAt = record === undefined || record.receivedAt === 0 ? path.receivedAt : record.receivedAt;
  return [
    safeText(path.path),
    paint(styleOf(path.state), safeText(path.state)),
    receivedAt === 0 ? "-" : renderAge(now - receivedAt, t),
    String(Math.max(path.rows, record?.rows ?? 0)),
    safeText(path.connection),
    safeText(path.owners.join(", ")),
  ];
}

function describeSkew(ms: number, t: Translate): string {
  const time = renderAge(Math.abs(ms), t);
  return ms > 0 ? t("status.clock_ahead", { time }) : t("status.clock_behind", { time });
}

function styleOf(state: string): Style {
  if (state === "live" || state === "connected") return "good";
  return state === "refused" || state === "stale" ? "bad" : "warn";
}
