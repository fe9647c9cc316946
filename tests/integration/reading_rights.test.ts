/** Rights to read that Redis does not give: what cannot be compared is said, and damage is mended when it can be seen. */
import assert from "node:assert/strict";
import { readinessFaults } from "../../src/http/readiness.ts";
import { startFakeOkx } from "../support/fake_okx.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { createWriter } from "../support/redis_user.ts";
import { startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const READS = ["get", "hget", "hgetall", "scan", "smembers", "type", "xrevrange", "zrange"];

redisTest(
  "a service that may not read what it has written is not ready and says which right it lacks",
  async () => {
    await using server = await startRedis();
    await using writer = await createWriter(server);
    const { admin, grant } = writer;
    await grant("~*", "&*", "+@all");
    await using okx = startFakeOkx();
    await using run = await startService({
      endpoint: okx.url,
      redisUrl: writer.redisUrl,
      channels: ["tickers:A-USDT"],
      lookMs: 20,
    });
    const faults = () => readinessFaults(run.service.view(), Date.now());
    const last = () => admin.hget("okex/test/tickers:A-USDT", "last");
    await waitFor("live", async () => (await run.sub("tickers:A-USDT"))?.state === "live");
    okx.current()?.push({ channel: "tickers", instId: "A-USDT" }, [{ instId: "A-USDT", last: "7", ts: "1" }]);
    await waitFor("a row", async () => await last() === "7");
    await waitFor("ready", () => faults().length === 0);

    for (const read of READS) {
      await grant(`-${read}`);
      // A look that was under way when the right went may say less.
      const fault = await waitFor(
        read,
        () => faults().find((each) => each.includes(`(${read.toUpperCase()})`)),
      );
      assert.match(
        fault,
        /^Redis does not let okws read what it has written .*okws redis-acl prints the rights/,
      );
      await grant("+@all");
      await waitFor(`${read} again`, () => faults().length === 0);
    }

    // A single key is as much as a command.
    await grant("resetkeys", "%W~*", "~trade-ws*", "~okex/servers", "~okex/test/[a-s]*");
    await waitFor("some keys", () => faults().some((each) => each.includes("(some of its keys)")));
    await admin.hset("okex/test/tickers:A-USDT", "last", "666");
    await grant("allkeys");
    await waitFor("damage is mended", async () => await last() === "7");
    await waitFor("ready again", () => faults().length === 0);
  },
);
