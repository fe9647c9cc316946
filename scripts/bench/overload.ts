/** Counters of okws, as `/api/state` has them, that say whether every message went all the way. */
export type Counters = Readonly<
  Partial<Record<"messages" | "replaced" | "skipped" | "dropped" | "gaps", number>>
>;

/** What a person has to know of them; empty where each message was written. */
export function describeOverload(
  { messages = 0, replaced = 0, skipped = 0, dropped = 0, gaps = 0 }: Counters,
): string {
  const each = (part: number) => (part / Math.max(1, messages)).toFixed(2);
  return [
    ...(replaced > 0 ? [`${each(replaced)} row writes a message replaced while waiting`] : []),
    ...(skipped > 0
      ? [`${(skipped / Math.max(1, messages) * 100).toFixed(1)} % of messages replaced unread`]
      : []),
    ...(dropped > 0 ? [`${dropped.toLocaleString("en")} publishes dropped`] : []),
    ...(gaps > 0 ? [`${gaps.toLocaleString("en")} books broke`] : []),
  ].join(", ");
}
