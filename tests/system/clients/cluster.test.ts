/** In a cluster the clients find the same rows under names with braces, follow them, and give commands. */
import assert from "node:assert/strict";
import { serve } from "../../../src/app/service.ts";
import { connect } from "../../../src/client/client.ts";
import { parseConfig } from "../../../src/config/schema.ts";
import { startFakeOkx } from "../../support/fake_okx.ts";
import { skippable, testWith } from "../../support/needs.ts";
import { startCluster } from "../../support/redis_modes.ts";
import { QUICK } from "../../support/service.ts";
import { waitFor } from "../../support/wait.ts";
import { ticker, trade } from "./environment.ts";
import { ask, follow, LANGUAGES } from "./languages.ts";

testWith(
  ["redis-server", "redis-cli"],
  "in a cluster every client reads, follows and commands",
  async (t) => {
    await using cluster = await startCluster();
    await using okx = startFakeOkx();
    const channels = ["tickers:BTC-USDT", "trades:BTC-USDT"];
    const parsed = parseConfig({
      settings: { REDIS_URL: cluster.url, HTTP: "off", ENDPOINT: okx.url, HISTORY: 0 },
      servers: [{ name: "test" }],
      subscribes: [{ server: "test", channels }],
    });
    assert.ok("config" in parsed);
    await using _ = await serve(parsed.config, { timing: QUICK });
    await using client = await connect({ redisUrl: cluster.url, timeoutMs: 60_000 });
    const recordOf = async (path: string) => (await client.subscriptions("test")).get(path);
    await waitFor("live", async () => (await recordOf("trades:BTC-USDT"))?.state === "live");
    const settings = { server: "test" };
    let id = 0;
    for (const language of LANGUAGES) {
      await t.step(skippable(language.needs, language.name, async () => {
        okx.current()?.push({ channel: "tickers", instId: "BTC-USDT" }, [ticker(7)]);
        await waitFor("a ticker", async () => (await recordOf("tickers:BTC-USDT"))?.receivedAt);
        await using follower = await follow(language, cluster.url, settings, {
          path: "trades:BTC-USDT",
          after: "0-0",
        });
        const push = () => okx.current()?.push({ channel: "trades", instId: "BTC-USDT" }, [trade(++id)]);
        push();
        const isShown = () => follower.items().at(-1)?.row?.tradeId === String(id);
        await waitFor("the first trade", isShown);
        push();
        await waitFor("the next trade", isShown);
        assert.deepEqual(
          follower.items().map(({ row }) => row?.tradeId),
          Array.from({ length: id }, (_, i) => String(i + 1)),
        );
        const [row, servers] = await ask(language, cluster.url, settings, [
          ["row", ["tickers:BTC-USDT"], { max_age_ms: 600_000 }],
          ["command", ["servers"], {}],
        ]);
        assert.equal((row?.value as Record<string, string>)?.last, "7", JSON.stringify(row));
        assert.deepEqual(servers?.value, ["test"], JSON.stringify(servers));
      }));
    }
  },
);
