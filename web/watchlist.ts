/** The lines of the watchlist: instruments with their prices, the pinned ones first, and the paths of the chosen one. Pure. */
import { type Instrument, instrumentsOf } from "../src/http/instruments.ts";
import { type Model, type Path, problemOf } from "./model.ts";

/** Which instruments are listed. */
export type WatchGroup = "all" | "pinned" | "problems";

/** How they are ordered below the pinned ones. */
export type WatchOrder = "name" | "change";

/** One line. */
export type WatchLine =
  | {
    readonly kind: "instrument";
    readonly id: string;
    readonly instrument: Instrument<Path>;
    readonly last: string;
    /** In percent; undefined: not known. */
    readonly change: number | undefined;
    /** Whether the change is of a day, and not of the bars of the spark line. */
    readonly isDaily: boolean;
    readonly course: readonly number[];
    readonly pinned: boolean;
    /** The state of the price, or of another path that needs a look. */
    readonly state: string;
    /** Whether the price itself may be relied on. */
    readonly isLive: boolean;
  }
  | { readonly kind: "path"; readonly id: string; readonly path: Path };

/** What the lines depend on. */
export type WatchChoice = {
  readonly group: WatchGroup;
  readonly words: string;
  readonly order: WatchOrder;
  readonly pinned: ReadonlySet<string>;
  /** Its paths are listed below it. */
  readonly chosen: Path | undefined;
};

/** The name of an instrument in what a browser keeps. */
export function pinName(server: string, subject: string): string {
  return `${server} ${subject}`;
}

/** All lines in their order. */
export function watchLines(model: Model, { group, words, order, pinned, chosen }: WatchChoice): WatchLine[] {
  const wanted = words.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const mayShow = (path: Path) => !path.login || model.tick?.accounts === true;
  const shown = [...model.paths.values()].map((path) => mayShow(path) ? { ...path, login: false } : path);
  const lines = instrumentsOf(shown).map((instrument) => lineOf(model, instrument, pinned)).filter((line) => {
    const { instrument, state } = line;
    if (group === "pinned" && !line.pinned) return false;
    if (group === "problems" && state === "live") return false;
    const text = `${instrument.server} ${instrument.subject}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
  lines.sort((a, b) =>
    Number(b.pinned) - Number(a.pinned) ||
    (order === "change" ? (b.change ?? -Infinity) - (a.change ?? -Infinity) : 0) ||
    compare(a.instrument.subject, b.instrument.subject) || compare(a.instrument.server, b.instrument.server)
  );
  return lines.flatMap((line): WatchLine[] => {
    const { server, subject, paths } = line.instrument;
    if (chosen?.server !== server || chosen.subject !== subject) return [line];
    const below = paths.map(({ id }) => model.paths.get(id)).filter((path) => path !== undefined);
    below.sort((a, b) => compare(a.path, b.path));
    return [line, ...below.map((path) => ({ kind: "path" as const, id: String(path.id), path }))];
  });
}

function lineOf(
  model: Model,
  instrument: Instrument<Path>,
  pinned: ReadonlySet<string>,
): Extract<WatchLine, { kind: "instrument" }> {
  const { server, subject, price, paths } = instrument;
  const quote = model.quotes.get(`${server}\n${subject}`);
  const { last = "", open = "", closes = [], seen = [] } = quote ?? {};
  const course = closes.length > 0 ? [...closes.slice(0, -1), Number(last)] : seen;
  const from = open === "" ? course[0] : Number(open);
  const isKnown = last !== "" && from !== undefined && from > 0 && (open !== "" || course.length > 1);
  const problems = paths.map(problemOf).filter((problem) => problem !== "");
  const isLive = price?.state === "live";
  return {
    kind: "instrument",
    id: pinName(server, subject),
    ...{ instrument, last, course, isLive },
    change: isKnown ? (Number(last) / from - 1) * 100 : undefined,
    isDaily: open !== "",
    pinned: pinned.has(pinName(server, subject)),
    state: isLive || price === undefined ? problems[0] ?? "live" : price.state,
  };
}

/** The direction from the first of these values to the last; empty: there is none. */
export function directionOf(values: readonly number[]): "up" | "down" | "" {
  const rise = (values.at(-1) ?? 0) - (values[0] ?? 0);
  return rise > 0 ? "up" : rise < 0 ? "down" : "";
}

/** The points of a spark line in a box of that size, as SVG takes them; empty: there is no line to draw. */
export function sparkPoints(values: readonly number[], width: number, height: number): string {
  if (values.length < 2 || !values.every(Number.isFinite)) return "";
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const scale = high === low ? 0 : (height - 2) / (high - low);
  return values.map((value, i) => {
    const x = i / (values.length - 1) * width;
    const y = scale === 0 ? height / 2 : height - 1 - (value - low) * scale;
    return `${Math.round(x * 10) / 10},${Math.round(y * 10) / 10}`;
  }).join(" ");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
