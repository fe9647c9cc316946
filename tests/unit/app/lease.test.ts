/** The lease of a service as its settings make it. */
import assert from "node:assert/strict";
import { createLease } from "../../../src/app/lease.ts";
import { parseConfig } from "../../../src/config/schema.ts";
import { renderHolder } from "../../../src/store/redis/lease/holder.ts";
import { play } from "../../support/played_lease.ts";

const PARSED = parseConfig({ settings: { LEASE_MS: 600_000 } });
const OTHER = renderHolder({ instance: "other", host: "there", pid: 7, url: "", epoch: 1, since: 0 });

/** Returns what is asked of the holder of a lease, in the embedded store of this process or in a Redis. */
async function requests(embedded: boolean): Promise<string[]> {
  assert.ok("config" in PARSED);
  const { redis } = play();
  redis.set(OTHER, 600_000);
  const { promise: waits, resolve } = Promise.withResolvers<void>();
  const lease = createLease({
    ...{ settings: PARSED.config.settings, instance: "own", shard: undefined, clustered: false, embedded },
    ...{ isTakeover: false, isStandby: false, onHeld: () => {}, onLost: () => {} },
  });
  const checked = lease.check(async (commands) => {
    if (commands.some(([name]) => name === "PTTL")) resolve();
    return await redis.ask(commands);
  }).catch(() => {});
  await waits;
  lease[Symbol.dispose]();
  await checked;
  return redis.published;
}

Deno.test("who was faster in the embedded store of a service is asked for its place there", async () => {
  assert.deepEqual(await requests(true), ['{"op":"TAKEOVER","instance":"own"}']);
  assert.deepEqual(await requests(false), []);
});
