/** How long something takes or is ago, in the unit that fits and in the reader's language: `340 ms`, `1.2 s`, `3 min`. */
import type { Message } from "../../shared/messages/message.ts";
import { keyed, type Translate } from "../i18n/translate.ts";

/** Renders a span of time. */
export function renderAge(ms: number, t: Translate): string {
  return t(ageOf(ms));
}

/** Returns a span of time as a text, for what is shown later. */
export function ageOf(ms: number): Message {
  if (ms < 1000) return keyed("age.ms", { count: Math.max(0, Math.floor(ms)) });
  if (ms < 60_000) return keyed("age.seconds", { count: (Math.floor(ms / 100) / 10).toFixed(1) });
  if (ms < 3_600_000) return keyed("age.minutes", { count: Math.floor(ms / 60_000) });
  return ms < 86_400_000
    ? keyed("age.hours", { count: Math.floor(ms / 3_600_000) })
    : keyed("age.days", { count: Math.floor(ms / 86_400_000) });
}
