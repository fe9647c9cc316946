/** What a Redis has, read before it forgets. */
import type { Archive } from "./case.ts";
import { readGaps } from "./compare/gaps.ts";
import { readLanded } from "./compare/trades.ts";
import type { Environment } from "./environment.ts";

/** Reads trades and records of gaps as they are now. */
export async function readArchive({ prefix, redis: { client }, watched }: Environment): Promise<Archive> {
  return {
    at: Date.now(),
    landed: await readLanded(client, prefix, watched),
    gaps: await readGaps(client, prefix),
  };
}
