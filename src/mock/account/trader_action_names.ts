/** What the simulated trader can be asked to do at once. */
export const MOVE_NAMES = [
  ...["place", "part-fill", "fill", "amend", "cancel", "cancel-all", "repeat"],
  ...["open-position", "close-position", "expire-position", "warn"],
  ...["algo", "trigger", "cancel-algo"],
  ...["deposit", "withdraw", "zero-balance", "rfq", "spread", "grid"],
  ...["begin", "end"],
  ...["snapshot", "on", "off"],
] as const;

export type TraderActionName = (typeof MOVE_NAMES)[number];

export function findMove(text: string): TraderActionName | undefined {
  return MOVE_NAMES.find((name) => name === text);
}
