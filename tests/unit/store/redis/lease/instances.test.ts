/** What becomes of what a service that stands by says of itself. */
import assert from "node:assert/strict";
import type { RedisCommand } from "../../../../../src/store/redis/commands.ts";
import { Instances } from "../../../../../src/store/redis/lease/instances.ts";
import { type RedisReply, ReplyError } from "../../../../../src/store/redis/resp.ts";
import { TransportError } from "../../../../../src/store/redis/transport.ts";

const OWN = {
  ...{ mode: "warm" as const, host: "here", pid: 1, url: "", since: 1, version: "2.0.0", ready: true },
};

Deno.test("a Redis that takes nothing at all of a standby is said to, with its reason", async () => {
  const said: (string | undefined)[] = [];
  let taken: RedisReply | TransportError = 1;
  let isStanding = true;
  using instances = new Instances({
    keyPrefix: "okex",
    instance: "a",
    describe: () => isStanding ? OWN : undefined,
    onAnnounced: (refusal) => said.push(refusal?.message),
    everyMs: 3_600_000,
  });
  const first = Promise.withResolvers<void>();
  instances.begin((commands: readonly RedisCommand[]) => {
    return Promise.resolve(commands.map(([name]): RedisReply | TransportError => {
      if (name === "TIME") return ["1795363200", "0"];
      if (name === "HGETALL") return [];
      first.resolve();
      return taken;
    }));
  });
  await first.promise;
  for (
    const reply of [
      new ReplyError("OOM command not allowed when used memory > 'maxmemory'."),
      new TransportError("no answer"),
      new ReplyError("NOPERM User x has no permissions"),
      new ReplyError("MISCONF Redis is configured to save RDB snapshots"),
    ]
  ) {
    taken = reply;
    await instances.announce();
  }
  isStanding = false;
  await instances.announce();
  const words = said.map((text) => /^Redis refuses: (\w+)/.exec(text ?? "")?.[1]);
  // That it does not answer is found out elsewhere; a right that is missing is no reason.
  assert.deepEqual(words, [undefined, "OOM", undefined, "MISCONF", undefined]);
});
