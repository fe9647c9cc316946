/** What the clients of the store may have waiting together, and how the refusals since the last word are counted. Pure. */

/** Refusals of any kind: connections, connections cut off, commands for want of memory, requests of other protocols. */
export type Refusals = {
  readonly refused: number;
  readonly cutOff: number;
  readonly full: number;
  readonly foreign: number;
};

/**
 * Returns those with the most, until the others together are within the bound. Redis calls the same `maxmemory-clients`.
 */
export function pickLargest<T>(
  sizes: readonly { readonly item: T; readonly bytes: number }[],
  maxBytes: number,
): T[] {
  let sum = sizes.reduce((all, { bytes }) => all + bytes, 0);
  const picked: T[] = [];
  if (sum <= maxBytes) return picked;
  for (const { item, bytes } of sizes.toSorted((a, b) => b.bytes - a.bytes)) {
    if (sum <= maxBytes) break;
    picked.push(item);
    sum -= bytes;
  }
  return picked;
}

/** Returns what came since `reported`; undefined: nothing. CONFIG RESETSTAT starts the counts again. */
export function newRefusals(counts: Refusals, reported: Refusals): Refusals | undefined {
  const since = (name: keyof Refusals) =>
    counts[name] < reported[name] ? counts[name] : counts[name] - reported[name];
  const news = {
    refused: since("refused"),
    cutOff: since("cutOff"),
    full: since("full"),
    foreign: since("foreign"),
  };
  return Object.values(news).some((count) => count > 0) ? news : undefined;
}
