/** What a Redis has, read before it forgets. */
import type { Archive } from "./case.ts";
import { readGaps } from "./compare/gaps.ts";
import { readLanded } from "./compare/trades.ts";
import { type Environment, PREFIX } from "./environment.ts";

/** Reads trades and records of holes as they are now. */
export async function readArchive({ redis: { client }, watched }: Environment): Promise<Archive> {
  return {
    at: Date.now(),
    landed: await readLanded(client, PREFIX, watched),
    gaps: await readGaps(client, PREFIX),
  };
}
