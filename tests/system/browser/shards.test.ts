/** The page of a service that is one of several shards. */
import assert from "node:assert/strict";
import { startBrowser } from "../../support/browser.ts";
import { CHANNELS, seeText, withPage } from "../../support/dashboard_page.ts";
import { testWith } from "../../support/needs.ts";
import { startRedis } from "../../support/redis_server.ts";
import { startService } from "../../support/service.ts";
import { waitFor } from "../../support/wait.ts";

testWith(
  ["chromium", "redis-server"],
  "the page of a shard says which it is, and which are missing",
  async () => {
    await using browser = await startBrowser();
    await using server = await startRedis();
    const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
    const service = { redisUrl: server.url, settings: { SHARD: "2/16" } };
    await withPage(browser, async ({ okx, watched }) => {
      const { page } = watched;
      await seeText(watched, "#role", /^写入中 · 分片 2\/16$/);
      await seeText(watched, "#missing", /^分片 1\/16, 3\/16, .*, 16\/16 没有服务负责$/);
      assert.match(await page.locator("#role").getAttribute("title") ?? "", /^epoch 1 · 租约 .+ 前确认$/);
      await waitFor(
        "the title",
        async () => /分片 1\/16, 3\/16, .*, 16\/16 没有服务负责.* – okws 2\/16$/.test(await page.title()),
      );
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 390);
      const first = { endpoint: okx.url, redisUrl: server.url, channels: CHANNELS };
      await using _ = await startService({ ...first, settings: { SHARD: "1/16" } });
      await page.locator("#language").tap();
      await seeText(watched, "#missing", /^nobody is shard 3\/16, .*, 16\/16$/);
      await seeText(watched, "#role", /^active · shard 2\/16$/);
    }, { page: { locale: "zh-CN", ...phone }, service });
  },
);
