/**
 * The lease with a Redis and a clock that are played: whose it is after all that can happen to it. The file is long because
 * each of these is one case.
 */
import assert from "node:assert/strict";
import { LEASE_MS, play } from "../../../../support/played_lease.ts";

Deno.test("the first one takes it at once, and keeps it as long as it renews it", async () => {
  const { clock, redis, join } = play();
  using one = join("one");
  assert.equal(one.lease.isOverdue, true);
  await one.check();
  assert.equal(one.outcome(), "ours");
  assert.equal(one.lease.epoch, 1);
  await clock.pass(10 * LEASE_MS);
  assert.equal(redis.leader?.instance, "one");
  assert.equal(one.lease.isOverdue, false);
  assert.deepEqual(one.seen, ["held 1"]);
  const { role, epoch, ageMs } = one.lease.status();
  assert.deepEqual([role, epoch], ["active", 1]);
  assert.ok(ageMs !== null && ageMs <= LEASE_MS / 3);
});

Deno.test("a newcomer that has seen the holder leaves it what is deleted then, alone or with all of Redis", async () => {
  for (const isEmptied of [false, true]) {
    const { clock, redis, join } = play();
    using one = join("one");
    await one.check();
    await clock.pass(200);
    using two = join("two");
    await two.check();
    assert.equal(two.outcome(), "open");
    if (isEmptied) redis.flush();
    else redis.delete();
    await clock.pass(LEASE_MS);
    assert.deepEqual([one.seen, one.lease.error], [["held 1"], undefined]);
    assert.equal(redis.leader?.instance, "one");
    assert.match(two.lease.error?.message ?? "", /pid 7 on one-host/);
  }
});

Deno.test("a newcomer of the moment in which Redis is emptied leaves it to the service that is connected", async () => {
  const { clock, redis, join } = play();
  redis.clients.push("one");
  using one = join("one");
  await one.check();
  redis.flush();
  using two = join("two");
  await two.check();
  await clock.pass(LEASE_MS);
  assert.deepEqual([one.seen, redis.leader?.instance], [["held 1"], "one"]);
  assert.match(two.lease.error?.message ?? "", /pid 7 on one-host/);
});

Deno.test("one that is connected and takes nothing again is waited for as long as a lease lasts", async () => {
  const { clock, redis, join } = play();
  redis.clients.push("hung");
  using one = join("one");
  await one.check();
  await clock.pass(LEASE_MS - 100);
  assert.equal(one.outcome(), "open");
  await clock.pass(300);
  assert.equal(one.outcome(), "ours");
});

Deno.test("a second one sees the first go on, and learns who it is", async () => {
  const { clock, redis, join } = play();
  using one = join("one");
  await one.check();
  using two = join("two");
  await two.check();
  await clock.pass(LEASE_MS / 3 + 200);
  assert.equal(two.outcome(), "of one-host");
  assert.match(two.lease.error?.message ?? "", /pid 7 on one-host/);
  assert.equal(redis.leader?.instance, "one");
  await clock.pass(10 * LEASE_MS);
  await two.check();
  assert.equal(two.outcome(), "of one-host");
});

Deno.test("one whose Redis is its own embedded store is neither waited for nor asked for its place", async () => {
  const { redis, join } = play();
  const contender = { instance: "one", host: "one-host", pid: 7, url: "", embedded: true } as const;
  using one = join("one", { contender, isTakeover: true });
  await one.check();
  assert.equal(one.outcome(), "ours");
  for (const options of [{}, { isStandby: true }, { isTakeover: true }]) {
    using two = join("two", options);
    await two.check();
    assert.deepEqual([two.outcome(), two.seen, redis.published], ["of one-host", ["lost"], []]);
    assert.match(two.lease.error?.message ?? "", /that store ends with it/);
  }
  assert.equal(redis.leader?.instance, "one");
});

Deno.test("of those that begin at once one has it", async () => {
  for (let many = 2; many < 6; many++) {
    const { clock, redis, join } = play();
    const all = Array.from({ length: many }, (_, i) => join(`no${i}`));
    await Promise.all(all.map((each) => each.check()));
    await clock.pass(2 * LEASE_MS);
    assert.deepEqual(all.map((each) => each.outcome()).sort(), [
      ...Array.from({ length: many - 1 }, () => `of ${redis.leader?.instance}-host`),
      "ours",
    ]);
    assert.equal(redis.epoch, "1");
    for (const each of all) each[Symbol.dispose]();
  }
});

