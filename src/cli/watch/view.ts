/** What a live table knows as a view: what is up, and a table for each kind of path. Pure. */
import { upperCaseOf } from "../../okx/upper_case.ts";
import { type Grid, translateGrid } from "../terminal/live/grid.ts";
import type { ScreenContent } from "../terminal/live/frame.ts";
import { renderRate } from "../terminal/live/rate.ts";
import type { Paint } from "../terminal/live/style.ts";
import { renderReason } from "../terminal/reason.ts";
import { renderAge } from "../terminal/age.ts";
import { cutText, safeText, widthOf } from "../terminal/text.ts";
import { type Entry, MAX_TAPE, type WatchState } from "./watch_state.ts";
import { type CellContext, INSTRUMENT, type LiveColumn, STATE } from "./cells.ts";
import { type Kind, KINDS } from "./kind.ts";
import { pathOf, watchDetail } from "./detail.ts";
import { columnsOfRows, TABLES } from "./tables.ts";
import { rowTimeOf } from "../../okx/row_time.ts";
import { englishOf, type Text } from "../../shared/messages/message.ts";
import { english, keyed, type PlainKey, type Translate } from "../i18n/translate.ts";

/** What is wrong with a connection that is not up, in words. */
const CONNECTIONS: Readonly<Record<string, PlainKey>> = {
  READY: "watch.no_data_yet",
  CONNECTED: "watch.no_data_yet",
  DISCONNECTED: "watch.exchange_down",
  EXIT: "watch.server_closed",
};

/** Renders everything that a live table shows at one moment. */
export function watchView(
  watch: WatchState,
  now: number,
  paint: Paint,
  t: Translate = english,
): ScreenContent {
  const entries = [...watch.entries.values()];
  const byPath = Map.groupBy(entries, ({ path }) => path);
  const isAlone = ({ path }: Entry) =>
    byPath.get(path)?.length === 1 && watch.sources.get(path)?.isOfMany !== true;
  const context: CellContext = { watch, now, t, isAlone };
  const tape = watch.tape.slice(-MAX_TAPE).reverse();
  const grids: Grid[] = [];
  for (const kind of Object.keys(KINDS) as Kind[]) {
    const paths = watch.paths.filter((path) => watch.sources.get(path)?.kind === kind);
    if (paths.length === 0) continue;
    const lines = kind === "tape" ? tape : linesOf(kind, paths, byPath);
    grids.push(translateGrid(gridOf(kind, paths, lines, context), t));
  }
  return {
    head: (columns) => renderHead(watch, now, columns, paint, t),
    grids,
    detail: (key) => watchDetail(watch, key, now, t),
    targetOf(key) {
      const path = pathOf(key);
      return watch.records.has(path) ? { server: watch.name, path } : undefined;
    },
  };
}

/** Lines in the order in which their paths were asked for; candles with the newest bar first. */
function linesOf(kind: Kind, paths: readonly string[], byPath: ReadonlyMap<string, Entry[]>): Entry[] {
  if (kind !== "candles") return paths.flatMap((path) => byPath.get(path) ?? []);
  const newestFirst = paths.map((path) =>
    (byPath.get(path) ?? []).toSorted((a, b) => rowTimeOf(b.row) - rowTimeOf(a.row))
  );
  // Side by side only the newest bars can be compared.
  return paths.length === 1 ? newestFirst.flat() : newestFirst.flatMap((bars) => bars.slice(0, 1));
}

function gridOf(
  kind: Kind,
  paths: readonly string[],
  lines: readonly Entry[],
  context: CellContext,
): Grid<Text> {
  const columns = kind === "rows" ? columnsOfRows(lines) : TABLES[kind];
  const seen = new Set(lines.map(({ path }) => path));
  // The tape is there for what happens, not for what does not.
  const silent = kind === "tape" ? [] : paths.filter((path) => !seen.has(path));
  return {
    title: KINDS[kind],
    columns,
    rows: [
      ...lines.map((entry) => columns.map((column) => column.cell(entry, context))),
      ...silent.map((path) => silentRow(path, kind, columns, context)),
    ],
    keys: [...lines.map(({ key }) => key), ...silent.map((path) => `${path}\n`)],
    empty: keyed("watch.nothing_yet"),
  };
}

/** A path of which nothing is known is shown all the same, with its state. */
function silentRow(
  path: string,
  kind: Kind,
  columns: readonly LiveColumn[],
  context: CellContext,
): Grid["rows"][0] {
  const entry = { path, kind, row: {}, prices: [] } as unknown as Entry;
  const shown = [INSTRUMENT.title, STATE.title].map(englishOf);
  return columns.map((column) =>
    shown.includes(englishOf(column.title)) || column === columns[0]
      ? column.cell(entry, context)
      : { text: "" }
  );
}

function renderHead(watch: WatchState, now: number, columns: number, paint: Paint, t: Translate): string[] {
  const { name, paths, rate, redis, status } = watch;
  const isUp = redis.kind === "up" && status === "ON_DATA";
  const what = [
    paths.length === 1 ? t("watch.paths_one", { count: 1 }) : t("watch.paths_many", { count: paths.length }),
    t("live.row_rate", { rate: renderRate(rate.perSecond(now)) }),
    safeText(status),
  ].filter((text) => text !== "").join("  ");
  const left = cutText(`okws watch ${safeText(name)}`, columns);
  const right = cutText(`  ${what}`, Math.max(0, columns - widthOf(left)));
  const faults = faultsOf(watch, now, t).map((text) => paint("bad", cutText(text, columns)));
  return [paint("title", left) + paint(isUp ? "good" : "warn", right), ...faults, ""];
}

/** Returns what a person must know before believing the table. */
function faultsOf({ redis, status, paths, records, name }: WatchState, now: number, t: Translate): string[] {
  const forHow = renderAge(now - redis.since, t);
  if (redis.kind === "connecting") return [t("live.connecting")];
  if (redis.kind === "lost") {
    return [t("watch.redis_away", { time: forHow, reason: safeText(t.any(redis.reason)) })];
  }
  if (redis.kind === "unserved") {
    return [t("watch.no_service", { time: forHow })];
  }
  const connection = status === "ON_DATA" ? undefined : CONNECTIONS[status] ?? "watch.no_server";
  const missing = paths.filter((path) => !records.has(path));
  const refused = paths.filter((path) => records.get(path)?.error);
  return [
    ...(connection === undefined ? [] : [`${safeText(name)}: ${t(connection)}`]),
    ...(missing.length === 0
      ? []
      : [t("watch.not_subscribed", { server: safeText(name), paths: missing.slice(0, 5).join(" ") })]),
    ...refused.slice(0, 3).flatMap((path) => {
      const { state = "", error } = records.get(path) ?? {};
      if (!error) return [];
      const reason = renderReason(error, t, now);
      if (state === "refused") return [t("watch.refused", { path, reason })];
      return [t("status.path_error", { path, state: safeText(state), reason })];
    }),
    ...[...missing, ...refused.filter((path) => records.get(path)?.state === "refused")].slice(0, 5)
      .flatMap((path) => upperCaseOf(path) ?? []).map((path) => t("upper_case.likely", { path })),
  ];
}
