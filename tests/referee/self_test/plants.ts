/**
 * Faults to be planted into a copy of the sources: each undoes one thing that okws does right, in one place, and has a
 * script of ordinary actions in which the referee has to see it. A place that is not there any more is an error: then the
 * code has changed, and the plant has to follow.
 */
import type { Step } from "../script.ts";

export type Plant = {
  name: string;
  file: string;
  find: string;
  replace: string;
  script: readonly Step[];
  /** What the referee has to say. */
  expect: RegExp;
};

const drop = (where: string, afterMs = 1500): Step => ({
  afterMs,
  action: { do: "drop", where, hard: true, missed: 12 },
});

function times(count: number, ...steps: Step[]): Step[] {
  return Array.from({ length: count }, () => steps).flat();
}

export const PLANTS: readonly Plant[] = [
  {
    name: "an increment of a book without numbers is applied",
    file: "src/okx/book.ts",
    find: "return !isNumbered && hasChecksum(row);",
    replace: "return isNumbered || !isNumbered;",
    script: times(4, { afterMs: 1200, action: { do: "spoiled book", how: "no seqId" } }),
    expect: /books:A-USDT (says live and is not the exchange's book|is live and ready, and behind)/,
  },
  {
    name: "what the exchange repeats at a subscribe counts again",
    file: "src/session/repeats.ts",
    find: "ids[i] === undefined || !this.#known.has(ids[i]);",
    replace: "ids[i] === undefined || i >= 0;",
    script: times(3, drop("public", 3000)),
    expect: /liquidation-orders:SWAP has events twice/,
  },
  {
    name: "an older row of an order changes a newer one",
    file: "src/okx/lives.ts",
    find: "return compare(life, versionOf(life, row), versionOf(life, other)) < 0;",
    replace: "return compare(life, versionOf(life, row), versionOf(life, other)) < -9;",
    script: times(10, { afterMs: 400, action: { do: "disorder", what: "order" } }),
    expect: /orders:ANY is live and ready, and still has|order \d+ is not as the exchange has it/,
  },
  {
    name: "bars that are skipped on a living connection are not missed",
    file: "src/session/bar_series.ts",
    find: "last === undefined ? [] : missingOf([last, index - 1], this.#finals);",
    replace: "last === undefined ? [] : missingOf([index, index - 1], this.#finals);",
    script: times(4, { afterMs: 1500, action: { do: "lose", kind: "bar", count: 5 } }),
    expect: /candle1s:.* lacks events that no gap covers/,
  },
  {
    name: "trades that are skipped on a living connection are not missed",
    file: "src/session/trade_series.ts",
    find: ": missingOf([this.last + 1, first - 1], this.#received);",
    replace: ": missingOf([first, first - 1], this.#received);",
    script: times(6, { afterMs: 800, action: { do: "lose", kind: "trade", count: 3 } }),
    expect: /trades:.* lacks events that no gap covers/,
  },
];
