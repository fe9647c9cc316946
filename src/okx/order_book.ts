/**
 * One order book as a state machine over the exchange's snapshots and increments. It says what each row did to it and
 * never repairs itself: the caller that feeds it decides how. Source of the rules: OKX v5 documentation, "Order book channel",
 * on seqId and prevSeqId.
 */
import { BookSide, priceOf } from "./book_side.ts";
import { bookChecksum } from "./checksum.ts";
import { compareDecimals, isDecimal, isZero } from "./decimal.ts";
import { scalarOrEmpty, scalarText } from "./exact_json.ts";
import { isRow, type PriceLevel, type Row } from "./frame.ts";

/**
 * What a row did. `duplicate`: it was applied before, its levels are in the book; `early`: an increment without a book
 * to apply it to; `gap`: the increment before it is missing, or nothing in the row says that it is not; `checksum` and
 * `crossed`: the book is wrong although the sequence is whole; `unreadable`: not a book row.
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

/** Steps after which the book must be built again. */
export function isBroken(step: BookStep): boolean {
  return step === "early" || step === "gap" || step === "checksum" || step === "crossed" ||
    step === "unreadable";
}

/** What differs between the books of the exchange. */
export type BookRules = {
  /** Spreads have prices of zero and below; those of an instrument are above. */
  readonly anyPrice: boolean;
  /** Orders of several kinds stand side by side, so that the best bid may be above the best ask. */
  readonly mayCross: boolean;
};

/** Of the books of one instrument. */
const DEFAULT_RULES: BookRules = { anyPrice: false, mayCross: false };

/** One order book: its levels, its sequence number, and whether it is whole. */
export class OrderBook {
  readonly #rules: BookRules;
  #bids = new BookSide("bids");
  #asks = new BookSide("asks");
  /** As text, since those of spread books are above 2^53. */
  #seqId: string | undefined;
  #whole = false;
  /** The exchange itself sent a crossed snapshot, as it does before an opening; then crossing is no fault. */
  #mayCross = false;
  ts = "";

  constructor(rules: BookRules = DEFAULT_RULES) {
    this.#rules = rules;
  }

  /** It changes with the next increment; another snapshot makes another one. */
  get bids(): BookSide {
    return this.#bids;
  }

  get asks(): BookSide {
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
    this.#bids = new BookSide("bids");
    this.#asks = new BookSide("asks");
    this.#seqId = undefined;
    this.#whole = false;
  }

