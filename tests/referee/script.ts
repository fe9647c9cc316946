/** Makes the script of an episode from its seed: some kinds of trouble, in an order, with pauses between. */
import type { Action } from "./actions/action.ts";
import { PLAYS, STANDBY_PLAYS } from "./actions/mod.ts";
import { PAIR_PLAYS } from "./actions/pair.ts";
import { createRandom, type Random } from "./random.ts";

export type Step = { afterMs: number; action: Action };

/** How often a kind is chosen, where it is not 1: those that stop everything for long are rare. */
const WEIGHTS: Readonly<Record<string, number>> = {
  "kill": 2,
  "rest": 3,
  "drop": 2,
  "lose": 2,
  "clock": 0.3,
  "look around": 0.3,
  "refuse login": 0.3,
  "read what nobody keeps up": 0.4,
  "swap databases": 0.6,
  "broken reload": 0.5,
};

/** An episode has a few kinds of trouble, so that they meet each other often. */
const KINDS = [3, 6] as const;
const ACTIONS = [4, 12] as const;

/** `isPair`: there are two instances of the service; half of what happens is done to them. */
export function makeScript(seed: string, isPair = false): Step[] {
  const random = createRandom(`${seed} script`);
  const plays = isPair ? STANDBY_PLAYS : PLAYS;
  const kinds = chooseKinds(random, plays, random.int(...KINDS));
  const ofPair = Object.keys(PAIR_PLAYS);
  return Array.from({ length: random.int(...ACTIONS) }, () => {
    const name = random.pick(isPair && random.chance(0.5) ? ofPair : kinds);
    return { afterMs: random.int(100, 2500), action: { do: name, ...plays[name]!.make(random) } };
  });
}

function chooseKinds(random: Random, plays: typeof PLAYS, count: number): string[] {
  const lots = Object.keys(plays).map((name) => ({
    name,
    lot: random.next() ** (1 / (WEIGHTS[name] ?? 1)),
  }));
  return lots.sort((one, other) => other.lot - one.lot).slice(0, count).map(({ name }) => name);
}