Deno.test("the end of one without a word is waited for, and then the next term begins", async () => {
  const { clock, join } = play();
  const one = join("one");
  await one.check();
  await clock.pass(LEASE_MS);
  one[Symbol.dispose]();
  using two = join("two");
  await two.check();
  assert.equal(two.outcome(), "open");
  await clock.pass(LEASE_MS + 200);
  assert.equal(two.outcome(), "ours");
  assert.equal(two.lease.epoch, 2);
  assert.ok(two.lease.settlingMs > LEASE_MS, "it may not know yet");
});

Deno.test("what is given back is had at once", async () => {
  const { redis, join } = play();
  using one = join("one");
  await one.check();
  await one.lease.release();
  assert.equal(redis.leader, undefined);
  using two = join("two");
  await two.check();
  assert.equal(two.outcome(), "ours");
  assert.equal(two.lease.epoch, 2);
  assert.equal(two.lease.settlingMs, 0);
});

Deno.test("a key that is deleted is taken again under the same epoch, also before a newcomer", async () => {
  const { clock, redis, join } = play();
  using one = join("one");
  await one.check();
  redis.delete();
  using two = join("two");
  await two.check();
  await clock.pass(LEASE_MS);
  assert.equal(redis.leader?.instance, "one");
  assert.equal(redis.leader?.epoch, 1);
  await clock.pass(LEASE_MS);
  assert.equal(two.outcome(), "of one-host");
  redis.flush();
  await clock.pass(LEASE_MS);
  assert.equal(redis.leader?.epoch, 1);
  assert.equal(redis.epoch, "1");
  redis.set("no lease", Infinity);
  await clock.pass(LEASE_MS);
  assert.equal(redis.leader?.instance, "one");
});

Deno.test("a holder that was away writes nothing before it has looked, and nothing more when another had it", async () => {
  const { clock, redis, join } = play();
  using one = join("one");
  await one.check();
  one.cut(true);
  await clock.pass(LEASE_MS + 1);
  assert.equal(one.lease.isOverdue, true);
  one.cut(false);
  await one.check();
  assert.equal(one.outcome(), "ours", "nobody else had it");
  assert.equal(one.lease.epoch, 1);
  one.cut(true);
  const two = join("two");
  await two.check();
  await clock.pass(LEASE_MS + 200);
  assert.equal(two.outcome(), "ours");
  one.cut(false);
  await clock.pass(LEASE_MS / 3);
  assert.deepEqual(one.seen, ["held 1", "lost"]);
  assert.equal(redis.leader?.instance, "two");
  two[Symbol.dispose]();
});

Deno.test("a term of another that is over by now is one too many", async () => {
  const { clock, redis, join } = play();
  using one = join("one");
  await one.check();
  one.cut(true);
  using two = join("two");
  await two.check();
  await clock.pass(LEASE_MS + 200);
  await two.lease.release();
  assert.equal(redis.leader, undefined);
  one.cut(false);
  await one.check();
  assert.equal(one.outcome(), "of undefined");
  assert.match(one.lease.error?.message ?? "", /KEY_PREFIX okex/);
});

Deno.test("an older copy of Redis is no other holder, once what it says has run out", async () => {
  const { clock, redis, join } = play();
  using gone = join("gone");
  await gone.check();
  const older = JSON.stringify(redis.leader);
  await gone.lease.release();
  using one = join("one");
  await one.check();
  redis.set(older, LEASE_MS / 2);
  await one.check();
  assert.equal(one.outcome(), "open");
  await clock.pass(LEASE_MS);
  assert.equal(one.outcome(), "ours");
  assert.equal(redis.leader?.epoch, 2);
});

Deno.test("a lease that never runs out does, where nobody renews it", async () => {
  const { clock, redis, join } = play();
  redis.set('{"instance":"old","host":"h","pid":1,"epoch":9,"since":0,"url":""}', Infinity);
  using one = join("one");
  await one.check();
  await clock.pass(LEASE_MS + 200);
  assert.equal(one.outcome(), "ours");
});

