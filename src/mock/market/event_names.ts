/** What can be made to happen on the market at once. */
export const EVENT_NAMES = [
  ...["liquidation", "block-trade", "adl", "auction", "estimate", "calendar", "lead-notification"],
  ...["listing", "delisting", "renaming", "change", "expiry"],
] as const;

/** Those that happen to an instrument, which has to be named. */
export const EVENTS_OF_ONE: readonly EventName[] = ["delisting", "renaming", "change"];

export type EventName = (typeof EVENT_NAMES)[number];

export function findEvent(text: string): EventName | undefined {
  return EVENT_NAMES.find((name) => name === text);
}
