/** Faults of pushes that take more than one frame to happen: bars that are skipped, pushes in the wrong order, events again. */
import { once, toggle } from "./fault.ts";
import type { Fault, Outcome } from "./fault.ts";
import type { Outgoing } from "./outgoing.ts";

/** The members that name a row, in the order in which they are tried. */
const ROW_IDS = ["ordId", "algoId", "rfqId", "quoteId", "depId", "wdId", "posId", "tradeId", "instId"];

export const PUSH_FAULTS: readonly (readonly [name: string, fault: Fault])[] = [
  ["skip-bar", {
    usage:
      "skip-bar [CHANNEL[:INSTRUMENT]]: the next bar that opens (of any candles, unless named) is never pushed",
    listed: false,
    ask: ([what]) => skipBar(what),
  }],
  ["skip-confirm", {
    usage:
      "skip-confirm [CHANNEL[:INSTRUMENT]]: the next final row of a bar (of any candles, unless named) is lost",
    listed: false,
    ask: ([what]) =>
      once(
        named("skip-confirm", what),
        (frame) => isCandle(frame, what),
        (frame) => candleOf(frame)?.at(-1) === "1" ? [] : [frame],
      ),
  }],
  ["disorder", {
    usage:
      "disorder [CHANNEL[:INSTRUMENT]]: the next push (of orders, unless named) comes after the next one of the same row",
    listed: false,
    ask: ([what = "orders"]) => disorder(what),
  }],
  ["split-snapshot", {
    usage:
      "split-snapshot [on|off]: a snapshot of balance_and_position comes in several messages, as when it is too large",
    listed: true,
    ask: ([state = "on"]) => toggle("split-snapshot", state, (frame: Outgoing) => splitSnapshot(frame)),
  }],
  ["partial-instruments", {
    usage:
      "partial-instruments [on|off]: pushes of instruments say what they are about and what has changed, and leave out the rest",
    listed: true,
    ask: ([state = "on"]) =>
      toggle("partial-instruments", state, (frame: Outgoing) => [partialInstruments(frame)]),
  }],
  ["repeat-events", {
    usage:
      "repeat-events=COUNT: at each subscription up to COUNT events of the channel that were sent are sent again",
    listed: true,
    ask([value]) {
      if (value === "off") return { answer: "repeat-events off", off: "repeat-events" };
      const repeats = Number(value);
      if (!(Number.isInteger(repeats) && repeats > 0)) {
        throw new SyntaxError(`Cannot read fault repeat-events: not a number of events: ${value ?? "none"}`);
      }
      return { answer: `repeat-events ${repeats}`, active: { identity: "repeat-events", repeats } };
    },
  }],
];

function skipBar(what: string | undefined): Outcome {
  const identity = named("skip-bar", what);
  const seen = new Map<string, number>();
  let skipped: { readonly topic: string; readonly openMs: number } | undefined;
  let spent = false;
  const treat = (frame: Outgoing): Outgoing[] => {
    const openMs = isCandle(frame, what) ? Number(candleOf(frame)?.[0]) : NaN;
    const topic = frame.topics.at(-1) ?? "";
    if (spent || Number.isNaN(openMs) || (skipped !== undefined && topic !== skipped.topic)) return [frame];
    const known = seen.get(topic);
    if (known === undefined) seen.set(topic, openMs);
    else if (skipped === undefined && openMs > known) skipped = { topic, openMs };
    if (skipped === undefined || openMs < skipped.openMs) return [frame];
    if (openMs === skipped.openMs) return [];
    spent = true;
    return [frame];
  };
  return { answer: `${identity} waiting`, active: { identity, treat, isSpent: () => spent } };
}

function disorder(what: string): Outcome {
  const identity = `disorder ${what}`;
  let kept: Outgoing | undefined;
  let spent = false;
  const treat = (frame: Outgoing): Outgoing[] => {
    if (spent || frame.kind !== "push" || !frame.topics.includes(what) || rowId(frame) === "") return [frame];
    if (kept === undefined) {
      kept = frame;
      return [];
    }
    const follows = frame.connection === kept.connection && frame.topics.at(-1) === kept.topics.at(-1) &&
      rowId(frame) === rowId(kept);
    if (!follows) return [frame];
    spent = true;
    return [frame, kept];
  };
  return { answer: `${identity} waiting`, active: { identity, treat, isSpent: () => spent } };
}

/** One message for each balance and each position; `eventType` stands in the row here. */
function splitSnapshot(frame: Outgoing): Outgoing[] {
  if (!frame.topics.includes("balance_and_position") || typeof frame.payload !== "string") return [frame];
  const message = JSON.parse(frame.payload) as { data: readonly SnapshotRow[] };
  const [row] = message.data;
  if (row === undefined || row.eventType !== "snapshot") return [frame];
  const none = { ...row, balData: [], posData: [], trades: [] };
  const parts = [
    ...row.balData.map((one) => ({ ...none, balData: [one] })),
    ...row.posData.map((one, index) => ({
      ...none,
      posData: [one],
      trades: row.trades.slice(index, index + 1),
    })),
  ];
  return parts.map((part) => ({ ...frame, payload: JSON.stringify({ ...message, data: [part] }) }));
}

/** What changes of an instrument that is traded, and its name; a new one comes whole (OKX changelog of 2026-09-30). */
const PARTS = ["instType", "instId", "state", "maxMktSz"];

function partialInstruments(frame: Outgoing): Outgoing {
  if (!frame.topics.includes("instruments") || typeof frame.payload !== "string") return frame;
  const message = JSON.parse(frame.payload) as { data: readonly Readonly<Record<string, unknown>>[] };
  const data = message.data.map((row) =>
    row.state === "preopen"
      ? row
      : Object.fromEntries(PARTS.filter((name) => name in row).map((name) => [name, row[name]]))
  );
  return { ...frame, payload: JSON.stringify({ ...message, data }) };
}

type SnapshotRow = {
  readonly eventType: string;
  readonly balData: readonly unknown[];
  readonly posData: readonly unknown[];
  readonly trades: readonly unknown[];
};

function named(fault: string, what: string | undefined): string {
  return what === undefined ? fault : `${fault} ${what}`;
}

function isCandle({ kind, topics }: Outgoing, what: string | undefined): boolean {
  return kind === "push" &&
    (what === undefined ? topics[0]?.includes("candle") === true : topics.includes(what));
}

/** Returns the row of a candle push; the old API keeps it in a member. */
function candleOf(frame: Outgoing): readonly unknown[] | undefined {
  const row = firstRow(frame);
  return Array.isArray(row) ? row : undefined;
}

function rowId(frame: Outgoing): string {
  const row = firstRow(frame);
  if (typeof row !== "object" || row === null) return "";
  const members = row as Readonly<Record<string, unknown>>;
  return String(ROW_IDS.map((name) => members[name]).find((id) => id !== undefined) ?? "");
}

function firstRow({ payload }: Outgoing): unknown {
  if (typeof payload !== "string") return undefined;
  const { data } = JSON.parse(payload) as { data?: unknown };
  return Array.isArray(data) ? data[0] : undefined;
}
