/**
 * Where the order books of a recording stand: who subscribes one in the middle gets it whole, as the exchange would send it,
 * with the exchange's own levels and numbers. Pure.
 */
import { isRow, type Row } from "../okx/frame.ts";
import type { RecordedPush } from "../recording/frames.ts";
import { SERVER_MESSAGES } from "./server_messages.ts";

type Levels = Map<string, readonly unknown[]>;

const WHOLE = ["snapshot", "partial"];

/** Returns whether a push is a whole book, or a change of one. */
export function isBook({ frame }: RecordedPush): boolean {
  const [row] = frame.rows;
  return [...WHOLE, "update"].includes(frame.action ?? "") && isRow(row) &&
    Array.isArray(row.asks) && Array.isArray(row.bids);
}

/** One book. */
export class ReplayedBook {
  readonly #asks: Levels = new Map();
  readonly #bids: Levels = new Map();
  /** What stands beside the levels of the last push; undefined before a whole book was there. */
  #members: Row | undefined;

  apply({ frame }: RecordedPush): void {
    for (const row of frame.rows) {
      if (!isRow(row)) continue;
      if (WHOLE.includes(frame.action ?? "")) {
        this.#asks.clear();
        this.#bids.clear();
      } else if (this.#members === undefined) continue;
      this.#members = row;
      merge(this.#asks, row.asks);
      merge(this.#bids, row.bids);
    }
  }

  /** Returns the whole book as one push; undefined while none is known. */
  snapshot({ protocol, frame, arg }: Pick<RecordedPush, "protocol" | "frame" | "arg">): string | undefined {
    const members = this.#members;
    if (members === undefined) return undefined;
    const row = {
      ...members,
      asks: sorted(this.#asks, 1),
      bids: sorted(this.#bids, -1),
      ...("prevSeqId" in members ? { prevSeqId: -1 } : {}),
    };
    return JSON.stringify(SERVER_MESSAGES[protocol].book(row, { arg, pushed: frame.arg }));
  }
}

function merge(levels: Levels, changes: unknown): void {
  if (!Array.isArray(changes)) return;
  for (const level of changes) {
    if (!Array.isArray(level)) continue;
    const price = String(level[0]);
    if (Number(level[1]) === 0) levels.delete(price);
    else levels.set(price, level);
  }
}

function sorted(levels: Levels, sign: 1 | -1): (readonly unknown[])[] {
  return [...levels.values()].sort((a, b) => (Number(a[0]) - Number(b[0])) * sign);
}
