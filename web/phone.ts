/// <reference lib="dom" />
/** Whether the window is that of a phone, upright or on its side; the style sheet asks the same. */

const PHONE = "(max-width: 760px), (max-height: 500px) and (orientation: landscape)";

/** Returns whether one section is shown at a time. */
export function isPhone(): boolean {
  return matchMedia(PHONE).matches;
}
