/** What the simulated trader can be asked to do at once. */
export const TRADER_ACTION_NAMES = [
  ...["place", "part-fill", "fill", "amend", "cancel", "cancel-all", "repeat"],
  ...["open-position", "close-position", "expire-position", "warn"],
  ...["algo", "trigger", "cancel-algo"],
  ...["deposit", "withdraw", "zero-balance", "rfq", "spread", "grid"],
  ...["begin", "end"],
  ...["snapshot", "on", "off"],
] as const;

export type TraderActionName = (typeof TRADER_ACTION_NAMES)[number];

export function findTraderAction(text: string): TraderActionName | undefined {
  return TRADER_ACTION_NAMES.find((name) => name === text);
}
