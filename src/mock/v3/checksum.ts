/**
 * The checksum of v3 depth frames: CRC-32 over the best 25 levels, bid and ask in turn, as a signed 32-bit
 * number, by the recipe of the official documentation.
 */

const LEVELS = 25;
const TABLE = createTable();

/** Returns the checksum of a book. Price and size come first in an entry, as the very texts that are sent. */
export function bookChecksum(
  bids: readonly (readonly string[])[],
  asks: readonly (readonly string[])[],
): number {
  const parts: string[] = [];
  for (let index = 0; index < LEVELS; index++) {
    for (const entry of [bids[index], asks[index]]) {
      if (entry !== undefined) parts.push(`${entry[0]}:${entry[1]}`);
    }
  }
  return crc32(parts.join(":")) | 0;
}

/** Returns the CRC-32 (IEEE, reflected) of an ASCII text, unsigned. */
export function crc32(text: string): number {
  let crc = 0xffffffff;
  for (let index = 0; index < text.length; index++) {
    crc = (crc >>> 8) ^ TABLE[(crc ^ text.charCodeAt(index)) & 0xff]!;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function createTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    return value;
  });
}
