/** The network between the service and the others, which a proxy can cut, stall, freeze or slow. */
import type { Random } from "../../src/mock/market/random.ts";
import { type Action, done, lengthOf } from "./action.ts";

/** Cut: connections end and none can be made; stall: nothing gets through, without a word. */
export function network(
  how: "cut" | "stall",
  which: "exchangeProxy" | "redisProxy",
  random: Random,
  range: readonly [number, number],
): Action {
  const ms = lengthOf(random, range);
  return {
    text: `network to ${which === "redisProxy" ? "Redis" : "the exchange"}: ${how}, ${ms} ms`,
    async run({ environment, sleep }) {
      environment[which]?.[how]();
      await sleep(ms);
      environment[which]?.restore();
    },
  };
}

/** Bytes of the exchange come late. */
export function slow(random: Random): Action {
  const ms = lengthOf(random, [2000, 8000]);
  return {
    text: `network to the exchange: 20 kB/s, ${ms} ms`,
    async run({ environment, sleep }) {
      environment.exchangeProxy?.slow(20_000);
      await sleep(ms);
      environment.exchangeProxy?.restore();
    },
  };
}

/** Connections to the exchange are dead without an end that anybody notices. */
export const FREEZE: Action = {
  text: "network: connections to the exchange frozen",
  run: ({ environment }) => done(environment.exchangeProxy?.freeze()),
};
