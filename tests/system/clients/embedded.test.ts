/** Without a Redis: the clients read and follow the store that is part of okws itself. */
import assert from "node:assert/strict";
import { startFakeOkx } from "../../support/fake_okx.ts";
import { testWith } from "../../support/needs.ts";
import { startService } from "../../support/service.ts";
import { waitFor } from "../../support/wait.ts";
import { ticker, trade } from "./environment.ts";
import { ask, follow, LANGUAGES } from "./languages.ts";

for (const language of LANGUAGES) {
  testWith(
    language.needs,
    `${language.name}: the embedded store is read and followed as Redis is`,
    async () => {
      await using okx = startFakeOkx();
      const channels = ["tickers:BTC-USDT", "trades:BTC-USDT"];
      await using run = await startService({ endpoint: okx.url, channels });
      await waitFor("live", async () => (await run.sub("trades:BTC-USDT"))?.state === "live");
      const settings = { server: "test" };
      await using trades = await follow(language, run.redisUrl, settings, {
        path: "trades:BTC-USDT",
        after: "0-0",
      });
      await using tickers = await follow(language, run.redisUrl, settings, { path: "tickers:BTC-USDT" });
      for (let id = 1; id <= 3; id++) {
        okx.current()?.push({ channel: "trades", instId: "BTC-USDT" }, [trade(id)]);
        okx.current()?.push({ channel: "tickers", instId: "BTC-USDT" }, [ticker(id)]);
        await waitFor(`trade ${id}`, () => trades.items().at(-1)?.row?.tradeId === String(id));
        await waitFor(`ticker ${id}`, () => tickers.items().at(-1)?.row?.last === String(id));
      }
      assert.deepEqual(trades.items().map(({ row }) => row?.tradeId), ["1", "2", "3"]);
      const [row, entries, servers] = await ask(language, run.redisUrl, settings, [
        ["row", ["tickers:BTC-USDT"], { max_age_ms: 600_000 }],
        ["entries", ["trades:BTC-USDT"], { n: 2 }],
        ["command", ["servers"], {}],
      ]);
      assert.equal((row?.value as Record<string, string>)?.last, "3", JSON.stringify(row));
      assert.equal((entries?.value as unknown[])?.length, 2, JSON.stringify(entries));
      assert.deepEqual(servers?.value, ["test"], JSON.stringify(servers));
    },
  );
}
