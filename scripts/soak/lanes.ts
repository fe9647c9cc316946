/** Lanes of faults: in each one action follows the other, and all lanes run at once. A seed decides all of it. */
import { createRandom, type Random, seedOf } from "../../src/mock/market/random.ts";
import { drawAction, type Stage, type Weighted } from "./action.ts";
import { EXCHANGE_ACTIONS } from "./exchange_actions.ts";
import { OTHER_ACTIONS } from "./other_actions.ts";

/** One lane, to be gone on with where it stopped. */
export type Lane = { readonly actions: Weighted; readonly random: Random };

/** What lanes report. */
export type Report = { readonly log: (text: string) => void; readonly fault: (text: string) => void };

/** Pauses between two actions of a lane, in milliseconds. */
const PAUSES_MS = [300, 6000] as const;

/** The lanes of a seed. */
export function createLanes(seed: number): Lane[] {
  return [
    { actions: EXCHANGE_ACTIONS, random: createRandom(seedOf("soak exchange", seed)) },
    { actions: OTHER_ACTIONS, random: createRandom(seedOf("soak others", seed)) },
  ];
}

/** Lets nothing begin after `until` (Unix milliseconds); answers how many actions there were. */
export async function runLanes(
  lanes: readonly Lane[],
  { until, stage, report }: { readonly until: number; readonly stage: Stage; readonly report: Report },
): Promise<number> {
  const counts = await Promise.all(lanes.map((lane) => runLane(lane, { until, stage, report })));
  return counts.reduce((sum, count) => sum + count, 0);
}

async function runLane(
  { actions, random }: Lane,
  { until, stage, report }: Parameters<typeof runLanes>[1],
): Promise<number> {
  for (let count = 0;; count++) {
    await stage.sleep(PAUSES_MS[0] + random() * (PAUSES_MS[1] - PAUSES_MS[0]));
    const action = drawAction(actions, random);
    if (Date.now() > until) return count;
    report.log(action.text);
    try {
      await action.run(stage);
    } catch (error) {
      report.fault(`${action.text}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
