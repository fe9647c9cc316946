/** The tables of `okws top`: connections, and subscriptions with what came longest ago first. Pure. */
import { type Cell, type Column, type Grid, renderGrids, translateGrid } from "../terminal/live/grid.ts";
import { renderRate } from "../terminal/live/rate.ts";
import type { Paint, Style } from "../terminal/live/style.ts";
import { FIRST_UI } from "../terminal/live/ui.ts";
import { renderAge } from "../terminal/age.ts";
import { safeText } from "../terminal/text.ts";
import type { Text } from "../../shared/messages/message.ts";
import { keyed, type Translate } from "../i18n/translate.ts";
import { connectionKey, subscriptionKey } from "./detail.ts";
import type { ConnectionFigure, Figures, PathFigure } from "./sample.ts";

/** Connections shown; with more of them the troubled ones come first. */
const MAX_CONNECTIONS = 12;

const CONNECTION_COLUMNS: readonly Column<Text>[] = [
  { title: keyed("heading.connection"), rank: 0, max: 32 },
  { title: keyed("heading.state"), rank: 1, min: 9 },
  { title: keyed("heading.for"), align: "right", rank: 2, min: 7 },
  { title: keyed("heading.age"), align: "right", rank: 1, min: 7 },
  { title: keyed("heading.paths"), align: "right", rank: 3 },
  { title: keyed("heading.url"), rank: 5, max: 48 },
  { title: keyed("heading.last_error"), rank: 4, max: 200, flexible: true },
];

/** Returns the connections as lines; there are never many, so they stay in sight. */
export function connectionLines(
  { connections }: Figures,
  now: number,
  columns: number,
  paint: Paint,
  t: Translate,
): string[] {
  if (connections.length === 0) {
    return [paint("dim", t("top.no_server"))];
  }
  const troubledFirst = connections.toSorted((a, b) => Number(isUp(a)) - Number(isUp(b)));
  const shown = (connections.length > MAX_CONNECTIONS ? troubledFirst : connections).slice(
    0,
    MAX_CONNECTIONS,
  );
  const grid = translateGrid({ ...connectionGrid(shown, now, t), title: "", empty: "" }, t);
  const size = { columns, rows: shown.length + 1 };
  const { lines } = renderGrids([{ ...grid, keys: [] }], size, FIRST_UI, paint);
  const left = connections.length - shown.length;
  return left === 0 ? [...lines] : [...lines, paint("dim", t("list.more", { count: left }))];
}

/** Returns all connections as a table that scrolls. */
export function connectionsOf({ connections }: Figures, now: number, t: Translate): Grid<Text> {
  return connectionGrid(connections, now, t);
}

function connectionGrid(connections: readonly ConnectionFigure[], now: number, t: Translate): Grid<Text> {
  return {
    title: keyed("top.connections"),
    columns: CONNECTION_COLUMNS,
    rows: connections.map((each): Cell[] => [
      { text: safeText(`${each.server} ${each.endpoint}`), style: "key" },
      { text: safeText(each.state), style: isUp(each) ? "good" : each.state === "idle" ? "dim" : "bad" },
      { text: ageText(each.since, now, t) },
      { text: ageText(each.receivedAt, now, t), style: isUp(each) ? "plain" : "dim" },
      { text: String(each.subscriptions) },
      { text: safeText(each.url), style: "dim" },
      { text: safeText(isUp(each) ? "" : reasonOf(each, t)), style: "warn" },
    ]),
    keys: connections.map(connectionKey),
    empty: keyed("top.no_server"),
  };
}

const PATH_COLUMNS: readonly Column<Text>[] = [
  { title: keyed("top.oldest_path"), rank: 0, max: 60 },
  { title: keyed("heading.server"), rank: 5, max: 20 },
  { title: keyed("heading.state"), rank: 1, min: 7 },
  { title: keyed("heading.age"), align: "right", rank: 0, min: 7 },
  { title: keyed("heading.rows"), align: "right", rank: 4, min: 7 },
  { title: "/s", align: "right", rank: 2, min: 5 },
  { title: keyed("top.promised"), align: "right", rank: 7 },
  { title: keyed("heading.connection"), rank: 6, max: 24 },
  { title: keyed("heading.wanted_by"), rank: 8, max: 16 },
  { title: keyed("heading.error"), rank: 3, max: 200, flexible: true },
];

/** Titles of all columns that there are. */
export const TOP_TITLES: readonly Text[] = [...PATH_COLUMNS, ...CONNECTION_COLUMNS].map(({ title }) => title);

/** Returns the subscriptions as a table that scrolls. */
export function subscriptionsOf({ subscriptions }: Figures, now: number, t: Translate): Grid<Text> {
  return {
    title: keyed("top.subscriptions"),
    columns: PATH_COLUMNS,
    rows: subscriptions.map((path) => subscriptionRow(path, now, t)),
    keys: subscriptions.map(subscriptionKey),
    empty: keyed("top.no_subscriptions"),
  };
}

function subscriptionRow(path: PathFigure, now: number, t: Translate): Cell[] {
  const { state, receivedAt, rows, rowsPerSecond, everyMs, error } = path;
  const age = receivedAt === 0 ? undefined : Math.max(0, now - receivedAt);
  const isLate = everyMs !== null && age !== undefined && age > everyMs;
  const ageStyle = state !== "live" || isLate ? "bad" : "plain";
  return [
    { text: safeText(path.path), style: "key" },
    { text: safeText(path.server), style: "dim" },
    { text: safeText(state), style: styleOf(state) },
    { text: age === undefined ? t("top.never") : renderAge(age, t), value: age ?? Infinity, style: ageStyle },
    { text: String(rows), value: rows },
    { text: rowsPerSecond === null ? "-" : renderRate(rowsPerSecond), value: rowsPerSecond ?? 0 },
    { text: everyMs === null ? "" : renderAge(everyMs, t), value: everyMs ?? Infinity, style: "dim" },
    { text: safeText(path.connection), style: "dim" },
    { text: safeText(path.owners.join(", ")), style: "dim" },
    { text: error === null ? "" : safeText(`${error.code} ${error.message}`), style: "warn" },
  ];
}

/** Returns the style of a state of a subscription. */
export function styleOf(state: string): Style {
  if (state === "live") return "good";
  return state === "refused" || state === "stale" ? "bad" : "warn";
}

function ageText(at: number, now: number, t: Translate): string {
  return at === 0 ? "-" : renderAge(Math.max(0, now - at), t);
}

function isUp({ state }: ConnectionFigure): boolean {
  return state === "connected";
}

/** Returns why a connection is not there, and how often it was tried since. */
function reasonOf({ lastError, attempts }: ConnectionFigure, t: Translate): string {
  const reason = t.sentence(lastError);
  return attempts === 0 ? reason : t("top.attempt", { reason, count: attempts });
}
