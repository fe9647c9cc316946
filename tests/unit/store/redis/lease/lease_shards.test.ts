/** Leases of shards, with a Redis and a clock that are played: each its own, and never two numbers at once. */
import assert from "node:assert/strict";
import { LEASE_MS, play } from "../../../../support/played_lease.ts";

const of = (index: number, count: number) => ({ shard: { index, count } });

Deno.test("each shard has a lease of its own, and a second one of it is refused", async () => {
  const { clock, redis, join } = play();
  using one = join("one", of(1, 2));
  using two = join("two", of(2, 2));
  await one.check();
  await two.check();
  assert.deepEqual([one.outcome(), two.outcome()], ["ours", "ours"]);
  using again = join("again", of(2, 2));
  await again.check();
  await clock.pass(2 * LEASE_MS);
  assert.match(again.lease.error?.message ?? "", /is shard 2\/2 of KEY_PREFIX okex: pid 7 on two-host/);
  assert.equal(redis.holder("okex/leader/1-2"), "one");
  assert.equal(redis.holder("okex/leader/2-2"), "two");
  assert.equal(redis.leader, undefined);
});

Deno.test("another number is refused as long as one shard of the first is there, and so is none", async () => {
  const { clock, redis, join } = play();
  using one = join("one", of(2, 2));
  await one.check();
  using more = join("more", of(1, 3));
  using whole = join("whole");
  await Promise.all([more.check(), whole.check()]);
  await clock.pass(2 * LEASE_MS);
  assert.match(
    more.lease.error?.message ?? "",
    /another number of shards .* shard 2\/2 is pid 7 on one-host/,
  );
  assert.match(whole.lease.error?.message ?? "", /shard 2\/2 is pid 7 on one-host/);
  await one.lease.release();
  using next = join("next");
  await next.check();
  assert.equal(next.outcome(), "ours");
  using shard = join("shard", of(1, 3));
  await shard.check();
  await clock.pass(2 * LEASE_MS);
  assert.match(shard.lease.error?.message ?? "", /without shards: pid 7 on next-host/);
  assert.equal(redis.leader?.instance, "next");
});

Deno.test("one shard that goes on is enough to be refused, though another was killed before", async () => {
  for (const options of [{}, of(2, 3)]) {
    const { clock, join } = play();
    using two = join("two", of(2, 2));
    await two.check();
    await clock.pass(200);
    {
      using killed = join("killed", of(1, 2));
      await killed.check();
    }
    using next = join("next", options);
    await next.check();
    // The one that was killed has most of its lease to go.
    await clock.pass(LEASE_MS / 3);
    assert.match(next.lease.error?.message ?? "", /shard 2\/2 is pid 7 on two-host/);
    assert.deepEqual(next.seen, ["waiting", "lost"]);
  }
});

Deno.test("without shards nothing is written that was not before", async () => {
  const { clock, redis, join } = play();
  using one = join("one");
  await one.check();
  await clock.pass(2 * LEASE_MS);
  assert.equal(redis.hash("okex/shards").size, 0);
  assert.deepEqual([...redis.hash("okex/epoch")], [["epoch", "1"]]);
});

Deno.test("another number waits for the end of a shard that was killed", async () => {
  const { clock, join } = play();
  {
    using one = join("one", of(1, 2));
    await one.check();
  }
  using next = join("next", of(3, 3));
  await next.check();
  assert.equal(next.outcome(), "open");
  await clock.pass(LEASE_MS + 500);
  assert.equal(next.outcome(), "ours");
});

Deno.test("what stands by waits for all of another number, and has it when the last one ends", async () => {
  const { clock, join } = play();
  using one = join("one", of(1, 2));
  using two = join("two", of(2, 2));
  await one.check();
  await two.check();
  using next = join("next", { ...of(1, 3), isStandby: true });
  await next.check();
  await clock.pass(3 * LEASE_MS);
  assert.deepEqual(next.seen, ["waiting"]);
  await one.lease.release();
  await clock.pass(3 * LEASE_MS);
  assert.equal(next.outcome(), "open");
  await two.lease.release();
  await clock.pass(200);
  assert.equal(next.outcome(), "ours");
  // Nobody can say until when whose paths were received.
  assert.equal(next.lease.sinceOthersMs, Infinity);
});

