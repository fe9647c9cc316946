/**
 * Lists that the exchange does not push: since 2022-12-28 the `instruments` channel sends changes only, so the full
 * list is fetched once for each connection and kept by the pushes.
 */
import { sleep } from "../async/sleep.ts";
import { backoff } from "../async/backoff.ts";
import type { RestHost } from "../okx/endpoints.ts";
import type { Arg, DataFrame } from "../okx/frame.ts";
import { fetchRows } from "../okx/rest.ts";
import { filterOfPath, type Topic } from "../okx/topic.ts";
import { roomLogger } from "../log.ts";

const log = roomLogger("session");

/** What to ask for; undefined where the exchange offers no such list. */
export function seedQuery(topic: Topic): Record<string, string> | undefined {
  if (topic.storage !== "instruments") return undefined;
  const instType = topic.arg.instType ?? "";
  if (instType !== "OPTION") return { instType };
  // Options are listed by family only, which a legacy path names.
  const family = filterOfPath(topic.path);
  return topic.convert === undefined || family === undefined ? undefined : { instType, instFamily: family };
}

/** Fetches until it succeeds or `signal` is aborted; undefined only then. */
export async function fetchSeed(
  rest: RestHost,
  arg: Arg,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<DataFrame | undefined> {
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      const rows = await fetchRows(rest, "/public/instruments", query, signal);
      return { kind: "data", arg, rows, action: "seed", text: "" };
    } catch (error) {
      if (signal.aborted) return undefined;
      const reason = error instanceof Error ? error.message : String(error);
      if (attempt === 0) {
        log.warn("Cannot fetch the list of instruments yet, trying on", { ...query, reason });
      }
      await sleep(backoff(attempt, Math.random, { baseMs: 1000, capMs: 60_000 }), signal);
    }
  }
  return undefined;
}
