/** What can be told to happen on the market at once. */
export const EVENT_NAMES = [
  ...["liquidation", "block-trade", "adl", "auction", "estimate", "calendar", "lead-notification"],
  ...["listing", "delisting", "expiry"],
] as const;

export type EventName = (typeof EVENT_NAMES)[number];

export function findEvent(text: string): EventName | undefined {
  return EVENT_NAMES.find((name) => name === text);
}