Deno.test("a takeover asks every shard of another number, and replaces those that do not answer", async () => {
  const { clock, redis, join } = play();
  using one = join("one", of(1, 2));
  using two = join("two", of(2, 2));
  await one.check();
  await two.check();
  using next = join("next", { ...of(2, 3), isTakeover: true });
  await next.check();
  assert.deepEqual([...new Set(redis.asked)].sort(), ["okex/leader/1-2", "okex/leader/2-2"]);
  await clock.pass(25_000);
  assert.equal(next.outcome(), "ours");
  await one.check();
  await two.check();
  for (const each of [one, two]) assert.notEqual(each.lease.error, undefined);
});

Deno.test("one that was away while another number began writes nothing more, also when that has ended", async () => {
  for (const isOver of [false, true]) {
    const { clock, redis, join } = play();
    using one = join("one", of(1, 2));
    await one.check();
    one.cut(true);
    await clock.pass(2 * LEASE_MS);
    using next = join("next", of(1, 3));
    await next.check();
    assert.equal(next.outcome(), "open");
    await clock.pass(LEASE_MS + 200);
    assert.equal(next.outcome(), "ours");
    if (isOver) await next.lease.release();
    one.cut(false);
    await one.check();
    await clock.pass(LEASE_MS);
    assert.notEqual(one.lease.error, undefined, String(isOver));
    assert.equal(redis.holder("okex/leader/1-2"), undefined);
  }
});

Deno.test("of two numbers that begin at the same moment never both have it", async () => {
  for (let round = 0; round < 5; round++) {
    const { clock, join } = play();
    using one = join("one", of(1, 2));
    using more = join("more", of(1, 3));
    await Promise.all([one.check(), more.check()]);
    await clock.pass(4 * LEASE_MS);
    const outcomes = [one.outcome(), more.outcome()].sort();
    assert.ok(outcomes.filter((each) => each === "ours").length <= 1, outcomes.join());
  }
});

Deno.test("the number is known again after Redis has lost it", async () => {
  const { clock, redis, join } = play();
  using one = join("one", of(1, 2));
  await one.check();
  redis.flush();
  await one.check();
  await clock.pass(LEASE_MS);
  assert.deepEqual([...redis.hash("okex/shards").keys()], ["2"]);
  using whole = join("whole");
  await whole.check();
  await clock.pass(2 * LEASE_MS);
  assert.equal(whole.outcome(), "of one-host");
});

Deno.test("what stands by writes nothing, and a shard that could not be seen does not begin", async () => {
  const { clock, redis, join } = play();
  using whole = join("whole");
  await whole.check();
  using next = join("next", { ...of(1, 2), isStandby: true });
  await next.check();
  await clock.pass(2 * LEASE_MS);
  assert.equal(redis.hash("okex/shards").size, 0);
  redis.denied.add("HSET");
  await whole.lease.release();
  await clock.pass(3 * LEASE_MS);
  assert.equal(redis.holder("okex/leader/1-2"), undefined);
  assert.match(next.outcome(), /NOPERM/);
});

Deno.test("what was lost with all of Redis is left to its holder by one of another number that stands by", async () => {
  for (const isCut of [false, true]) {
    const { clock, redis, join } = play();
    using one = join("one", of(2, 2));
    await one.check();
    using next = join("next", { ...of(1, 3), isStandby: true });
    await next.check();
    await clock.pass(LEASE_MS);
    next.cut(isCut);
    await clock.pass(200);
    redis.flush();
    next.cut(false);
    if (isCut) await next.check();
    await clock.pass(LEASE_MS / 2);
    assert.equal(redis.holder("okex/leader/1-3"), undefined);
    await clock.pass(3 * LEASE_MS);
    assert.equal(redis.holder("okex/leader/2-2"), "one");
    assert.deepEqual([one.seen, next.outcome()], [["held 1"], "open"]);
    await one.lease.release();
    await clock.pass(200);
    assert.equal(next.outcome(), "ours");
  }
});

