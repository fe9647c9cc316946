/** The figures of a service as a view: what flows, what went wrong, its connections, and its subscriptions. Pure. */
import type { ScreenContent } from "../terminal/live/frame.ts";
import { type Grid, translateGrid } from "../terminal/live/grid.ts";
import { renderRate } from "../terminal/live/rate.ts";
import { renderSpark } from "../terminal/live/spark.ts";
import type { Paint, Style } from "../terminal/live/style.ts";
import { ageOf, renderAge } from "../terminal/age.ts";
import { cutText, safeText, widthOf } from "../terminal/text.ts";
import type { Text } from "../../shared/messages/message.ts";
import { english, keyed, type PlainKey, type Translate } from "../i18n/translate.ts";
import type { Figures } from "./sample.ts";
import { topDetail, topTarget } from "./detail.ts";
import { connectionLines, connectionsOf, styleOf, subscriptionsOf } from "./tables.ts";

/** What the view knows at one moment. */
export type TopState = {
  readonly figures: Figures | undefined;
  /** Rows per second of the last looks, oldest first. */
  readonly course: readonly number[];
  /** What keeps new figures from coming; empty: nothing does. `since` is Unix ms. */
  readonly fault: { readonly text: Text; readonly since: number } | undefined;
};

/** Names of the counters of faults. */
const FAULTS: Readonly<Record<string, PlainKey>> = {
  disconnects: "top.connections_lost",
  gaps: "top.book_gaps",
  renewals: "top.renewed",
  handovers: "top.handed_over",
  refused: "top.refused",
  unreadable: "top.unreadable",
  unexpected: "top.unexpected",
  skipped: "top.skipped",
  dropped: "top.dropped",
  rejected: "top.rejected",
  retries: "top.repeated",
};

/** Counters that stand there even when they are zero. */
const ALWAYS = new Set(["disconnects", "gaps", "refused", "dropped", "rejected"]);

/** Counters that mean lost data. */
const LOSSES = new Set(["dropped", "rejected", "unreadable"]);

/** Renders everything that `okws top` shows at one moment. */
export function topView(state: TopState, now: number, paint: Paint, t: Translate = english): ScreenContent {
  const { figures } = state;
  return {
    head: (columns, tab) => renderHead(state, now, { columns, isBrief: tab === CONNECTIONS_TAB, paint, t }),
    grids: [translateGrid(figures === undefined ? WAITING : subscriptionsOf(figures, now, t), t)],
    ...(figures === undefined ? {} : {
      more: [translateGrid(connectionsOf(figures, now, t), t)],
      detail: (key) => topDetail(figures, key, now, t),
      targetOf: (key) => topTarget(figures, key),
    }),
  };
}

/** The tab of the connections; above it they do not stand a second time. */
const CONNECTIONS_TAB = 1;

const WAITING: Grid<Text> = {
  title: keyed("top.subscriptions"),
  columns: [{ title: keyed("heading.path"), rank: 0 }],
  rows: [],
  empty: keyed("top.waiting"),
};

