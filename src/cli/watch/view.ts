/** A board as a picture: what is up, and a table for each kind of path. Pure. */
import { type Grid, gridInWords } from "../terminal/live/grid.ts";
import type { Picture } from "../terminal/live/frame.ts";
import { renderRate } from "../terminal/live/rate.ts";
import type { Paint } from "../terminal/live/style.ts";
import { renderAge } from "../terminal/table.ts";
import { cutText, safeText, widthOf } from "../terminal/text.ts";
import { type Board, type Entry, MAX_TAPE } from "./watch_state.ts";
import { type Context, INSTRUMENT, type LiveColumn, STATE } from "./cells.ts";
import { type Kind, KINDS } from "./kind.ts";
import { columnsOfRows, TABLES } from "./tables.ts";
import { timeOf } from "../../client/row_time.ts";
import { inEnglish, type Words } from "../i18n/translate.ts";

/** What is up with a link that is not up, in words. */
const CONNECTIONS: Readonly<Record<string, string>> = {
  READY: "connected, no data yet",
  CONNECTED: "connected, no data yet",
  DISCONNECTED: "the exchange is disconnected, okws is reconnecting",
  EXIT: "the server was closed",
};

/** Everything that a live table shows at one moment. */
export function pictureOf(board: Board, now: number, paint: Paint, t: Words = inEnglish): Picture {
  const entries = [...board.entries.values()];
  const byPath = Map.groupBy(entries, ({ path }) => path);
  const isAlone = ({ path }: Entry) =>
    byPath.get(path)?.length === 1 && board.sources.get(path)?.isOfMany !== true;
  const context: Context = { board, now, t, isAlone };
  const tape = board.tape.slice(-MAX_TAPE).reverse();
  const grids: Grid[] = [];
  for (const kind of Object.keys(KINDS) as Kind[]) {
    const paths = board.paths.filter((path) => board.sources.get(path)?.kind === kind);
    if (paths.length === 0) continue;
    const lines = kind === "tape" ? tape : linesOf(kind, paths, byPath);
    grids.push(gridInWords(gridOf(kind, paths, lines, context), t, kind === "rows"));
  }
  return { head: (columns) => renderHead(board, now, columns, paint, t), grids };
}

/** Lines in the order in which their paths were asked for; candles with the newest bar first. */
function linesOf(kind: Kind, paths: readonly string[], byPath: ReadonlyMap<string, Entry[]>): Entry[] {
  if (kind !== "candles") return paths.flatMap((path) => byPath.get(path) ?? []);
  const newestFirst = paths.map((path) =>
    (byPath.get(path) ?? []).toSorted((a, b) => (timeOf(b.row) ?? 0) - (timeOf(a.row) ?? 0))
  );
  // Side by side only the newest bars can be compared.
  return paths.length === 1 ? newestFirst.flat() : newestFirst.flatMap((bars) => bars.slice(0, 1));
}

function gridOf(kind: Kind, paths: readonly string[], lines: readonly Entry[], context: Context): Grid {
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
    empty: "Nothing has arrived yet",
  };
}

/** A path of which nothing is known is shown all the same, with its state. */
function silentRow(
  path: string,
  kind: Kind,
  columns: readonly LiveColumn[],
  context: Context,
): Grid["rows"][0] {
  const entry = { path, kind, row: {}, prices: [] } as unknown as Entry;
  const shown = [INSTRUMENT.title, STATE.title];
  return columns.map((column) =>
    shown.includes(column.title) || column === columns[0] ? column.cell(entry, context) : { text: "" }
  );
}

function renderHead(board: Board, now: number, columns: number, paint: Paint, t: Words): string[] {
  const { name, paths, rate, link, status } = board;
  const isUp = link.kind === "up" && status === "ON_DATA";
  const what = [
    t(`${paths.length} path${paths.length === 1 ? "" : "s"}`),
    t(`${renderRate(rate.perSecond(now))} rows/s`),
    safeText(status),
  ].filter((text) => text !== "").join("  ");
  const left = cutText(`okws watch ${safeText(name)}`, columns);
  const right = cutText(`  ${what}`, Math.max(0, columns - widthOf(left)));
  const faults = faultsOf(board, now).map((text) => paint("bad", cutText(t(text), columns)));
  return [paint("title", left) + paint(isUp ? "good" : "warn", right), ...faults, ""];
}

/** What a person must know before believing the table. */
function faultsOf({ link, status, paths, records, name }: Board, now: number): string[] {
  const forHow = renderAge(now - link.since);
  if (link.kind === "connecting") return ["connecting to Redis …"];
  if (link.kind === "lost") {
    return [`Redis is away for ${forHow}, reconnecting; what is shown is old: ${safeText(link.reason)}`];
  }
  if (link.kind === "unserved") {
    return [`No okws service is running for ${forHow}, what is shown is old; waiting for it`];
  }
  const connection = status === "ON_DATA" ? undefined : CONNECTIONS[status] ?? "there is no such server open";
  const missing = paths.filter((path) => !records.has(path));
  const refused = paths.filter((path) => records.get(path)?.error);
  return [
    ...(connection === undefined ? [] : [`${safeText(name)}: ${connection}`]),
    ...(missing.length === 0
      ? []
      : [`Not subscribed: okws client subscribe ${safeText(name)} ${missing.slice(0, 5).join(" ")}`]),
    ...refused.slice(0, 3).map((path) => {
      const error = records.get(path)?.error;
      return `${path} was refused: ${safeText(`${error?.code ?? ""} ${error?.message ?? ""}`)}`;
    }),
  ];
}
