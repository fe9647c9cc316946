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
  /** Whether it takes two instances. */
  isPair?: boolean;
  /** What the referee has to say. */
  expect: RegExp;
};

const drop = (where: string, afterMs = 1500): Step => ({
  afterMs,
  action: { do: "drop", where, hard: true, missed: 0 },
});

function times(count: number, ...steps: Step[]): Step[] {
  return Array.from({ length: count }, () => steps).flat();
}

export const PLANTS: readonly Plant[] = [
  {
    name: "an increment of a book without numbers is applied",
    file: "src/okx/order_book.ts",
    find: "return !isNumbered && hasChecksum(row);",
    replace: "return isNumbered || !isNumbered;",
    script: times(4, { afterMs: 1200, action: { do: "spoiled book", how: "no seqId" } }),
    expect: /books:A-USDT (says live and is not the exchange's book|is live and ready, and behind)/,
  },
  {
    name: "what the exchange repeats at a subscribe counts again",
    file: "src/session/recovery/repeated_events.ts",
    find: "return id !== undefined && this.#known.has(id);",
    replace: 'return id === "";',
    script: times(4, drop("public", 2500)),
    expect: /liquidation-orders:SWAP has events twice/,
  },
  {
    name: "an older row of an order changes a newer one",
    file: "src/okx/row_lifecycle.ts",
    find: "if (!reopens && other.over && !one.over) return -1;",
    replace: "if (reopens || !reopens) return 1;",
    script: times(10, { afterMs: 400, action: { do: "disorder", what: "order" } }),
    expect: /orders:ANY is live and ready, and still has|order \d+ is not as the exchange has it/,
  },
  {
    name: "bars that are skipped on a living connection are not missed",
    file: "src/session/recovery/bar_series.ts",
    find: "from === undefined ? [] : missingOf([from, index - 1], this.#finals);",
    replace: "from === undefined ? [] : missingOf([index, index - 1], this.#finals);",
    script: times(4, { afterMs: 1500, action: { do: "lose", kind: "bar", count: 5 } }),
    expect: /candle1s:.* lacks events that no gap covers/,
  },
  {
    name: "trades that are skipped on a living connection are not missed",
    file: "src/session/recovery/trade_series.ts",
    find: ": missingOf([this.last + 1, first - 1], this.#received);",
    replace: ": missingOf([first, first - 1], this.#received);",
    script: times(6, { afterMs: 800, action: { do: "lose", kind: "trade", count: 3 } }),
    expect: /trades:.* lacks events that no gap covers/,
  },
  {
    name: "a server that the file no longer names stays as it was",
    file: "src/store/read/leftovers.ts",
    find: "if (present === undefined) {",
    replace: "if (present === undefined) { return books.slice(0, 0);",
    script: [{ afterMs: 4000, action: { do: "kill", downMs: 500, leave: ["n"], dark: false } }],
    expect: /^n .* is live, and no connection serves it/,
  },
  {
    name: "what Redis lost is not looked for",
    file: "src/store/read/damage.ts",
    find: "return damaged;",
    replace: "return damaged.slice(0, 0);",
    script: [{ afterMs: 1000, action: { do: "evict", keys: ["okex/m/instruments:SPOT"] } }],
    expect: /instruments:SPOT is live and ready, and lacks/,
  },
  {
    name: "orders are live before it is known which are open",
    file: "src/session/subscriptions/start.ts",
    find: 'if (!topic.hasRest) return "none";',
    replace: 'if (topic.endpoint !== undefined) return "none";',
    script: [{
      afterMs: 1000,
      action: {
        do: "rest",
        path: "/trade/orders-pending",
        fault: { how: "html" },
        forMs: 15_000,
        drop: true,
        missed: 100,
      },
    }, { afterMs: 12_000, action: { do: "look around" } }],
    expect: /orders:ANY is live and ready, and (lacks|still has)/,
  },
  {
    name: "a service that takes over does not ask where series stand in Redis",
    file: "src/app/desired_state.ts",
    find: "? await read(() => resume.readAtLeisure(name, list))",
    replace: "? await read(() => Promise.resolve(new Map()))",
    script: times(2, { afterMs: 8000, action: { do: "stop the writer", downMs: 500 } }),
    isPair: true,
    expect: /trades:A-USDT has events twice/,
  },
];
