/** docs/migrating.md: its steps are gone through one after the other, and its table of paths is compared with the code. */
import assert from "node:assert/strict";
import { legacyTables } from "../../src/okx/v3/legacy_channels.ts";
import { v3Tables } from "../../src/okx/v3/channels.ts";
import { redisTest } from "../support/redis_server.ts";
import { type Block, blocksOf, codeOf, readPage } from "./blocks.ts";
import { type Environment, startEnvironment } from "./environment.ts";

const PAGES = ["docs/migrating.md", "docs/migrating.zh-CN.md"] as const;

type Check = {
  readonly before?: (environment: Environment) => Promise<unknown>;
  readonly shows: readonly RegExp[];
  readonly then?: (environment: Environment) => Promise<void>;
};

/** In the order of the page. */
const CHECKS: readonly Check[] = [
  { shows: [/spot\/candle60s:ETH-USDT/] },
  {
    shows: [/"instrument_id":"ETH-USDT"/, /^ETH-USDT\n[\d.]+\n[\d.]+\n[\d.]+\n\d{4}-\d\d-\d\dT[\d:.]+Z$/m],
    async then({ redis }) {
      assert.deepEqual(await redis.keys("okex/*"), [], "nothing of the old service is touched");
      assert.ok(await redis.exists("okex2/test/spot/candle60s:ETH-USDT"));
    },
  },
  {
    // What the old package wrote under Asia/Shanghai.
    async before({ redis }) {
      const key = "okex/test/spot/candle60s:ETH-USDT";
      await redis.zadd(key, 1_605_110_400, "2020-11-12T00:00:00.000Z");
      await redis.hset(`${key}/2020-11-12T00:00:00.000Z`, "timestamp", "2020-11-12T00:00:00.000Z");
    },
    shows: [/^okex\/test\/spot\/candle60s:ETH-USDT/m, /\b2\b/],
    then: async ({ redis }) => assert.deepEqual(await redis.keys("okex/*"), []),
  },
  {
    shows: [/^1\n/m, /^\{"event":"info","message":"sent to the exchange","errorCode":80000\}\n[\d.]+$/m],
    then: async ({ redis }) => assert.equal(await redis.get("okex/test/status"), "EXIT"),
  },
];

redisTest("the steps of docs/migrating.md lead from the old file to a running service", async (t) => {
  const blocks = blocksOf(await readPage(PAGES[0]));
  await using environment = await startEnvironment(await readPage("tests/fixtures/okws-2020.yaml"), {
    serve: false,
  });
  const beside = blocks.find(({ language }) => language === "yaml") as Block;
  await Deno.writeTextFile(`${environment.folder}/beside.yaml`, beside.text);
  const steps = blocks.filter(({ language }) => language === "sh");
  assert.equal(steps.length, CHECKS.length);
  for (const [i, block] of steps.entries()) {
    await t.step(`line ${block.line}`, async () => {
      const { before, shows, then } = CHECKS[i] as Check;
      await before?.(environment);
      const { code, stdout, stderr } = await environment.run(block);
      assert.equal(code, 0, `${stdout}\n${stderr}`);
      for (const pattern of shows) assert.match(stdout, pattern, stderr);
      await then?.(environment);
    });
  }
});

for (const page of PAGES) {
  Deno.test(`${page} names what became of every v3 channel`, async () => {
    const fates = fatesOf(await readPage(page));
    const tables = v3Tables().map((table) => table.replace(/candle\d+s$/, "candle<seconds>s"));
    assert.deepEqual(tables.filter((table) => !fates.has(table)), [], "not on the page");
    const served = new Set(legacyTables().map((table) => table.replace(/candle\d+s$/, "candle<seconds>s")));
    for (const [table, isServed] of fates) assert.equal(served.has(table), isServed, table);
  });
}

Deno.test("docs/migrating.zh-CN.md has the same code, but for its comments", async () => {
  const [ours, theirs] = await Promise.all(PAGES.map(readPage));
  const code = (page: string | undefined) =>
    blocksOf(page ?? "").map((block) => `${block.language}\n${codeOf(block)}`);
  assert.deepEqual(code(theirs), code(ours));
});

/** The channels in the first column of the table of paths, and whether the second begins with "served". */
function fatesOf(page: string): Map<string, boolean> {
  const [, table = ""] = /\n\| v3[^\n]+\n\| ---[^\n]+\n((?:\|[^\n]+\n)+)/.exec(page) ?? [];
  const fates = new Map<string, boolean>();
  for (const line of table.split("\n").filter((each) => each !== "")) {
    const [, channels = "", fate = ""] = /^\| (.+?) \| (.+) \|$/.exec(line) ?? [];
    assert.notEqual(channels, "", line);
    for (const group of channels.split("; ")) {
      let products: readonly string[] = [];
      for (const [, text = ""] of group.matchAll(/`([^`]+)`/g)) {
        const [first = "", second] = text.split("/");
        if (second !== undefined) products = first.replace(/[{}]/g, "").split(",");
        for (const product of products) {
          fates.set(`${product}/${second ?? first}`, /^(served|可用)/.test(fate));
        }
      }
    }
  }
  assert.ok(fates.size > 30, `only ${fates.size} channels are in the table`);
  return fates;
}
