/** Times that were noted before Redis' clock was known: which members of a record they are, and what they are by that clock. */

/**
 * What a number is: a moment by Redis' clock, by this machine's, by its monotonic one or by the exchange's, or no moment at
 * all.
 */
export type Clock = "redis" | "here" | "monotonic" | "exchange" | "none";

/** Names of the members that are numbers, or objects that may have some. */
type Countable<T> = {
  [Name in keyof T]-?: NonNullable<T[Name]> extends readonly unknown[] ? never
    : NonNullable<T[Name]> extends number | object ? Name
    : never;
}[keyof T];

/** The clock of every number of a record, and of those in its members: a new one needs its clock to compile. */
export type Clocks<T> = {
  readonly [Name in Countable<T>]-?: NonNullable<T[Name]> extends number ? Clock
    : Clocks<NonNullable<T[Name]>>;
};

/** Returns the members of a record whose times are by Redis' clock, moved; 0 is no time. */
export function movedTimes<T extends object>(record: T, clocks: Clocks<T>, byMs: number): Partial<T> {
  return moved(record, clocks as ClockTable, byMs) as Partial<T>;
}

type ClockTable = { readonly [name: string]: Clock | ClockTable };

function moved(record: object, clocks: ClockTable, byMs: number): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  for (const [name, clock] of Object.entries(clocks)) {
    const value = (record as Readonly<Record<string, unknown>>)[name];
    if (typeof clock === "object") {
      if (typeof value === "object" && value !== null) {
        members[name] = { ...value, ...moved(value, clock, byMs) };
      }
    } else if (clock === "redis" && typeof value === "number" && value > 0) members[name] = value + byMs;
  }
  return members;
}
