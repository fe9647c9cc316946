/** The live views in a real terminal: keys are pressed, the size changes, and the screen is read. */
import assert from "node:assert/strict";
import { type Pane, startPane, terminalTest } from "../../support/tmux.ts";
import { startRedis } from "../../support/redis_server.ts";
import { waitFor } from "../../support/wait.ts";
import { type Environment, startEnvironment } from "./environment.ts";

const PATHS = ["tickers:BTC-USDT", "tickers:ETH-USDT", "spot/ticker:ETH-USDT"];

function liveConfig(endpoint: string): string {
  const channels = [...PATHS, "trades:BTC-USDT", "candle1m:BTC-USDT", "books:BTC-USDT"].map((path) =>
    `"${path}"`
  );
  return `servers:
  - name: test
    endpoint: ${endpoint}
subscribes:
  - server: test
    channels: [${channels.join(", ")}]
`;
}

/** The line of the screen that begins with this text. */
function lineOf(screen: string, start: string): string {
  return screen.split("\n").find((line) => line.startsWith(start)) ?? "";
}

/** The first screen, its cursor and its modes are as they were before. */
async function assertRestored(pane: Pane): Promise<void> {
  const screen = (await pane.lines()).join("\n");
  assert.match(screen, /^\s*icanon$/m, screen);
  assert.match(screen, /^ echo\s*$/m, screen);
  assert.equal(await pane.ask("#{alternate_on} #{cursor_flag} #{wrap_flag}"), "0 1 1");
}

function watch(
  environment: Environment,
  paths: readonly string[],
  options: Parameters<typeof startPane>[1] = {},
): Promise<Pane> {
  return startPane(["client", "watch", "test", ...paths], {
    ...options,
    env: { ...environment.env, ...options.env },
  });
}

async function showsTabs(environment: Environment): Promise<void> {
  await using pane = await watch(environment, ["trades:BTC-USDT", ...PATHS]);
  await pane.waitFor(/^\[0 All\] +1 Prices +2 Trades and events, newest first/m);
  await pane.press("1");
  const prices = await pane.waitFor(/^ 0 All +\[1 Prices\].*\n.*\n(.* live\n){3}/m);
  assert.doesNotMatch(prices, /^time /m);
  await pane.press("c", "Down", "Space", "Escape");
  await pane.waitFor(/^instrument +bid +ask +change/m);
  await pane.press("Down", "Down", "Enter");
  const detail = await pane.waitFor(/^ETH-USDT +test tickers:ETH-USDT$/m);
  for (
    const line of [
      /^Row$/m,
      /^last +[\d.]+$/m,
      /^Subscription$/m,
      /^state +live$/m,
      /^since +20\d\d-.* ago\)$/m,
    ]
  ) {
    assert.match(detail, line);
  }
  await pane.press("Escape", "?");
  await pane.waitFor(/^u +unsubscribe the path of the chosen row/m);
  await pane.press("q", "Tab");
  await pane.waitFor(/^ 0 All +1 Prices +\[2 Trades/m);
  await pane.press("q");
  assert.equal(await pane.ended(), 0);
  await assertRestored(pane);
  await using chosen = await startPane(
    ["client", "watch", "test", ...PATHS, "--columns", "instrument, last,STATE"],
    { env: environment.env },
  );
  await chosen.waitFor(/^instrument +last +state\n/m);
  await using wrong = await startPane(["client", "watch", "test", ...PATHS, "--columns", "lst"], {
    env: environment.env,
  });
  assert.equal(await wrong.ended(), 2);
  await wrong.waitFor(/there is no column lst, only instrument, last, bid/);
}

