/** The plan as a person sees it. */
import assert from "node:assert/strict";
import { planOf } from "../../../../src/cli/check/plan.ts";
import { renderPlan } from "../../../../src/cli/check/render.ts";
import { english, loadLanguage } from "../../../../src/cli/i18n/translate.ts";
import { parseConfig } from "../../../../src/config/schema.ts";

function planFor(value: unknown) {
  const parsed = parseConfig(value);
  assert.ok("config" in parsed, "issues" in parsed ? JSON.stringify(parsed.issues) : "");
  return planOf(parsed.config);
}

const LOGIN = { apiKey: "planted-key", secret: "planted-secret", password: "planted-word" };

Deno.test("renderPlan() shows what differs, servers, connections and paths, and no secret", () => {
  const plan = planFor({
    settings: { MAX_ROW: 50, REDIS_URL: "redis://u:planted@db:6379", HTTP_PASSWORD: "planted-too" },
    servers: [{ name: "test", ...LOGIN }, { name: "eu", endpoint: "okx-eea" }],
    subscribes: [
      { server: "test", channels: ["account", "tickers:ETH-USDT", "tickers:ETH-USDT"] },
      { server: "eu", channels: ["candle1m:BTC-EUR"] },
    ],
  });
  assert.deepEqual(renderPlan(plan, english), [
    "setting        value            default",
    "-------------  ---------------  -------",
    "REDIS_URL      redis://db:6379  -",
    "MAX_ROW        50               1000",
    "HTTP_PASSWORD  ***              -",
    "",
    "server  endpoint  protocol  login  paths",
    "------  --------  --------  -----  -----",
    "test    okx       v5        yes        2",
    "eu      okx-eea   v5        no         1",
    "",
    "server  connection     login  paths  deep books  url",
    "------  -------------  -----  -----  ----------  ----------------------------------",
    "test    public         no         1           0  wss://ws.okx.com/ws/v5/public",
    "test    private+login  yes        1           0  wss://ws.okx.com/ws/v5/private",
    "eu      public         no         0           0  wss://wseea.okx.com/ws/v5/public",
    "eu      business       no         1           0  wss://wseea.okx.com/ws/v5/business",
    "",
    "Connections: 4. From a cold start the last one is dialled after 1.2 s: the exchange takes three a second.",
    "",
    "server  path              connection",
    "------  ----------------  -------------",
    "test    tickers:ETH-USDT  public",
    "test    account           private+login",
    "eu      candle1m:BTC-EUR  business",
    "",
    "The configuration is good.",
  ]);
  assert.ok(!JSON.stringify(plan).includes("planted"));
});

Deno.test("renderPlan() says so where there is nothing of its own, and in Chinese", async () => {
  const lines = renderPlan(planFor({}), english);
  assert.deepEqual(lines, [
    "Every setting has its default.",
    "",
    "No server is configured; okws client open NAME opens one.",
    "",
    "The configuration is good.",
  ]);
  const chinese = renderPlan(planFor({ servers: [{ name: "test" }] }), await loadLanguage("zh")).filter((
    line,
  ) => line !== "");
  assert.equal(chinese[0], "所有设置都是默认值。");
  assert.equal(chinese.at(-1), "配置没有问题。");
  assert.match(chinese.join("\n"), /^服务器 +端点 +协议 +登录 +路径数$/m);
});

Deno.test("renderPlan() does not list thousands of paths", () => {
  const channels = Array.from({ length: 1000 }, (_, i) => `tickers:A${i}-USDT`);
  const lines = renderPlan(
    planFor({ servers: [{ name: "a" }], subscribes: [{ server: "a", channels }] }),
    english,
  );
  assert.ok(lines.length < 230, String(lines.length));
  assert.ok(lines.includes("… and 800 more"));
});