function renderHead(
  { figures, course, fault }: TopState,
  now: number,
  { columns, isBrief, paint, t }: {
    readonly columns: number;
    readonly isBrief: boolean;
    readonly paint: Paint;
    readonly t: Translate;
  },
): string[] {
  const faults = fault === undefined ? [] : [paint("bad", cutText(describeFault(fault, now, t), columns))];
  if (figures === undefined) return [paint("title", "okws top"), ...faults, ""];
  const line = (...parts: readonly Part[]) => joinParts(parts, columns, paint, t);
  const { perSecond: flow, lagMs, redis, outage, stopping } = figures;
  return [
    line(
      ["title", `okws ${safeText(figures.version)}`],
      // In words as well: where there are no colours, nothing else distinguishes these from current figures.
      ...(fault === undefined ? [] : [["bad", keyed("top.last_known")] as const]),
      ["plain", keyed("top.up", { time: ageOf(figures.uptimeMs) })],
      ...(figures.shard === undefined
        ? []
        : [["plain", keyed("top.shard", { shard: safeText(figures.shard) })] as const]),
      ...(figures.missingShards ?? []).map((shard) =>
        ["bad", keyed("top.shard_missing", { shard: safeText(shard) })] as const
      ),
      ...(figures.epoch === null ? [] : [["plain", keyed("top.epoch", { epoch: figures.epoch })] as const]),
      ...(figures.standbys === 0
        ? []
        : [["plain", keyed("top.standbys", { count: figures.standbys })] as const]),
      ...(stopping ? [["warn", keyed("top.stopping")] as const] : []),
      ...Object.entries(figures.states).map(([state, count]) =>
        [styleOf(state), `${count} ${safeText(state)}`] as const
      ),
      ...skewParts(figures),
    ),
    ...faults,
    ...(outage === "" ? [] : [paint("bad", cutText(t.sentence(safeText(outage)), columns))]),
    line(
      ["title", keyed("live.row_rate", { rate: rate(flow?.rows) })],
      ["key", renderSpark(course, 20)],
      ["plain", keyed("top.message_rate", { rate: rate(flow?.messages) })],
      ["plain", keyed("top.byte_rate", { bytes: flow === null ? "-" : renderBytes(flow.characters) })],
    ),
    line(
      ["plain", keyed("top.batch_rate", { rate: rate(flow?.batches), ms: figures.batchMs.toFixed(1) })],
      ["plain", keyed("top.command_rate", { rate: rate(flow?.writes) })],
      [
        lagMs !== null && lagMs.p99 > 1000 ? "warn" : "plain",
        lagMs === null
          ? keyed("top.lag_unknown")
          : keyed("top.lag", { median: lagMs.p50.toFixed(1), most: lagMs.p99.toFixed(1) }),
      ],
    ),
    line(
      ["plain", redis === null ? keyed("top.redis_memory_unknown") : `Redis ${renderBytes(redis.usedBytes)}`],
      ...(redis === null || redis.maxBytes === 0 ? [] : [
        [
          redis.usedBytes > 0.9 * redis.maxBytes ? "bad" : "plain",
          keyed("top.memory_of", { bytes: renderBytes(redis.maxBytes) }),
        ] as const,
      ]),
      ...(redis === null || redis.peakBytes === 0
        ? []
        : [["dim", keyed("top.memory_peak", { bytes: renderBytes(redis.peakBytes) })] as const]),
      [
        figures.queuedBytes > 1024 * 1024 ? "warn" : "plain",
        keyed("top.queue", { bytes: renderBytes(figures.queuedBytes) }),
      ],
      ["dim", keyed("top.memory_peak", { bytes: renderBytes(figures.queuedBytesPeak) })],
    ),
    line(
      ...Object.entries(figures.faults).filter(([name, count]) => count > 0 || ALWAYS.has(name)).map((
        [name, count],
      ) =>
        [
          count === 0 ? "dim" : LOSSES.has(name) ? "bad" : "warn",
          `${count} ${nameOf(name, t)}`,
        ] as const
      ),
    ),
    "",
    ...(isBrief ? [] : [...connectionLines(figures, now, columns, paint, t), ""]),
  ];
}

type Part = readonly [style: Style, text: Text];

/** Parts side by side, as many as fit. */
function joinParts(parts: readonly Part[], columns: number, paint: Paint, t: Translate): string {
  let left = columns;
  const shown: string[] = [];
  for (const [style, text] of parts) {
    if (text === "" || left <= 0) continue;
    const cut = cutText(typeof text === "string" ? text : t(text), left);
    left -= widthOf(cut) + 2;
    shown.push(paint(style, cut));
  }
  return shown.join("  ");
}

/** Returns what keeps new figures from coming, and for how long. */
function describeFault({ text, since }: NonNullable<TopState["fault"]>, now: number, t: Translate): string {
  return t("top.since", { reason: safeText(t.any(text)), time: renderAge(now - since, t) });
}

function nameOf(counter: string, t: Translate): string {
  const key = FAULTS[counter];
  return key === undefined ? counter : t(key);
}

/** Clocks that differ by more than a second break logins and ages. */
function skewParts({ clockSkewMs }: Figures): Part[] {
  return Object.entries(clockSkewMs).flatMap(([server, skew]) =>
    skew === null || Math.abs(skew) < 1000
      ? []
      : [["warn", keyed("top.clock", { server: safeText(server), seconds: renderSkew(skew) })] as const]
  );
}

function renderSkew(ms: number): string {
  return `${ms > 0 ? "+" : ""}${(ms / 1000).toFixed(1)}`;
}

/** Renders bytes in the unit that fits: `12.4 MB`. */
export function renderBytes(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = -1;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(value < 99.5 ? 1 : 0)} ${units[unit]}`;
}

function rate(perSecond: number | undefined): string {
  return perSecond === undefined ? "-" : renderRate(perSecond);
}
