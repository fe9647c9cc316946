/** The figures of a service as a picture: what flows, what went wrong, its connections, and its subscriptions. Pure. */
import type { Picture } from "../terminal/live/frame.ts";
import { type Grid, gridInWords } from "../terminal/live/grid.ts";
import { renderRate } from "../terminal/live/rate.ts";
import { renderSpark } from "../terminal/live/spark.ts";
import type { Paint, Style } from "../terminal/live/style.ts";
import { renderAge } from "../terminal/table.ts";
import { cutText, safeText, widthOf } from "../terminal/text.ts";
import { inEnglish, type Words } from "../i18n/translate.ts";
import type { Figures } from "./sample.ts";
import { connectionLines, styleOf, subscriptionsOf } from "./tables.ts";

/** What the view knows at one moment. */
export type TopState = {
  readonly figures: Figures | undefined;
  /** Rows per second of the last looks, oldest first. */
  readonly course: readonly number[];
  /** What keeps new figures from coming; empty: nothing does. `since` is Unix ms. */
  readonly fault: { readonly text: string; readonly since: number } | undefined;
};

/** Words for the counters of faults. */
const FAULT_WORDS: Readonly<Record<string, string>> = {
  disconnects: "connections lost",
  gaps: "book gaps",
  renewals: "renewed",
  handovers: "handed over",
  refused: "refused",
  unreadable: "unreadable",
  unexpected: "unexpected",
  skipped: "skipped",
  dropped: "dropped",
  rejected: "rejected",
  retries: "batches repeated",
};

/** Counters that stand there even when they are zero. */
const ALWAYS = new Set(["disconnects", "gaps", "refused", "dropped", "rejected"]);

/** Counters that mean lost data. */
const LOSSES = new Set(["dropped", "rejected", "unreadable"]);

/** Everything that `okws top` shows at one moment. */
export function pictureOf(state: TopState, now: number, paint: Paint, t: Words = inEnglish): Picture {
  const { figures } = state;
  return {
    head: (columns) => renderHead(state, now, columns, paint, t),
    grids: [gridInWords(figures === undefined ? WAITING : subscriptionsOf(figures, now, t), t)],
  };
}

const WAITING: Grid = {
  title: "Subscriptions",
  columns: [{ title: "path", rank: 0 }],
  rows: [],
  empty: "waiting for the first figures …",
};

function renderHead(
  { figures, course, fault }: TopState,
  now: number,
  columns: number,
  paint: Paint,
  t: Words,
): string[] {
  const faults = fault === undefined
    ? []
    : [paint("bad", cutText(t(`${safeText(fault.text)} (for ${renderAge(now - fault.since)})`), columns))];
  if (figures === undefined) return [paint("title", "okws top"), ...faults, ""];
  const line = (...parts: readonly Part[]) => joinParts(parts, columns, paint, t);
  const { perSecond: flow, lagMs, redis, outage, stopping } = figures;
  return [
    line(
      ["title", `okws ${safeText(figures.version)}`],
      ["plain", `up ${renderAge(figures.uptimeMs)}`],
      ...(stopping ? [["warn", "stopping"] as const] : []),
      ...Object.entries(figures.states).map(([state, count]) =>
        [styleOf(state), `${count} ${safeText(state)}`] as const
      ),
      ...skewParts(figures),
    ),
    ...faults,
    ...(outage === "" ? [] : [paint("bad", cutText(t(safeText(outage)), columns))]),
    line(
      ["title", `${rate(flow?.rows)} rows/s`],
      ["key", renderSpark(course, 20)],
      ["plain", `${rate(flow?.messages)} messages/s`],
      ["plain", `${flow === null ? "-" : renderBytes(flow.characters)}/s in`],
    ),
    line(
      ["plain", `${rate(flow?.batches)} batches/s of ${figures.batchMs.toFixed(1)} ms`],
      ["plain", `${rate(flow?.writes)} commands/s`],
      [
        lagMs !== null && lagMs.p99 > 1000 ? "warn" : "plain",
        lagMs === null ? "lag -" : `lag ${lagMs.p50.toFixed(1)} ms, 99 % below ${lagMs.p99.toFixed(1)} ms`,
      ],
    ),
    line(
      ["plain", redis === null ? "Redis memory -" : `Redis ${renderBytes(redis.usedBytes)}`],
      ...(redis === null || redis.maxBytes === 0 ? [] : [
        [
          redis.usedBytes > 0.9 * redis.maxBytes ? "bad" : "plain",
          `of ${renderBytes(redis.maxBytes)}`,
        ] as const,
      ]),
      ...(redis === null || redis.peakBytes === 0
        ? []
        : [["dim", `peak ${renderBytes(redis.peakBytes)}`] as const]),
      [figures.queuedBytes > 1024 * 1024 ? "warn" : "plain", `queue ${renderBytes(figures.queuedBytes)}`],
      ["dim", `peak ${renderBytes(figures.queuedBytesPeak)}`],
    ),
    line(
      ...Object.entries(figures.faults).filter(([name, count]) => count > 0 || ALWAYS.has(name)).map((
        [name, count],
      ) =>
        [
          count === 0 ? "dim" : LOSSES.has(name) ? "bad" : "warn",
          `${count} ${t(FAULT_WORDS[name] ?? name)}`,
        ] as const
      ),
    ),
    "",
    ...connectionLines(figures, now, columns, paint, t),
    "",
  ];
}

type Part = readonly [style: Style, text: string];

/** Parts side by side, as many as fit. */
function joinParts(parts: readonly Part[], columns: number, paint: Paint, t: Words): string {
  let left = columns;
  const shown: string[] = [];
  for (const [style, text] of parts) {
    if (text === "" || left <= 0) continue;
    const cut = cutText(t(text), left);
    left -= widthOf(cut) + 2;
    shown.push(paint(style, cut));
  }
  return shown.join("  ");
}

/** Clocks that differ by more than a second break logins and ages. */
function skewParts({ clockSkewMs }: Figures): Part[] {
  return Object.entries(clockSkewMs).flatMap(([server, skew]) =>
    skew === null || Math.abs(skew) < 1000
      ? []
      : [["warn", `clock of ${safeText(server)} ${renderSkew(skew)} s`] as const]
  );
}

function renderSkew(ms: number): string {
  return `${ms > 0 ? "+" : ""}${(ms / 1000).toFixed(1)}`;
}

/** `12.4 MB`: bytes in the unit that fits. */
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
