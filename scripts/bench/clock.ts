/**
 * The time of the day in microseconds, the same in all processes of one machine: senders write it into their messages,
 * and a receiver knows how long it was on its way.
 */

/** How a time stands in a message: seconds since 1970 with six decimals. Programs that read numbers may drop its zeros. */
const STAMP = /(?<!\d)\d{10}\.\d{1,6}(?!\d)/g;

/** Length of a time that was just written. */
export const STAMP_LENGTH = 17;

/**
 * Returns a function that gives microseconds since 1970. The system's clock is read in milliseconds; the moment at which
 * it ticks says where the finer one stands, so this takes up to a millisecond.
 */
export function createClock(): () => number {
  const before = Date.now();
  let tick = before;
  while (tick === before) tick = Date.now();
  const origin = tick - performance.now();
  return () => Math.round((origin + performance.now()) * 1000);
}

/** A time as it stands in a message. */
export function formatStamp(micros: number): string {
  const text = String(micros);
  return `${text.slice(0, -6)}.${text.slice(-6)}`;
}

/** The newest time that a message has, in microseconds; undefined where it has none. */
export function findStamp(message: string): number | undefined {
  let newest: number | undefined;
  for (const [text] of message.matchAll(STAMP)) {
    const [seconds = "", decimals = ""] = text.split(".");
    const micros = Number(seconds) * 1e6 + Number(decimals.padEnd(6, "0"));
    if (newest === undefined || micros > newest) newest = micros;
  }
  return newest;
}