  /**
   * Applies a snapshot (`snapshot`, `partial`, or a row without an action that follows no other) or an increment
   * (`update`).
   */
  apply(action: string | undefined, row: Row): BookStep {
    if (!isRow(row)) return this.#break("unreadable");
    const bids = readLevels(row.bids, this.#rules);
    const asks = readLevels(row.asks, this.#rules);
    if (bids === undefined || asks === undefined) return this.#break("unreadable");
    if (action === "update") return this.#update(row, bids, asks);
    const isSnapshot = action === "snapshot" || action === "partial" || seqText(row.prevSeqId) === "-1";
    return isSnapshot ? this.#replace(row, bids, asks) : this.#break("unreadable");
  }

  /**
   * Starts from a book fetched by REST, whose number need not be one that an increment names: the first increment to
   * apply is the one that reaches across it. One without a number cannot be joined to any.
   */
  applySnapshot(row: Row): BookStep {
    return seqIdOf(row) === undefined ? this.#break("unreadable") : this.apply("snapshot", row);
  }

  /** Returns whether an increment is older than this book and has nothing to add. */
  isOld(row: Row): boolean {
    const seqId = seqIdOf(row);
    return this.#seqId !== undefined && seqId !== undefined && BigInt(seqId) <= BigInt(this.#seqId);
  }

  /** Returns whether an increment reaches across the number of a book from REST: `prevSeqId <= snapshot < seqId`. */
  continuesRest(row: Row): boolean {
    const before = seqText(row.prevSeqId);
    const seqId = seqIdOf(row);
    if (before === undefined || seqId === undefined || this.#seqId === undefined) return false;
    return BigInt(before) <= BigInt(this.#seqId) && BigInt(this.#seqId) < BigInt(seqId);
  }

  /** Applies an increment whose predecessor is known to be inside this book. */
  applyAfterRest(row: Row): BookStep {
    this.#seqId = seqText(row.prevSeqId);
    return this.apply("update", row);
  }

  #replace(row: Row, bids: readonly PriceLevel[], asks: readonly PriceLevel[]): BookStep {
    const seqId = seqIdOf(row);
    // Nothing could be joined to one that has neither a number nor a checksum.
    if (seqId === undefined && (row.seqId !== undefined || !hasChecksum(row))) {
      return this.#break("unreadable");
    }
    const [bidSide, askSide] = [BookSide.of("bids", bids), BookSide.of("asks", asks)];
    if (bidSide === undefined || askSide === undefined) return this.#break("unreadable");
    this.#bids = bidSide;
    this.#asks = askSide;
    this.#seqId = seqId;
    this.#whole = true;
    this.#mayCross = this.#rules.mayCross || this.#isCrossed();
    this.ts = tsOf(row);
    return this.#matches(row) ? "snapshot" : this.#break("checksum");
  }

  #update(row: Row, bids: readonly PriceLevel[], asks: readonly PriceLevel[]): BookStep {
    if (!this.#whole) return "early";
    const before = seqText(row.prevSeqId);
    const next = seqIdOf(row);
    if (!this.#follows(row, before, next)) {
      return next !== undefined && next === this.#seqId && before !== undefined
        ? "duplicate"
        : this.#break("gap");
    }
    for (const level of bids) this.#bids.put(level);
    for (const level of asks) this.#asks.put(level);
    this.#seqId = next;
    this.ts = tsOf(row);
    if (this.#bids.length > MAX_LEVELS || this.#asks.length > MAX_LEVELS) return this.#break("unreadable");
    if (this.#isCrossed() && !this.#mayCross) return this.#break("crossed");
    if (!this.#matches(row)) return this.#break("checksum");
    if (before === undefined || next === undefined) return "update";
    if (before === next) return "liveness";
    return isBelow(next, before) ? "reset" : "update";
  }

  /**
   * Returns whether an increment is the next one: by the number of the one before it or, where the wire has no numbers
   * (v3, and v5 until 2023), by the checksum, which is compared when it is applied.
   */
  #follows(row: Row, before: string | undefined, next: string | undefined): boolean {
    if (before !== undefined && next !== undefined) return before === this.#seqId;
    const isNumbered = row.prevSeqId !== undefined || row.seqId !== undefined || this.#seqId !== undefined;
    return !isNumbered && hasChecksum(row);
  }

  #break(step: BookStep): BookStep {
    this.#whole = false;
    return step;
  }

  #isCrossed(): boolean {
    // Both as numbers: usually that is all there is to say.
    if (-this.#bids.valueAt(0) < this.#asks.valueAt(0)) return false;
    const [bid, ask] = [this.#bids.at(0), this.#asks.at(0)];
    return bid !== undefined && ask !== undefined && compareDecimals(priceOf(bid), priceOf(ask)) >= 0;
  }

  #matches(row: Row): boolean {
    return !hasChecksum(row) || bookChecksum(this.#bids, this.#asks) === row.checksum;
  }
}

/** In v5 the checksum is fixed to 0 since June 2026, but for those of spreads. */
function hasChecksum({ checksum }: Row): boolean {
  return typeof checksum === "number" && checksum !== 0;
}

/** Returns whether both sides of a row are lists of levels that begin with a price and a size. */
export function hasLevels({ bids, asks }: Row, rules: Pick<BookRules, "anyPrice">): boolean {
  return readLevels(bids, rules) !== undefined && readLevels(asks, rules) !== undefined;
}

/** Returns whether the best bid of a row with levels is not below its best ask. */
export function isCrossed({ bids, asks }: Row): boolean {
  const [bid, ask] = [readLevel((bids as readonly unknown[])[0]), readLevel((asks as readonly unknown[])[0])];
  return bid !== undefined && ask !== undefined && compareDecimals(priceOf(bid), priceOf(ask)) >= 0;
}

/** Levels of one side; the deepest book that the exchange offers has 5000. A book that grows past it is built again. */
const MAX_LEVELS = 10_000;

function readLevels(value: unknown, rules: Pick<BookRules, "anyPrice">): PriceLevel[] | undefined {
  if (!Array.isArray(value) || value.length > MAX_LEVELS) return undefined;
  const levels: PriceLevel[] = [];
  for (const each of value) {
    const level = readLevel(each);
    if (level === undefined || !isLevel(level, rules)) return undefined;
    levels.push(level);
  }
  return levels;
}

/** Returns the members of a level as texts; the list itself where they are. Undefined for what is none. */
export function readLevel(value: unknown): PriceLevel | undefined {
  if (!Array.isArray(value)) return undefined;
  for (const member of value) {
    if (typeof member === "string") continue;
    const texts = value.map(scalarText);
    return texts.includes(undefined) ? undefined : texts as PriceLevel;
  }
  return value;
}

/** Returns whether a level begins with a price and a size. */
function isLevel([price = "", size = ""]: PriceLevel, { anyPrice }: Pick<BookRules, "anyPrice">): boolean {
  if (!isDecimal(price) || !isDecimal(size) || size.startsWith("-")) return false;
  return anyPrice || (!price.startsWith("-") && !isZero(price));
}

/** Returns the time of a row as the exchange writes it; empty: it has none. */
export function tsOf(row: Row): string {
  return scalarOrEmpty(row.ts ?? row.timestamp);
}

/** Returns a sequence number as its text; undefined for what is none. */
export function seqText(value: unknown): string | undefined {
  const text = scalarText(value);
  return text !== undefined && /^-?\d{1,40}$/.test(text) ? text : undefined;
}

/**
 * Returns the number of a row; 0 is the smallest (OKX v5, "Order book channel"). Undefined where it has none that can be
 * read.
 */
export function seqIdOf({ seqId }: Row): string | undefined {
  const text = seqText(seqId);
  return text === undefined || text.startsWith("-") ? undefined : text;
}

/** Returns whether a number is below another one. */
export function isBelow(seqId: string, other: string): boolean {
  if (seqId === "" || other === "") return false;
  // Usually there is nothing to convert.
  const isPlain = seqId.length === other.length && !/^[-0]/.test(seqId) && !/^[-0]/.test(other);
  return isPlain ? seqId < other : BigInt(seqId) < BigInt(other);
}
