/** An order book as it is, in the form of a push that brings all of it. */
import type { DataFrame, Row } from "../okx/frame.ts";
import type { Topic } from "../okx/topic.ts";
import type { BookView } from "./events.ts";

/** Returns the push that would bring this book. */
export function snapshotFrame({ arg }: Pick<Topic, "arg">, { bids, asks, ts, seqId }: BookView): DataFrame {
  const row: Row = {
    asks: asks.levels(),
    bids: bids.levels(),
    ts,
    seqId: asPushed(seqId),
    prevSeqId: -1,
  };
  const text = JSON.stringify({ arg, action: "snapshot", data: [row] });
  return { kind: "data", arg, rows: [row], action: "snapshot", text };
}

/** The exchange sends it as a number, as far as one holds it. */
function asPushed(seqId: string): string | number {
  return seqId !== "" && Number.isSafeInteger(Number(seqId)) ? Number(seqId) : seqId;
}
