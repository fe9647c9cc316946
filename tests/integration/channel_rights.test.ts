/** A right to listen that is taken away while a service runs: it goes on, and receives commands when it is given back. */
import assert from "node:assert/strict";
import { startFakeOkx } from "../support/fake_okx.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { createWriter } from "../support/redis_user.ts";
import { startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

redisTest(
  "a service that may not listen any more goes on, and receives commands again when it may",
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
    });
    await waitFor("live", async () => (await run.sub("tickers:A-USDT"))?.state === "live");
    const listeners = async () => (await admin.pubsub("NUMSUB", "trade-ws"))[1];
    assert.equal(await listeners(), 1);
    await grant("resetchannels", "&okex/*", "&okws/*", "&trade-ws/*");
    await waitFor("nobody to listen", async () => await listeners() === 0);
    okx.current()?.push({ channel: "tickers", instId: "A-USDT" }, [{ instId: "A-USDT", last: "7", ts: "1" }]);
    await waitFor(
      "a row all the same",
      async () => await admin.hget("okex/test/tickers:A-USDT", "last") === "7",
    );
    await grant("allchannels");
    await waitFor("somebody to listen", async () => await listeners() === 1);
    await admin.publish("trade-ws", JSON.stringify({ id: "x1", op: "servers" }));
    await waitFor("a reply", () => admin.get("trade-ws/info/x1"));
  },
);
