/** The embedded store of a service, taken by another one for the Redis of this machine: it has one writer all the same. */
import assert from "node:assert/strict";
import { redisExaminations } from "../../src/cli/doctor/redis.ts";
import { examine } from "../../src/cli/doctor/finding.ts";
import { parseConfig } from "../../src/config/schema.ts";
import { englishOf } from "../../src/shared/messages/message.ts";
import { setupLogging } from "../../src/logging/log.ts";
import { LeaseError } from "../../src/shared/errors.ts";
import { startFakeOkx } from "../support/fake_okx.ts";
import { startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const PATH = "trades:A-USDT";
const LEADER = "okex/leader";

/** A lease that no busy machine lets run out. */
const LONG = { LEASE_MS: 600_000 };

Deno.test("a second service in the embedded store of another ends at once, however it is started", async () => {
  await using okx = startFakeOkx();
  const common = { endpoint: okx.url, channels: [PATH], settings: LONG };
  await using one = await startService(common);
  await waitFor("live", async () => (await one.sub(PATH))?.state === "live");
  const held = await one.redis.get(LEADER);
  const refused = (error: unknown) => {
    assert.ok(error instanceof LeaseError);
    assert.match(
      error.message,
      new RegExp(`pid ${Deno.pid} on ${Deno.hostname()}, since 2.*that store ends with it`),
    );
    return true;
  };
  const second = { ...common, redisUrl: one.redisUrl };
  await assert.rejects(startService(second), refused);
  await assert.rejects(startService({ ...second, takeover: true }), refused);
  await assert.rejects(startService({ ...second, settings: { ...LONG, SHARD: "1/2" } }), refused);
  for (const [STANDBY, takeover] of [["true", false], ["cold", false], ["true", true]] as const) {
    await using standby = await startService({ ...second, settings: { ...LONG, STANDBY }, takeover });
    await assert.rejects(standby.service.done, refused);
  }
  assert.equal(await one.redis.get(LEADER), held);
  assert.deepEqual([one.service.isHandingOver, one.service.view().stopping], [false, false]);
  assert.equal((await one.sub(PATH))?.epoch, 1);
  const { role, epoch } = one.service.view().lease;
  assert.deepEqual([role, epoch, await one.redis.hgetall("okex/epoch")], ["active", 1, { epoch: "1" }]);
});

Deno.test("a service with another prefix runs in the embedded store of another", async () => {
  const lines: string[] = [];
  await setupLogging({ level: "warn", format: "json" }, {
    write(piece) {
      lines.push(new TextDecoder().decode(piece));
      return Promise.resolve(piece.length);
    },
  });
  await using okx = startFakeOkx();
  const common = { endpoint: okx.url, channels: [PATH] };
  await using one = await startService(common);
  await using two = await startService({
    ...{ ...common, redisUrl: one.redisUrl },
    settings: { KEY_PREFIX: "two", LISTEN_CHANNEL: "two", REDIS_INFO_KEY: "two/info" },
    client: { keyPrefix: "two", listenChannel: "two", infoKey: "two/info" },
  });
  await waitFor("the other to be live", async () => (await two.sub(PATH))?.state === "live");
  assert.deepEqual([one.service.view().lease.role, two.service.view().lease.role], ["active", "active"]);
  await waitFor("a line of it", () => lines.some((line) => line.includes("which ends with that one")));
});

Deno.test("the doctor beside a service with the embedded store names it, and what kind of store that is", async () => {
  await using okx = startFakeOkx();
  await using one = await startService({ endpoint: okx.url, channels: [PATH] });
  const parsed = parseConfig({ settings: { REDIS_URL: one.redisUrl } });
  assert.ok("config" in parsed);
  const { signal } = new AbortController();
  const findings = await examine(redisExaminations(parsed.config.settings), { signal });
  const of = (name: string) =>
    findings.filter((each) => each.name === name).map(({ state, message }) =>
      `${state} ${englishOf(message)}`
    )
      .join();
  assert.match(of("service"), /^ok /);
  assert.match(of("lease"), new RegExp(`^ok .*pid ${Deno.pid} `));
  assert.match(of("store"), /^warn the embedded store forgets everything/);
  assert.match(of("persistence"), /^ok /);
});

Deno.test("a lease that is deleted, with all of the embedded store or alone, is taken again", async () => {
  await using okx = startFakeOkx();
  await using one = await startService({ endpoint: okx.url, channels: [PATH], settings: { LEASE_MS: 1500 } });
  const held = await one.redis.get(LEADER);
  assert.equal(JSON.parse(held ?? "{}").embedded, true);
  for (const empty of [() => one.redis.del(LEADER), () => one.redis.flushall()]) {
    await empty();
    await waitFor("the lease", async () => await one.redis.get(LEADER) === held);
  }
});
