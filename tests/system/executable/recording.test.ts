/** The commands of docs/recording.md: what is recorded is played into another Redis, exported, and read by other programs. */
import assert from "node:assert/strict";
import { Redis } from "ioredis";
import { blocksOf, readPage } from "../../docs/blocks.ts";
import { runChild } from "../../support/child.ts";
import { freePort } from "../../support/free_port.ts";
import { testWith } from "../../support/needs.ts";
import { runOkws, startOkws } from "../../support/program.ts";
import { startRedis } from "../../support/redis_server.ts";
import { waitFor } from "../../support/wait.ts";
import { startMock, tempFolder } from "./environment.ts";

/** The commands of the page, each without its name and settings; every one has to be used up. */
async function commandsOf(page: string) {
  const lines = blocksOf(await readPage(page)).filter(({ language }) => language === "sh")
    .flatMap(({ text }) => text.split("\n")).filter((line) => line.trim() !== "");
  return {
    /** The next command that begins so, with some words replaced. */
    take(start: string, replaced: Readonly<Record<string, string>> = {}): string[] {
      const i = lines.findIndex((line) => line.startsWith(start));
      assert.ok(i >= 0, `no ${start} in ${page}`);
      const [line = ""] = lines.splice(i, 1);
      return line.split(" ").filter((word) => !/^[A-Z_]+=/.test(word) && word !== "okws")
        .map((word) => replaced[word] ?? word);
    },
    rest: lines,
  };
}

testWith(["redis-server", "jq"], "the commands of docs/recording.md do what they say", async (t) => {
  const commands = await commandsOf("docs/recording.md");
  await using folder = await tempFolder();
  await using redis = await startRedis();
  await using mock = await startMock();
  const inside = {
    cwd: folder.path,
    env: { OKWS_REDIS_URL: redis.url, OKWS_HTTP: "off", OKWS_CONFIG: undefined },
  };
  const recording = { ...inside, env: { ...inside.env, OKWS_ENDPOINT: mock.url } };
  await Deno.writeTextFile(
    `${folder.path}/okws.yaml`,
    JSON.stringify({
      servers: [{ name: "test" }],
      subscribes: [{ server: "test", channels: ["tickers:BTC-USDT", "trades:BTC-USDT", "books:BTC-USDT"] }],
    }),
  );

  await t.step("recording until Ctrl-C, and for some time", async () => {
    await using recorder = startOkws(commands.take("okws record tickers"), recording);
    await recorder.waitForLine(/Recording 3 paths into recording/);
    const rowsAreThere = async () => {
      const found = await Array.fromAsync(Deno.readDir(`${folder.path}/recording`)).catch(() => []);
      const sizes = found.filter(({ name }) => name.startsWith("frames")).map(({ name }) =>
        Deno.statSync(`${folder.path}/recording/${name}`).size
      );
      return sizes.some((size) => size > 1000);
    };
    await waitFor("frames", rowsAreThere);
    assert.equal(await recorder.stop("SIGINT"), 0);
    const ran = await runOkws(commands.take("okws record -c", { "600": "2" }), recording);
    assert.equal(ran.code, 0, ran.stderr);
    assert.ok(JSON.parse(ran.stdout).frames > 0);
  });

  await t.step("what was recorded is played into a Redis", async () => {
    const port = String(freePort());
    await using replay = startOkws(commands.take("okws replay", { "8080": port }), inside);
    await replay.waitForLine(/^Playing /);
    const endpoint = `ws://127.0.0.1:${port}`;
    const words = commands.take("OKWS_HISTORY=0 okws serve", { "ws://127.0.0.1:8080": endpoint });
    await using service = startOkws(words, { ...inside, env: { ...inside.env, OKWS_HISTORY: "0" } });
    await replay.waitForLine(/^Played to the end/);
    const client = new Redis(redis.url);
    try {
      await waitFor("the rows", async () => await client.xlen("okex/test/trades:BTC-USDT") > 0);
      assert.equal(await client.hexists("okex/test/tickers:BTC-USDT", "last"), 1);
    } finally {
      client.disconnect();
    }
    assert.equal(await service.stop(), 0);
    assert.equal(await replay.stop("SIGINT"), 0);
  });

  await t.step("tables are made of it", async () => {
    for (const table of ["tables/test/books_BTC-USDT.parquet", "export/test/trades_BTC-USDT.csv"]) {
      const ran = await runOkws(commands.take("okws export"), inside);
      assert.equal(ran.code, 0, ran.stderr);
      assert.ok((await Deno.stat(`${folder.path}/${table}`)).size > 100, table);
    }
  });

  await t.step("frames are read by other programs", async () => {
    const line = commands.take("zcat").join(" ");
    const { code, stdout } = await runChild("sh", ["-c", line], { cwd: folder.path });
    assert.equal(code, 0);
    const channels = new Set(stdout.trimEnd().split("\n").map((text) => JSON.parse(text).arg?.channel));
    assert.ok(channels.has("books"), [...channels].join());
  });

  assert.deepEqual(commands.rest, []);
});
