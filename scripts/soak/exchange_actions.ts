/** What goes wrong at the exchange and on the way to it. */
import { integerBelow, type Random } from "../../src/mock/market/random.ts";
import { type Action, done, lengthOf, pick, type Stage, type Weighted } from "./action.ts";
import { FREEZE, network, slow } from "./network_actions.ts";

/** With how often each is to come. */
export const EXCHANGE_ACTIONS: Weighted = [
  [4, (random) => once(`drop ${pick(random, ["public", "business", "private"])}`)],
  [2, () => once("drop")],
  [
    3,
    (random) =>
      during(
        `silent on ${pick(random, ["public", "business", "private"])}`,
        random,
        [500, 6000],
        "silent off",
      ),
  ],
  [1, () => ({ text: "silent on, 30 s", run: (stage) => between(stage, "silent on", 30_000, "silent off") })],
  [3, (random) => during(`garbage=0.0${1 + integerBelow(random, 9)}`, random, [1000, 8000], "garbage=off")],
  [2, (random) => dropAnd(`late-ack=${1 + integerBelow(random, 4)}s`, random, "late-ack=off")],
  [2, (random) => dropAnd("no-ack on", random, "no-ack off")],
  [2, (random) => dropAnd("deaf on", random, "deaf off")],
  [2, (random) => dropAnd("too-frequent on", random, "too-frequent off")],
  [2, (random) => dropAnd("no-snapshot on", random, "no-snapshot off")],
  [2, (random) => dropAnd(`late-snapshot=${1 + integerBelow(random, 3)}s`, random, "late-snapshot=off")],
  [4, (random) => once(`gap books:${pick(random, ["BTC-USDT", "ETH-USDT", "SOL-USDT", "BTC-USDT-SWAP"])}`)],
  [2, (random) => once(`gap trades:${pick(random, ["BTC-USDT", "ETH-USDT", "SOL-USDT"])}`)],
  [2, (random) => once(`duplicate trades:${pick(random, ["BTC-USDT", "ETH-USDT"])}`)],
  [1, () => once("crossed books:ETH-USDT")],
  [1, () => once("reset")],
  [3, (random) => once(`notice=${2 + integerBelow(random, 4)}s`)],
  [
    3,
    (random) =>
      once(
        `trade ${
          pick(random, [
            "fill",
            "place",
            "cancel-all",
            "open-position",
            "close-position",
            "deposit",
            "repeat",
          ])
        }`,
      ),
  ],
  [2, (random) => network("cut", "exchangeProxy", random, [200, 5000])],
  [2, (random) => network("stall", "exchangeProxy", random, [200, 12_000])],
  [1, () => FREEZE],
  [1, (random) => slow(random)],
];

function once(command: string): Action {
  return { text: command, run: async ({ environment }) => done(await environment.exchange.command(command)) };
}

function during(begin: string, random: Random, range: readonly [number, number], end: string): Action {
  const ms = lengthOf(random, range);
  return { text: `${begin}, ${ms} ms`, run: (stage) => between(stage, begin, ms, end) };
}

/** A fault of answers shows only when something is asked. */
function dropAnd(begin: string, random: Random, end: string): Action {
  const ms = lengthOf(random, [1000, 7000]);
  return {
    text: `${begin} and drop, ${ms} ms`,
    async run(stage) {
      await stage.environment.exchange.command(begin);
      await between(stage, "drop", ms, end);
    },
  };
}

async function between({ environment, sleep }: Stage, begin: string, ms: number, end: string): Promise<void> {
  await environment.exchange.command(begin);
  await sleep(ms);
  await environment.exchange.command(end);
}
