/** Rows of the series that a test plays: trades of two instruments, and bars. */
import type { Topic } from "../../src/okx/topic.ts";
import { topicOf } from "./topics.ts";

/** The time at which everything begins, in Unix milliseconds. */
export const START = 1_795_000_020_000;
export const MINUTE_MS = 60_000;

/** Ids of both instruments begin here, shortly before the part of an id that stands for its order begins again. */
export const FIRST_ID = 7990;

/** Of the first instrument two paths, which share a subscription. */
export const TRADES = [["spot/trade:A-USDT", "trades:A-USDT"], ["spot/trade:B-USDT"]].map((paths) =>
  paths.map((path) => topicOf(path))
);
/** Bars of one instrument, native and legacy. */
export const BARS = ["candle1m:A-USDT", "spot/candle60s:A-USDT"].map((path) => topicOf(path)) as [
  Topic,
  Topic,
];
/** Paths that have an index. */
export const INDEXES = ["spot/trade:A-USDT", "spot/trade:B-USDT", "candle1m:A-USDT", "spot/candle60s:A-USDT"];

/** Returns what a member is called by the exchange: another instrument may have the same id, and legacy bars have times as text. */
export function nameOf(member: string): string {
  return /^\d{4}-/.test(member) ? String(Date.parse(member)) : member.replace(/@.*/, "");
}

/** Returns its number. */
export function idOf(member: string): number {
  return Number(nameOf(member));
}

/** Returns a trade as the exchange sends it. */
export function tradeRow([topic]: readonly Topic[], id: number, at: number): Record<string, string> {
  return {
    instId: topic?.arg.instId ?? "",
    tradeId: String(id),
    px: "1",
    sz: "1",
    side: "buy",
    ts: String(at),
    count: "1",
  };
}

/** Returns a bar as the exchange sends it. */
export function barRow(bar: number, confirm: string): string[] {
  return [String(bar * MINUTE_MS), "1", "1", "1", "1", "1", "1", "1", confirm];
}
