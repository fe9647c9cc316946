/** Commands that print rows as they come go on when Redis has been away. */
import assert from "node:assert/strict";
import { startFakeOkx } from "../../support/fake_okx.ts";
import { freePort } from "../../support/free_port.ts";
import { startOkws } from "../../support/program.ts";
import { redisTest, startRedis } from "../../support/redis_server.ts";
import { startService } from "../../support/service.ts";
import { waitFor } from "../../support/wait.ts";

const PATH = "trades:A-USDT";
const TS = 1_795_363_200_000;

function trade(id: number): Record<string, string> {
  const when = String(TS + id);
  return { instId: "A-USDT", tradeId: String(id), px: "1", sz: "1", side: "buy", ts: when, count: "1" };
}

redisTest(
  "get --follow and watch go on when Redis is back, without losing or doubling a row",
  async () => {
    const port = freePort();
    const folder = await Deno.makeTempDir({ prefix: "okws-lasting-" });
    const args = ["--dir", folder, "--dbfilename", "copy.rdb"];
    const first = await startRedis({ port, args });
    try {
      await using okx = startFakeOkx();
      await using run = await startService({ endpoint: okx.url, redisUrl: first.url, channels: [PATH] });
      await waitFor("the path", async () => (await run.sub(PATH))?.state === "live");
      const push = (...ids: number[]) => {
        for (const id of ids) okx.current()?.push({ channel: "trades", instId: "A-USDT" }, [trade(id)]);
      };
      push(1, 2, 3);
      await waitFor("the first trades", async () => await run.redis.xlen(`okex/test/${PATH}`) === 3);
      const there = ["--redis", first.url];
      await using follow = startOkws([
        "client",
        "get",
        "test",
        PATH,
        "-n",
        "2",
        "--follow",
        "--json",
        ...there,
      ]);
      await using watch = startOkws(["client", "watch", "test", PATH, "--json", ...there]);
      const followed = () =>
        follow.stdout.flatMap((line) => [JSON.parse(line)].flat()).map(({ tradeId }) => Number(tradeId));
      const watched = () => watch.stdout.map((line) => Number(JSON.parse(line).row.tradeId));
      await waitFor("what is cached", () => followed().length === 2, { deadlineMs: 60_000 });
      await waitFor("both to listen", async () => {
        const [, listeners] = await run.redis.pubsub("NUMSUB", `okex/test/${PATH}`) as [string, number];
        return Number(listeners) === 2;
      }, { deadlineMs: 60_000 });
      push(4);
      await waitFor("a row", () => followed().includes(4) && watched().includes(4));
      await run.redis.save();
      await first.kill();
      await waitFor("the loss to be noticed", () => run.service.view().outage !== "");
      push(5, 6);
      await Promise.all(
        [follow, watch].map((each) => each.waitForLine(/trying again/, { deadlineMs: 60_000 })),
      );
      await using _second = await startRedis({ port, args });
      await Promise.all(
        [follow, watch].map((each) => each.waitForLine(/there again/, { deadlineMs: 60_000 })),
      );
      push(7);
      await waitFor("rows after the outage", () => followed().includes(7) && watched().includes(7), {
        deadlineMs: 60_000,
      });
      assert.deepEqual(followed(), [2, 3, 4, 5, 6, 7]);
      assert.deepEqual(watched(), [4, 5, 6, 7]);
      assert.equal(await follow.stop("SIGINT"), 0);
      assert.equal(await watch.stop("SIGINT"), 0);
    } finally {
      await first.kill();
      await Deno.remove(folder, { recursive: true }).catch(() => {});
    }
  },
);
