/**
 * One order book as a state machine over the exchange's snapshots and increments. It says what each row did to it and
 * never repairs itself: whoever feeds it decides how. Source of the rules: OKX v5 documentation, "Order book channel",
 * on seqId and prevSeqId.
 */
import { bookChecksum } from "./checksum.ts";
import type { Level, Row } from "./frame.ts";

/**
 * What a row did. `duplicate`: it was applied before, its levels are in the book; `early`: an increment without a book to apply it to; `gap`: the increment before it is missing;
 * `checksum` and `crossed`: the book is wrong although the sequence is whole; `unreadable`: not a book row.
 */
export type BookStep =
  | "snapshot"
  | "update"
  | "liveness"
  | "reset"
  | "duplicate"
  | "early"
  | "gap"
  | "checksum"
  | "crossed"
  | "unreadable";

/** Steps after which the book must be built anew. */
export function isBroken(step: BookStep): boolean {
  return step === "early" || step === "gap" || step === "checksum" || step === "crossed" ||
    step === "unreadable";
}

/** See the module comment. */
export class Book {
  #bids: Level[] = [];
  #asks: Level[] = [];
  /** As text, since those of spread books are above 2^53. */
  #seqId: string | undefined;
  #whole = false;
  /** The exchange itself sent a crossed snapshot, as it does before an opening; then crossing is no fault. */
  #mayCross = false;
  ts = "";

  /** Best first. */
  get bids(): readonly Level[] {
    return this.#bids;
  }

  get asks(): readonly Level[] {
    return this.#asks;
  }

  /** Number of the last row applied; empty where the channel has none. */
  get seqId(): string {
    return this.#seqId ?? "";
  }

  /** Whether there is a book to apply increments to. */
  get whole(): boolean {
    return this.#whole;
  }

  /** Forgets everything. */
  clear(): void {
    this.#bids = [];
    this.#asks = [];
    this.#seqId = undefined;
    this.#whole = false;
  }

  /** Applies a snapshot (`snapshot`, `partial` or none given) or an increment (`update`). */
  apply(action: string | undefined, row: Row): BookStep {
    const bids = readLevels(row.bids);
    const asks = readLevels(row.asks);
    if (bids === undefined || asks === undefined) return "unreadable";
    return action === "update" ? this.#update(row, bids, asks) : this.#replace(row, bids, asks);
  }

  /**
   * Starts from a book fetched by REST, whose number need not be one that an increment names: the first increment to
   * apply is the one that reaches across it.
   */
  seed(row: Row): BookStep {
    return this.apply("snapshot", row);
  }

  /** Whether an increment is older than this book and has nothing to add. */
  isOld(row: Row): boolean {
    const seqId = toNumber(row.seqId);
    return this.#seqId !== undefined && seqId !== undefined && seqId <= BigInt(this.#seqId);
  }

  /** Whether an increment reaches across the number of a seeded book: `prevSeqId <= seed < seqId`. */
  continuesSeed(row: Row): boolean {
    const before = toNumber(row.prevSeqId);
    const seqId = toNumber(row.seqId);
    if (before === undefined || seqId === undefined || this.#seqId === undefined) return false;
    return before <= BigInt(this.#seqId) && BigInt(this.#seqId) < seqId;
  }

  /** Applies an increment whose predecessor is known to be inside this book. */
  applySeeded(row: Row): BookStep {
    this.#seqId = seqText(row.prevSeqId);
    return this.apply("update", row);
  }

  #replace(row: Row, bids: Level[], asks: Level[]): BookStep {
    this.#bids = bids.filter((level) => !isZero(level)).sort((a, b) => price(b) - price(a));
    this.#asks = asks.filter((level) => !isZero(level)).sort((a, b) => price(a) - price(b));
    this.#seqId = seqText(row.seqId);
    this.#whole = true;
    this.#mayCross = this.#isCrossed();
    this.ts = String(row.ts ?? row.timestamp ?? "");
    return this.#matches(row) ? "snapshot" : this.#break("checksum");
  }

  #update(row: Row, bids: readonly Level[], asks: readonly Level[]): BookStep {
    if (!this.#whole) return "early";
    const before = seqText(row.prevSeqId);
    const next = seqText(row.seqId);
    if (before !== undefined && before !== this.#seqId) {
      return next === this.#seqId ? "duplicate" : this.#break("gap");
    }
    for (const level of bids) merge(this.#bids, level, -1);
    for (const level of asks) merge(this.#asks, level, 1);
    this.#seqId = next;
    this.ts = String(row.ts ?? row.timestamp ?? this.ts);
    if (this.#bids.length > MAX_LEVELS || this.#asks.length > MAX_LEVELS) return this.#break("unreadable");
    if (this.#isCrossed() && !this.#mayCross) return this.#break("crossed");
    if (!this.#isCrossed()) this.#mayCross = false;
    if (!this.#matches(row)) return this.#break("checksum");
    if (before === undefined || next === undefined) return "update";
    if (before === next) return "liveness";
    return BigInt(next) < BigInt(before) ? "reset" : "update";
  }

  #break(step: BookStep): BookStep {
    this.#whole = false;
    return step;
  }

  #isCrossed(): boolean {
    const [bid] = this.#bids;
    const [ask] = this.#asks;
    return bid !== undefined && ask !== undefined && price(bid) >= price(ask);
  }

  #matches(row: Row): boolean {
    const { checksum } = row;
    if (typeof checksum !== "number" || checksum === 0) return true;
    return bookChecksum(this.#bids, this.#asks) === checksum;
  }
}

/** Puts a level into a side: sign -1 for bids (best is highest), 1 for asks. */
function merge(side: Level[], level: Level, sign: 1 | -1): void {
  const at = price(level);
  let low = 0;
  let high = side.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((price(side[middle] as Level) - at) * sign < 0) low = middle + 1;
    else high = middle;
  }
  const found = low < side.length && price(side[low] as Level) === at;
  if (isZero(level)) {
    if (found) side.splice(low, 1);
  } else side.splice(low, found ? 1 : 0, level);
}

/** Levels of one side; the deepest book that the exchange offers has 5000. A book that grows past it is built anew. */
const MAX_LEVELS = 10_000;

function readLevels(value: unknown): Level[] | undefined {
  if (!Array.isArray(value) || value.length > MAX_LEVELS) return undefined;
  const levels: Level[] = [];
  for (const level of value) {
    if (!Array.isArray(level) || level.length < 2 || !Number.isFinite(Number(level[0]))) return undefined;
    levels.push(level.map(String));
  }
  return levels;
}

function price(level: Level): number {
  return Number(level[0]);
}

function isZero(level: Level): boolean {
  return Number(level[1]) === 0;
}

function seqText(value: unknown): string | undefined {
  return (typeof value === "number" && Number.isSafeInteger(value)) ||
      (typeof value === "string" && /^-?\d+$/.test(value))
    ? String(value)
    : undefined;
}

function toNumber(value: unknown): bigint | undefined {
  const text = seqText(value);
  return text === undefined ? undefined : BigInt(text);
}