Deno.test("one whose answer was lost finds that it has it", async () => {
  for (const lost of ["SET", "HINCRBY"]) {
    const { redis, join } = play();
    using one = join("one");
    redis.lost = lost;
    await one.check();
    assert.equal(one.outcome(), "cut");
    redis.lost = "";
    await one.check();
    assert.equal(one.outcome(), "ours", lost);
    assert.equal(one.lease.epoch, 1);
    assert.equal(redis.epoch, "1");
  }
});

Deno.test("a holder is asked to hand over, and replaced where it does not", async () => {
  const { clock, redis, join } = play();
  using one = join("one");
  await one.check();
  using two = join("two", { isTakeover: true });
  await two.check();
  assert.deepEqual(redis.published.map((text) => JSON.parse(text)), [{ op: "TAKEOVER", instance: "two" }]);
  await clock.pass(5000);
  assert.equal(two.outcome(), "open", "it has time to drain");
  await one.lease.release();
  await clock.pass(200);
  assert.equal(two.outcome(), "ours");
  using three = join("three", { isTakeover: true });
  await three.check();
  await clock.pass(11_000);
  assert.equal(three.outcome(), "ours");
  assert.equal(three.lease.epoch, 3);
  await clock.pass(LEASE_MS);
  assert.equal(two.lease.error?.holder?.host, "three-host");
});

Deno.test("a holder is asked again: one that has only begun may not listen yet", async () => {
  const { clock, redis, join } = play();
  using one = join("one");
  await one.check();
  using two = join("two", { isTakeover: true });
  await two.check();
  await clock.pass(5000);
  assert.ok(redis.published.length >= 4, String(redis.published.length));
  assert.deepEqual(new Set(redis.published), new Set(['{"op":"TAKEOVER","instance":"two"}']));
});

Deno.test("the number of a term is written again when it was lost or damaged, and goes with its end", async () => {
  for (const damaged of [undefined, "-7", "99999999999999999999", "abc", "0"]) {
    const { clock, redis, join } = play();
    using one = join("one");
    await one.check();
    await one.lease.release();
    using two = join("two");
    await two.check();
    assert.equal(redis.epoch, "2");
    redis.damage(damaged);
    await clock.pass(LEASE_MS);
    assert.equal(redis.epoch, "2", damaged);
    redis.damage(damaged);
    await two.lease.release();
    using three = join("three");
    await three.check();
    await clock.pass(2 * LEASE_MS);
    assert.equal(three.lease.epoch, 3, damaged);
  }
});

Deno.test("one that stands by waits as long as another goes on, and has it at once when that ends in order", async () => {
  const { clock, redis, join } = play();
  using one = join("one");
  await one.check();
  using two = join("two", { isStandby: true });
  await two.check();
  await clock.pass(10 * LEASE_MS);
  assert.equal(two.outcome(), "open");
  assert.deepEqual(two.seen, ["waiting"]);
  assert.equal(two.lease.status().role, "standby");
  await one.lease.release();
  await clock.pass(200);
  assert.equal(two.outcome(), "ours");
  assert.equal(two.lease.status().role, "active");
  assert.equal(redis.leader?.epoch, 2);
  assert.equal(two.lease.settlingMs, 0);
});

Deno.test("one that stands by has it when it has run out, and of two the one that is first", async () => {
  const { clock, redis, join } = play();
  const one = join("one");
  await one.check();
  using two = join("two", { isStandby: true });
  using three = join("three", { isStandby: true });
  await two.check();
  await three.check();
  await clock.pass(2 * LEASE_MS);
  one[Symbol.dispose]();
  await clock.pass(LEASE_MS + 200);
  assert.deepEqual([two, three].map(({ outcome }) => outcome()).toSorted(), ["open", "ours"]);
  await clock.pass(3 * LEASE_MS);
  assert.equal(redis.leader?.epoch, 2);
  assert.ok(two.lease.sinceOthersMs > LEASE_MS);
});

Deno.test("a key that is deleted long before its end is left to its holder by one that stands by", async () => {
  const { clock, redis, join } = play();
  using one = join("one");
  await one.check();
  using two = join("two", { isStandby: true });
  await two.check();
  await clock.pass(LEASE_MS);
  redis.delete();
  await clock.pass(LEASE_MS);
  assert.equal(redis.leader?.instance, "one");
  assert.equal(redis.leader?.epoch, 1);
  assert.equal(two.outcome(), "open");
  // Redis has come back empty.
  redis.flush();
  await clock.pass(LEASE_MS);
  assert.equal(redis.leader?.instance, "one");
  one.cut(true);
  redis.flush();
  await clock.pass(LEASE_MS + 200);
  assert.equal(redis.leader?.instance, "two");
  assert.equal(redis.leader?.epoch, 2, "no number comes twice");
});

