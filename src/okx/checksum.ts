/**
 * The checksum of a v3 book, of recorded v5 books and of spread books: CRC-32 over the best 25 levels as texts. In v5
 * it is fixed to 0 since June 2026 and then says nothing (OKX v5 changelog, 2026-05-21).
 */
import type { PriceLevel } from "./frame.ts";

/** What has levels, best first. */
type Levels = { at(index: number): PriceLevel | undefined };

/** Levels of each side that are covered. */
const LEVELS = 25;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let i = 0; i < 8; i++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/**
 * Returns the checksum of a book as a signed 32-bit number: of bid, ask, bid, ask …, best first, as `price:size` with the texts
 * as received.
 */
export function bookChecksum(bids: Levels, asks: Levels): number {
  const parts: string[] = [];
  for (let i = 0; i < LEVELS; i++) {
    const bid = bids.at(i);
    const ask = asks.at(i);
    if (bid !== undefined) parts.push(`${bid[0]}:${bid[1]}`);
    if (ask !== undefined) parts.push(`${ask[0]}:${ask[1]}`);
  }
  return crc32(parts.join(":"));
}

/** Returns the CRC-32 (IEEE) of an ASCII text as a signed 32-bit number. */
export function crc32(text: string): number {
  let value = 0xffffffff;
  for (let i = 0; i < text.length; i++) {
    value = (TABLE[(value ^ text.charCodeAt(i)) & 0xff] as number) ^ (value >>> 8);
  }
  return ~value;
}
