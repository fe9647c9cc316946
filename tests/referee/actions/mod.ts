/** Everything that can be done to the service, by name. */
import type { Play } from "./action.ts";
import { EXCHANGE_PLAYS } from "./exchange.ts";
import { LIFE_PLAYS } from "./lives.ts";
import { PAIR_PLAYS } from "./pair.ts";
import { READER_PLAYS } from "./reader.ts";
import { REDIS_PLAYS } from "./redis.ts";

export const PLAYS: Readonly<Record<string, Play>> = {
  ...EXCHANGE_PLAYS,
  ...REDIS_PLAYS,
  ...LIFE_PLAYS,
  ...READER_PLAYS,
};

/** What can be done where there are two instances: the exchange's faults, and what becomes of either of them. */
export const STANDBY_PLAYS: Readonly<Record<string, Play>> = { ...EXCHANGE_PLAYS, ...PAIR_PLAYS };