Deno.test("what is given back for somebody is left to him, and had by another where he does not come", async () => {
  const { clock, redis, join } = play();
  using one = join("one");
  await one.check();
  using two = join("two", { isStandby: true });
  await two.check();
  await clock.pass(LEASE_MS);
  one.lease.promise("three");
  await one.lease.release();
  await clock.pass(200);
  assert.equal(redis.leader, undefined);
  {
    using three = join("three");
    await three.check();
    assert.equal(three.outcome(), "ours");
    await clock.pass(LEASE_MS);
    three.lease.promise("four");
    await three.lease.release();
  }
  await clock.pass(LEASE_MS + 200);
  assert.equal(two.outcome(), "ours");
});

Deno.test("an account of an earlier version holds it too; one that may not read it learns that", async () => {
  const { clock, redis, join } = play();
  for (const name of ["GETEX", "PTTL", "WATCH", "HINCRBY"]) redis.denied.add(name);
  using one = join("one");
  await one.check();
  await clock.pass(5 * LEASE_MS);
  assert.equal(redis.leader?.instance, "one");
  using two = join("two");
  await two.check();
  await clock.pass(LEASE_MS + 1200);
  assert.equal(two.outcome(), "of one-host");
  await one.lease.release();
  await clock.pass(LEASE_MS);
  redis.denied.add("GET");
  using three = join("three");
  await three.check();
  assert.equal(three.lease.isRefused, true);
  assert.equal(three.lease.status().role, "unprotected");
  assert.deepEqual(three.seen, ["refused"]);
  redis.denied.clear();
  await clock.pass(LEASE_MS);
  assert.deepEqual(three.seen, ["refused", "held 2"]);
  assert.equal(three.lease.isRefused, false);
});

Deno.test("a holder that ends right after Redis' clock was set back is replaced within a lease", async () => {
  for (const options of [{}, { isStandby: true }]) {
    const { clock, redis, join } = play();
    using one = join("one");
    await one.check();
    using two = join("two", options);
    if (options.isStandby === true) {
      await two.check();
      await clock.pass(500);
    }
    one.lease[Symbol.dispose]();
    redis.setBack(60_000);
    if (options.isStandby !== true) await two.check();
    await clock.pass(LEASE_MS - 200);
    assert.equal(two.outcome(), "open");
    await clock.pass(400);
    assert.deepEqual([two.outcome(), redis.leader?.instance], ["ours", "two"]);
    assert.ok(!options.isStandby || two.lease.sinceOthersMs >= LEASE_MS);
  }
});

Deno.test("a newcomer does not take a clock of Redis that is set back for a renewal", async () => {
  const { clock, redis, join } = play();
  using one = join("one");
  await one.check();
  one.lease[Symbol.dispose]();
  await clock.pass(1000);
  using two = join("two");
  await two.check();
  await clock.pass(500);
  redis.setBack(60_000);
  await clock.pass(LEASE_MS + 200);
  assert.deepEqual([two.outcome(), two.lease.epoch], ["ours", 2]);
});

Deno.test("a lease that does not say how long it lasts is waited for as long as Redis says", async () => {
  const { clock, redis, join } = play();
  const old = { instance: "old", host: "old-host", pid: 7, url: "", epoch: 1, since: 0 };
  redis.set(JSON.stringify(old), 20_000);
  using two = join("two", { isStandby: true });
  await two.check();
  await clock.pass(19_000);
  assert.equal(two.outcome(), "open");
  await clock.pass(1500);
  assert.equal(two.outcome(), "ours");
});

Deno.test("a holder that has been out of reach renews its lease as soon as it is connected again", async () => {
  const { clock, redis, join } = play();
  using one = join("one");
  await one.check();
  await clock.pass(0.4 * LEASE_MS);
  one.cut(true);
  await clock.pass(0.8 * LEASE_MS);
  one.cut(false);
  await one.check();
  assert.equal(one.outcome(), "ours");
  assert.deepEqual(await redis.ask([["PTTL", "okex/leader"]]), [LEASE_MS]);
});
