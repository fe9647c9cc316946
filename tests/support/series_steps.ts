/** What may happen to series of a server in whatever order, for tests that play it. */
import fc from "fast-check";

/** One event: rows that come, or are missed or fetched; a look for what is lost; a removal by somebody else; a restart. */
export type Step =
  | { readonly kind: "trades"; readonly of: number; readonly rows: number; readonly late: number }
  | { readonly kind: "missed"; readonly of: number; readonly rows: number }
  | { readonly kind: "fetch" | "history"; readonly of: number }
  | { readonly kind: "bars" | "missedBars"; readonly rows: number }
  | { readonly kind: "barHistory" | "fetchBars" }
  | { readonly kind: "restart"; readonly keep: number }
  | { readonly kind: "look"; readonly during: readonly Step[] }
  | { readonly kind: "steal"; readonly of: number; readonly what: number; readonly which: readonly number[] };

const of = fc.integer({ min: 0, max: 1 });
const arrival = fc.oneof(
  fc.record({
    ...{ kind: fc.constant("trades" as const), of, rows: fc.integer({ min: 1, max: 12 }) },
    late: fc.integer({ min: 0, max: 3 }),
  }),
  fc.record({ kind: fc.constant("missed" as const), of, rows: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ kind: fc.constantFrom("fetch" as const, "history" as const), of }),
  fc.record({ kind: fc.constant("bars" as const), rows: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant("missedBars" as const), rows: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constantFrom("barHistory" as const, "fetchBars" as const) }),
);
const look = fc.record({ kind: fc.constant("look" as const), during: fc.array(arrival, { maxLength: 5 }) });
const steal = fc.record({
  ...{ kind: fc.constant("steal" as const), of: fc.nat({ max: 4 }), what: fc.nat({ max: 3 }) },
  which: fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 4 }),
});
const restart = fc.record({ kind: fc.constant("restart" as const), keep: fc.integer({ min: 3, max: 30 }) });
/** Gives lists of them. */
export const steps = fc.array(
  fc.oneof({ weight: 6, arbitrary: arrival }, { weight: 3, arbitrary: look }, steal, restart),
  { minLength: 10, maxLength: 30 },
);
