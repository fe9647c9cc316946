/** What a soak is made of: things that strike, last a while and put everything right again, drawn from random numbers. */
import type { Random } from "../../src/mock/market/random.ts";
import { integerBelow } from "../../src/mock/market/random.ts";
import type { Archive } from "../faults/case.ts";
import type { Environment } from "../faults/environment.ts";

/** What actions share. */
export type Stage = {
  readonly environment: Environment;
  readonly archives: Archive[];
  readonly sleep: (ms: number) => Promise<void>;
};

/** One thing that happens: words for the log, and how it is done. */
export type Action = { readonly text: string; readonly run: (stage: Stage) => Promise<void> };

/** Makes an action out of random numbers, so that a seed always gives the same ones. */
export type Draw = (random: Random) => Action;

/** Ways to draw an action, by how often they are to come. */
export type Weighted = readonly (readonly [weight: number, draw: Draw])[];

/** Draws one action by weight. */
export function drawAction(actions: Weighted, random: Random): Action {
  const total = actions.reduce((sum, [weight]) => sum + weight, 0);
  let left = random() * total;
  const [, draw] = actions.find(([weight]) => (left -= weight) < 0) ?? actions[0]!;
  return draw(random);
}

/** One of these values. */
export function pick<T>(random: Random, values: readonly [T, ...T[]]): T {
  return values[integerBelow(random, values.length)] ?? values[0];
}

/** A length of time within a range. */
export function lengthOf(random: Random, [least, most]: readonly [number, number]): number {
  return Math.round(least + random() * (most - least));
}

/** Makes a promise of anything nothing. */
export function done(_: unknown): Promise<void> {
  return Promise.resolve();
}