terminalTest("watch in a terminal", async (t) => {
  await using environment = await startEnvironment({ config: liveConfig });
  await environment.waitForKey("okex/test/tickers:BTC-USDT");

  await t.step("is a table that is alive, and gives the terminal back at q", async () => {
    await using pane = await watch(environment, PATHS);
    const first = await pane.waitFor(/^BTC-USDT +[\d.]+ +[\d.]+ +[\d.]+ .* live$/m);
    assert.match(first, /instrument +last +bid +ask +change +age +\/s +last prices +state/);
    assert.match(lineOf(first, "BTC-USDT"), /[+-]?\d+\.\d\d% 24h +\d+(\.\d)? m?s /);
    assert.equal(await pane.ask("#{alternate_on} #{cursor_flag}"), "1 0");
    await waitFor("another price", async () => {
      return lineOf((await pane.lines()).join("\n"), "BTC-USDT") !== lineOf(first, "BTC-USDT");
    });
    await pane.press("q");
    assert.equal(await pane.ended(), 0);
    await assertRestored(pane);
  });

  await t.step("follows the size of the terminal", async () => {
    await using pane = await watch(environment, PATHS);
    await pane.waitFor(/last prices +state/);
    await pane.resize(45, 10);
    const small = await pane.waitFor(/^instrument +last +(bid +)?age +state$/m);
    assert.ok(small.split("\n").every((line) => line.length <= 45), small);
    await pane.waitFor(/^q quit/m);
    await pane.resize(140, 20);
    await pane.waitFor(/last prices +state/);
    await pane.press("Escape");
    assert.equal(await pane.ended(), 0);
  });

  await t.step("filters, sorts and scrolls", async () => {
    await using pane = await watch(environment, ["trades:BTC-USDT", ...PATHS], { rows: 14 });
    await pane.waitFor(/1-\d+ of \d+/);
    await pane.press("PageDown");
    await pane.waitFor(/[1-9]\d*-\d+ of \d+/);
    await pane.press("/", "e", "t", "h", "Enter");
    const filtered = await pane.waitFor(/\/eth \(Esc clears\)/);
    assert.ok(!/^BTC-USDT/m.test(filtered), filtered);
    await pane.press("Escape", "s");
    await pane.waitFor(/s sort: instrument/);
    await pane.press("C-c");
    assert.equal(await pane.ended(), 0);
    await assertRestored(pane);
  });

  await t.step("shows hostile text, and columns stay in line behind wide characters", async () => {
    await using pane = await watch(environment, ["tickers:FAKE-USDT", "tickers:BTC-USDT"]);
    await pane.waitFor(/^BTC-USDT .* live$/m);
    const row = { instId: "币安人生-💱", last: "1\x1b]2;owned\x07\x1b[2J\u202e", bidPx: "7.77", ts: "1" };
    await environment.redis.publish("okex/test/tickers:FAKE-USDT", JSON.stringify(row));
    const screen = await pane.waitFor("币安人生");
    assert.match(lineOf(screen, "币安人生-💱"), / 1\\x1b\]2;owned\\x07\\x1b\[2… /);
    assert.notEqual(await pane.ask("#{pane_title}"), "owned");
    // Four ideographs and an emoji take two columns each, but a screen that was read has one character for each.
    const at = (line: string) => [...line].length - [..."not subscribed"].length;
    const wide = lineOf(screen, "币安人生-💱");
    assert.ok(wide.endsWith("not subscribed"), wide);
    assert.equal(at(wide) + 5, lineOf(screen, "BTC-USDT").lastIndexOf("live"), screen);
    await pane.press("q");
    assert.equal(await pane.ended(), 0);
  });

  await t.step("has no colours with NO_COLOR, and colours without", async () => {
    // deno-lint-ignore no-control-regex
    const colour = /\x1b\[[\d;]*3\d/;
    await using plain = await watch(environment, PATHS, { env: { NO_COLOR: "1" } });
    await plain.waitFor(/ live$/m);
    assert.doesNotMatch((await plain.lines({ colours: true })).join("\n"), colour);
    await using coloured = await watch(environment, PATHS);
    await coloured.waitFor(/ live$/m);
    assert.match((await coloured.lines({ colours: true })).join("\n"), colour);
  });

  await t.step("gives the terminal back when it is terminated", async () => {
    await using pane = await watch(environment, PATHS);
    await pane.waitFor(/ live$/m);
    const { stdout } = await new Deno.Command("pgrep", { args: ["-P", String(pane.pid)] }).output();
    Deno.kill(Number(new TextDecoder().decode(stdout).trim()), "SIGTERM");
    assert.equal(await pane.ended(), 0);
    await assertRestored(pane);
  });

  await t.step("shows one table, other columns, a row in full and the keys", () => showsTabs(environment));

  await t.step("says what is wrong with a path without touching the screen", async () => {
    await using pane = await watch(environment, ["tickrs:BTC-USDT"]);
    assert.equal(await pane.ended(), 2);
    await pane.waitFor(/did you mean tickers\?/);
    await assertRestored(pane);
  });
});

terminalTest("watch says when Redis or the service is away, and goes on when they are back", async () => {
  await using environment = await startEnvironment({ config: liveConfig });
  await environment.waitForKey("okex/test/tickers:BTC-USDT");
  await using pane = await watch(environment, ["tickers:BTC-USDT", "books:BTC-USDT"]);
  await pane.waitFor(/^BTC-USDT .* live$/m);
  await environment.server.kill();
  const away = await pane.waitFor(/^Redis is away for /m);
  assert.match(away, /^BTC-USDT .* no Redis$/m);
  await using _again = await startRedis({ port: environment.server.port });
  await pane.waitFor(/^BTC-USDT .* live$/m);
  environment.service.kill("SIGKILL");
  const alone = await pane.waitFor(/^No okws service is running for /m);
  assert.match(alone, /^BTC-USDT .* no service$/m);
  await pane.press("q");
  assert.equal(await pane.ended(), 0);
});

terminalTest("top in a terminal", async (t) => {
  await using environment = await startEnvironment({ config: liveConfig });
  await environment.waitForKey("okex/test/tickers:BTC-USDT");

  await t.step("shows the service, and a connection that was lost", async () => {
    await using pane = await startPane(["top", "--interval", "300"], { env: environment.env });
    const screen = await pane.waitFor(/^[\d.]+ rows\/s +[▁-█]+/m);
    assert.match(screen, /^okws \d+\.\d+\.\d+ +up .* 6 live/m);
    assert.match(screen, /^Redis [\d.]+ [kMG]?B/m);
    assert.match(screen, /^test public +connected /m);
    for (const path of PATHS) assert.match(screen, new RegExp(`^${path} +test +live `, "m"));
    await environment.command("drop");
    await pane.waitFor(/[1-9]\d* connections lost/);
    await pane.waitFor(/ 6 live/);
    await pane.press("/", "c", "a", "n", "d", "l", "e", "Enter");
    await pane.waitFor(/^path, oldest data first.*\ncandle1m:BTC-USDT [^\n]*\n\s*\n/m);
    await pane.press("Escape", "q");
    assert.equal(await pane.ended(), 0);
    await assertRestored(pane);
  });

  await t.step("shows a row in full, all connections, and unsubscribes after a yes", async () => {
    await using pane = await startPane(["top", "--interval", "300"], { env: environment.env });
    await pane.waitFor(/^\[1 Subscriptions\] +2 Connections/m);
    await pane.press("2");
    await pane.waitFor(/ 1 Subscriptions +\[2 Connections\]\nconnection +state/m);
    await pane.press("Down", "Enter");
    await pane.waitFor(/^url +ws:\/\//m);
    await pane.press("Escape", "1", "/", "b", "o", "o", "k", "s", "Enter", "Down", "Enter");
    const detail = await pane.waitFor(/^test books:BTC-USDT$/m);
    assert.match(detail, /^owners +file$/m);
    await pane.press("u", "n");
    await pane.waitFor(/^› books:BTC-USDT /m);
    assert.ok(await environment.redis.hexists("okex/test/subs", "books:BTC-USDT"));
    await pane.press("u");
    await pane.waitFor(/^Unsubscribe books:BTC-USDT of test\?/m);
    await pane.press("y");
    await pane.waitFor(/^books:BTC-USDT of test is unsubscribed/m);
    await waitFor("it to be gone", async () => {
      return await environment.redis.hexists("okex/test/subs", "books:BTC-USDT") === 0;
    });
    await pane.waitFor(/^ *Nothing matches books$/m);
    await pane.press("C-c");
    assert.equal(await pane.ended(), 0);
    await assertRestored(pane);
  });

  await t.step("says in words that it may not unsubscribe", async () => {
    await environment.redis.call("ACL", "SETUSER", "looker", "on", ">looker", "~*", "+@all", "&*");
    await using pane = await startPane(["watch", "test", "tickers:BTC-USDT"], {
      env: {
        ...environment.env,
        OKWS_LANG: "zh",
        OKWS_REDIS_URL: `redis://looker:looker@127.0.0.1:${environment.server.port}`,
      },
    });
    await pane.waitFor(/^BTC-USDT .* live$/m);
    await environment.redis.call("ACL", "SETUSER", "looker", "-publish");
    await pane.press("Down", "u", "y");
    await pane.waitFor(/^未能退订 test 的 tickers:BTC-USDT：[^]*okws redis-acl/m);
    await pane.press("q");
    assert.equal(await pane.ended(), 0);
    assert.ok(await environment.redis.hexists("okex/test/subs", "tickers:BTC-USDT"));
  });

  await t.step("says when the service is gone, and waits for it", async () => {
    await using pane = await startPane(["top", "--interval", "300"], { env: environment.env });
    await pane.waitFor(/rows\/s +[▁-█]+/);
    environment.service.kill("SIGKILL");
    await pane.waitFor(/^No okws service is listening/m);
    await pane.press("q");
    assert.equal(await pane.ended(), 0);
  });

  await t.step("without a service to begin with it ends with code 3", async () => {
    await using pane = await startPane(["top"], { env: environment.env });
    assert.equal(await pane.ended(), 3);
    await pane.waitFor(/No okws service is listening/);
    await assertRestored(pane);
  });
});

terminalTest("get shows a table on a terminal", async () => {
  await using environment = await startEnvironment({ config: liveConfig });
  await waitFor("trades", async () => await environment.redis.xlen("okex/test/trades:BTC-USDT") > 3);
  await using pane = await startPane(["client", "get", "test", "trades:BTC-USDT", "-n", "3"], {
    env: environment.env,
  });
  assert.equal(await pane.ended(), 0);
  await pane.waitFor(/^instId +tradeId +px .*\n-+ +-+ .*\nBTC-USDT +\d+ +[\d.]+ /m);
});

terminalTest(
  "what is printed fits the terminal: too wide a table is a list, and no word or URL is broken",
  async () => {
    await using environment = await startEnvironment({ config: liveConfig });
    const env = environment.env;
    const get = ["client", "get", "test", "candle1m:BTC-USDT", "-n", "1"];
    await waitFor("a candle", async () => (await environment.client(...get.slice(1))).code === 0);
    await using wide = await startPane(get, { env, columns: 100 });
    assert.match(await wide.waitFor("[exit 0]"), /^ *ts +open +high .*\n(-+ +)+-+\n\d{13} [\d. ]+\n/m);
    await using narrow = await startPane(get, { env, columns: 60 });
    assert.match(await narrow.waitFor("[exit 0]"), /^ts +\d{13}\nopen +[\d.]+\nhigh +[\d.]+\n/m);
    const status = ["client", "status", "--redis", "redis://127.0.0.1:9"];
    await using away = await startPane(status, { env, columns: 34 });
    assert.match(await away.waitFor("[exit 4]"), /^(.* )?redis:\/\/127\.0\.0\.1:9\S*( |$)/m);
    await using clear = await startPane(["client", "clear"], { env, columns: 60 });
    const asked = await clear.waitFor("Go on? [y/N]");
    assert.ok(
      asked.split(/\s+/).join(" ").includes(
        "does not fetch older candles and trades again, so that charts stay short: for these stop it, delete, and start it.",
      ),
      asked,
    );
    assert.match(asked, /^Go on\? \[y\/N\] *$/m);
    await clear.press("n", "Enter");
    assert.equal(await clear.ended(), 1);
    await using doctor = await startPane(["doctor", "-c", environment.file], { env, columns: 24, rows: 300 });
    await doctor.ended();
    assert.doesNotMatch((await doctor.lines()).join("\n"), /Looking at:/);
  },
);
