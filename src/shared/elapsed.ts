/**
 * Returns whether so many milliseconds have passed since a moment, both by the machine's clock. A clock that is set back
 * would make that moment lie ahead, for an hour or a day: then they count as passed.
 */
export function hasPassed(since: number, ms: number, now: number): boolean {
  return now - since >= ms || now < since;
}
