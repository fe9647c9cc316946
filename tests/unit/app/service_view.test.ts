/** What a service says of its lease where it vouches for what is in Redis. */
import assert from "node:assert/strict";
import { leaseFaults } from "../../../src/app/service_view.ts";
import { LEASE_MS, play } from "../../support/played_lease.ts";

Deno.test("a holder that is cut off says from the end of its lease that another one may hold it", async () => {
  const { clock, join } = play();
  using one = join("one");
  assert.deepEqual(leaseFaults(one.lease), [], "nothing is known of a lease yet");
  await one.check();
  await clock.pass(2 * LEASE_MS);
  assert.deepEqual(leaseFaults(one.lease), []);
  one.cut(true);
  await clock.pass(LEASE_MS + LEASE_MS / 3 + 1);
  const [fault, ...rest] = leaseFaults(one.lease);
  assert.match(fault ?? "", /^the lease has not been renewed for \d s, another okws may hold it by now$/);
  assert.deepEqual(rest, []);
  one.cut(false);
  await clock.pass(LEASE_MS);
  assert.deepEqual(leaseFaults(one.lease), []);
});

Deno.test("a standby says nothing of a lease that is another's", async () => {
  const { clock, join } = play();
  using one = join("one");
  using two = join("two", { isStandby: true });
  await one.check();
  await two.check();
  await clock.pass(3 * LEASE_MS);
  assert.deepEqual(leaseFaults(two.lease), []);
});