Deno.test("a Redis that came back empty when a lease would have run out is left to holders all the same", async () => {
  const { clock, redis, join } = play();
  using one = join("one", of(2, 2));
  await one.check();
  using next = join("next", { ...of(1, 3), isStandby: true });
  await next.check();
  await clock.pass(LEASE_MS);
  one.cut(true);
  await clock.pass(LEASE_MS - 50);
  redis.flush();
  await clock.pass(300);
  assert.equal(redis.holder("okex/leader/1-3"), undefined);
  one.cut(false);
  await clock.pass(2 * LEASE_MS);
  assert.deepEqual([redis.holder("okex/leader/2-2"), next.outcome()], ["one", "open"]);
});

Deno.test("leases that are deleted while their epochs are known are left to holders of another number", async () => {
  for (const isStandby of [false, true]) {
    const { clock, redis, join } = play();
    using one = join("one", of(1, 2));
    await one.check();
    using next = join("next", { ...of(1, 3), isStandby });
    if (isStandby) await next.check();
    await clock.pass(LEASE_MS);
    redis.delete();
    if (!isStandby) await next.check();
    await clock.pass(LEASE_MS / 2);
    assert.equal(redis.holder("okex/leader/1-2"), "one");
    await clock.pass(3 * LEASE_MS);
    assert.equal(one.lease.error, undefined);
    assert.equal(redis.holder("okex/leader/1-3"), undefined);
  }
});

Deno.test("a number that Redis does not list is found by its leases", async () => {
  const { clock, redis, join } = play();
  using one = join("one", of(15, 16));
  await one.check();
  redis.hash("okex/shards").clear();
  redis.hash("okex/epoch/15-16").clear();
  using next = join("next", of(1, 3));
  using whole = join("whole");
  await Promise.all([next.check(), whole.check()]);
  await clock.pass(LEASE_MS);
  assert.deepEqual([next.outcome(), whole.outcome()], ["of one-host", "of one-host"]);
});

Deno.test("of two numbers that both have a lease one ends at its next look, and one that gives way ends nobody", async () => {
  const other = JSON.stringify({ instance: "x", host: "x-host", pid: 1, epoch: 1, since: 0, url: "" });
  for (const isListed of [false, true]) {
    const { clock, redis, join } = play();
    using one = join("one", of(1, 2));
    await one.check();
    redis.set(other, 150, "okex/leader/2-3");
    if (isListed) await clock.pass(LEASE_MS / 2);
    else await one.check();
    await clock.pass(LEASE_MS);
    assert.equal(one.lease.error, undefined);
    redis.set(other, 2 * LEASE_MS, "okex/leader/2-3");
    if (isListed) redis.hash("okex/shards").set("3", "");
    else await one.check();
    await clock.pass(isListed ? LEASE_MS / 3 + 1000 : 1000);
    const { error } = one.lease as { readonly error: Error | undefined };
    assert.match(error?.message ?? "", /another number of shards .* shard 2\/3 is pid 1 on x-host/);
    assert.equal(redis.holder("okex/leader/1-2"), undefined);
  }
});

Deno.test("one that has its lease by an answer that was lost gives it back for another number", async () => {
  const { clock, redis, join } = play();
  using one = join("one", of(1, 2));
  redis.lost = "SET";
  await one.check();
  redis.lost = "";
  redis.set(
    JSON.stringify({ instance: "x", host: "x-host", pid: 1, epoch: 1, since: 0, url: "" }),
    60_000,
    "okex/leader/2-3",
  );
  await one.check();
  await clock.pass(LEASE_MS / 2);
  assert.notEqual(one.outcome(), "ours");
  assert.deepEqual(one.seen.includes("held 1"), false);
});
