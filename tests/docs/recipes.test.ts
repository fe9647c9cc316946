/** docs/recipes.md: every block is run, and what it shows is looked at. */
import assert from "node:assert/strict";
import { skippable } from "../support/needs.ts";
import { redisTest } from "../support/redis_server.ts";
import { waitFor } from "../support/wait.ts";
import { type Block, blocksOf, codeOf, readPage } from "./blocks.ts";
import { type Environment, needsOf, type RunOptions, type Shown, startEnvironment } from "./environment.ts";

/** How a block is run, and what it must have shown. */
type Check = {
  readonly run?: (environment: Environment) => RunOptions;
  /** Of its output, in this order of lines. */
  readonly shows: readonly RegExp[];
  readonly stderr?: RegExp;
  /** What else must be so. */
  readonly then?: (environment: Environment, shown: Shown) => void | Promise<void>;
};

const PRICE = String.raw`\d{4,6}(\.\d+)?`;

/** Goes on until it has shown this. */
function until(...shown: RegExp[]): Pick<Check, "run"> {
  return { run: () => ({ until: shown }) };
}

/** For each block of a language that a machine runs, by its heading. */
const CHECKS: Readonly<Record<string, Check>> = {
  "redis-cli / Latest row and its state": {
    shows: [
      /"state":"live".*"receivedAt":\d{13}/,
      new RegExp(`^${PRICE}$`),
      /^\d{13}$/,
      /^(ON_DATA|CONNECTED)$/,
    ],
  },
  "redis-cli / Rows as they come": {
    ...until(/tickers:BTC-USDT\n\{"instType":"SPOT"/, /okex\/test\/status\nON_DATA/),
    shows: [/"last":"\d/],
  },
  "redis-cli / The last candles": { shows: Array(3).fill(/^\d{13}( [\d.]+){4} [\d.]+ [01]$/) },
  "redis-cli / Each candle once it is final": {
    ...until(/\{"candle":\{"ts":"\d{13}",.*"confirm":"1"\},"timestamp":"\d{13}"\}/),
    shows: [],
  },
  "redis-cli / Order book": {
    shows: [
      /^live$/,
      /^\d+$/,
      /^\d{13}$/,
      /^\[\["\d/,
      /^[\d.]+$/,
      /^[\d.]+$/,
      /^[\d.]+$/,
      /^[\d.]+$/,
      /^\d{13}$/,
    ],
  },
  "redis-cli / Every level of an order book": {
    shows: [
      /^live$/,
      /^\d+$/,
      /^\d{13}$/,
      /^live$/,
      /^\d+$/,
      /^\d{13}$/,
      ...Array(2).fill(/^[\d.]+\t[\d.]+ \d+$/),
    ],
  },
  "redis-cli / Trades, newest first": { shows: [/^\d{13}-\d+$/, /^tradeId$/, /^\d{13}-\d+$/] },
  "redis-cli / Orders that are open": { shows: [/^\S+ (buy|sell) \S* \S+ (live|partially_filled)$/] },
  "redis-cli / A command and its reply": {
    shows: [
      /^1$/,
      /^\{"event":"info","message":\[\{"path":"tickers:ETH-USDT","state":"live","error":null\}\]/,
    ],
  },
  "redis-cli / What was missed": { shows: [/^path$/, /^outcome$/, /^(filled|partly|not)$/] },

  "Shell / Latest row, or not at all": { shows: [new RegExp(`^BTC-USDT ${PRICE}$`)] },
  "Shell / Rows into a file": {
    shows: [/^5$/],
    async then(environment) {
      const text = await Deno.readTextFile(`${environment.folder}/trades.csv`);
      assert.match(text, /^("\d{13}","(buy|sell)","[\d.]+","[\d.]+"\n){5}$/);
    },
  },
  "Shell / The last candles as CSV": {
    shows: [/^ts,open,high,low,close,/, /^\d{13},\d/, /^\d{13},\d/, /^\d{13},\d/],
  },
  "Shell / Wait until everything is live": { shows: [/^ok$/] },
  "Shell / What is not live": {
    shows: [],
    then: (_, { stdout }) => assert.equal(stdout, "", "everything is live"),
  },
  "Shell / Subscribe, and know what the exchange said": {
    shows: [/^tickers:(SOL-USDT live|NOPE-USDT refused)$/, /^tickers:(SOL-USDT live|NOPE-USDT refused)$/],
  },

  "Python / Latest row, or why not": {
    shows: [
      new RegExp(`^${PRICE} ${PRICE} ${PRICE}$`),
      /^tickers:BTC-USDT is live, its last row \d+ ms old$/,
    ],
  },
  "Python / Rows as they come, and when they stop": {
    run: (environment) => ({
      until: [/^row \d/m, /^quiet \d/m, /^doubt tickers:BTC-USDT is (live|stale), its last row \d+ ms old$/m],
      then: () => void environment.mock.command("pause"),
    }),
    shows: [],
    async then(environment) {
      environment.mock.command("resume");
      await allLive(environment);
    },
  },
  "Python / The last candles": {
    shows: [/^\d{13}( [\d.]+){4} 1$/, /^\d{13}( [\d.]+){4} 1$/, /^\d{13}( [\d.]+){4} [01]$/],
  },
  "Python / Best bid and ask of an order book": {
    shows: [/^[\d.]+ at [\d.]+ \/ [\d.]+ for [\d.]+, sequence \d+$/],
  },
  "Python / Every level of an order book": {
    shows: [/^\d+ bids from [\d.]+ [\d.]+ \d+ and \d+ asks from [\d.]+ [\d.]+ \d+$/],
  },
  "Python / Follow trades without losing one": {
    ...until(/(^\d+ (buy|sell) [\d.]+ [\d.]+\n){20}/m),
    shows: [],
    async then(environment, first) {
      // Ended in the middle of it all: the next run begins where it was. What could not be noted is shown again.
      const block = blockAt(await pythonBlocks(), "Python / Follow trades without losing one");
      const again = await environment.run(block, {
        head: await pythonHead(),
        until: [/(^\d+ (buy|sell).*\n){20}/m],
      });
      const before = tradeIds(first.stdout);
      const after = tradeIds(again.stdout);
      const doubled = after.filter((id) => before.includes(id));
      assert.ok(doubled.length < 2, `${doubled.length} were shown twice`);
      await assertAll(environment, [...before, ...after.filter((id) => !doubled.includes(id))]);
    },
  },
  "Python / Orders of your own": {
    run: (environment) => ({
      until: [/^open \d+ \S+ (buy|sell) \S* (live|partially_filled)$/m, /^changed \d+ filled [\d.]+$/m],
      then: () => void environment.mock.command("trade fill"),
    }),
    shows: [],
  },
  "Python / A command and its reply": {
    shows: [
      /^\{'event': 'info', 'message': \['test'\], 'errorCode': 80000\}$/,
      /'path': 'tickers:NOPE-USDT', 'state': 'refused'.*'errorCode': 80012\}$/,
    ],
  },
  "Python / What was missed": { shows: [/^\S+ (filled|partly|not) \d+ rows \d+\.\d s$/] },
  "Python, asyncio": { ...until(new RegExp(`^${PRICE} live$`, "m")), shows: [] },

  "TypeScript with the library / Everything that reads": {
    shows: [/^ticker \{/, /^candles \[/, /^book \{/, /^bids \d{2,3}$/, /^state live$/],
    then: (_, { stdout }) => assert.match(stdout, /last: "[\d.]+"[^]*state: "live"/),
  },
  "TypeScript with the library / Trades without losing one": {
    ...until(/(^\d+ (buy|sell) [\d.]+ [\d.]+\n){20}/m),
    shows: [],
    then: (environment, { stdout }) => assertAll(environment, tradeIds(stdout)),
  },
  "TypeScript with the library / Commands": { shows: [/^80012 tickers:NOPE-USDT: 60018 /] },
  "TypeScript with ioredis": {
    run: (environment) => ({
      until: [/^first [\d.]+ fresh$[^]*^row [\d.]+$/m, /^doubt (live|stale), last row \d+ ms old$/m],
      then: () => void environment.mock.command("pause"),
    }),
    shows: [],
    async then(environment) {
      environment.mock.command("resume");
      await allLive(environment);
    },
  },
};

/** Blocks of these are run here; `go` has a file of its own, `yaml` is what the service runs with. */
const LANGUAGES = ["sh", "python", "ts"];

redisTest("docs/recipes.md does what it says", async (t) => {
  const blocks = blocksOf(await readPage("docs/recipes.md"));
  const config = blocks.find(({ language }) => language === "yaml") as Block;
  await using environment = await startEnvironment(config.text, { accounts: true });
  await allLive(environment);
  await waitFor(
    "three candles",
    async () => await environment.redis.zcard("okex/test/candle1s:BTC-USDT") > 3,
    {
      deadlineMs: 60_000,
    },
  );
  for (let i = 0; i < 5; i++) environment.mock.command("trade place");
  environment.mock.command("drop public");
  await waitFor("a record of a gap", async () => await environment.redis.xlen("okex/test/gaps") > 0, {
    deadlineMs: 60_000,
  });
  await allLive(environment);
  const head = await pythonHead();
  for (const block of blocks) {
    if (!LANGUAGES.includes(block.language) || `${block.text}\n` === head) continue;
    const name = `${block.heading} (line ${block.line})`;
    const run = async () => {
      const check = CHECKS[block.heading];
      assert.ok(check !== undefined, "nobody looks at what this block shows");
      const begins = block.language === "python" && block.heading.startsWith("Python /") ? head : "";
      const shown = await environment.run(block, { head: begins, ...check.run?.(environment) });
      const all = `${shown.stdout}\n--- stderr\n${shown.stderr}`;
      if (shown.code !== undefined) assert.equal(shown.code, 0, all);
      assertShows(shown.stdout, check.shows, all);
      await check.then?.(environment, shown);
    };
    await t.step(skippable(needsOf(block), name, run));
  }
  assert.equal(await environment.service.stop(), 0, environment.service.text());
});

Deno.test("every block of docs/recipes.md is looked at, and every look has its block", async () => {
  const head = await pythonHead();
  const headings = blocksOf(await readPage("docs/recipes.md"))
    .filter(({ language, text }) => LANGUAGES.includes(language) && `${text}\n` !== head)
    .map(({ heading }) => heading);
  assert.deepEqual(headings.toSorted(), Object.keys(CHECKS).toSorted());
});

Deno.test("docs/recipes.zh-CN.md has the same code, but for its comments", async () => {
  const [ours, theirs] = await Promise.all(["docs/recipes.md", "docs/recipes.zh-CN.md"].map(readPage));
  const code = (page: string | undefined) =>
    blocksOf(page ?? "").map((block) => `${block.language}\n${codeOf(block)}`);
  assert.deepEqual(code(theirs), code(ours));
});

async function allLive({ mock, redis }: Environment): Promise<void> {
  await waitFor("every path to be live", async () => {
    const records = Object.values(await redis.hgetall("okex/test/subs"));
    const states = records.map((text) => (JSON.parse(text) as { state: string }).state);
    return states.length >= 6 && states.every((state) => state === "live" || state === "refused");
  }, { deadlineMs: 90_000 });
  assert.ok(mock.stats().connections > 0);
}

function tradeIds(stdout: string): string[] {
  return [...stdout.matchAll(/^(\d+) (?:buy|sell) \S+ \S+$/gm)].map(([, id]) => id as string);
}

/** What was shown is a piece of the stream without gaps or duplicates. */
async function assertAll({ redis }: Environment, ids: readonly string[]): Promise<void> {
  const entries = await redis.xrange("okex/test/trades:BTC-USDT", "-", "+");
  const kept = entries.map(([, fields]) => fields[fields.indexOf("tradeId") + 1] as string);
  // Only the newest are kept: the first ones may have been trimmed since.
  const first = ids.findIndex((id) => Number(id) >= Number(kept[0]));
  const left = ids.slice(first);
  const from = kept.indexOf(left[0] as string);
  assert.ok(first >= 0 && from >= 0, `${left[0]} is in the stream, of ${ids.length} that were shown`);
  assert.deepEqual(left, kept.slice(from, from + left.length));
}

/** The patterns are found in the lines, one after the other. */
function assertShows(stdout: string, patterns: readonly RegExp[], all: string): void {
  const lines = stdout.split("\n");
  let at = 0;
  for (const pattern of patterns) {
    const found = lines.findIndex((line, i) => i >= at && pattern.test(line));
    assert.ok(found >= 0, `no line ${at > 0 ? `after line ${at} ` : ""}matches ${pattern}:\n${all}`);
    at = found + 1;
  }
}

async function pythonBlocks(): Promise<Block[]> {
  return blocksOf(await readPage("docs/recipes.md")).filter(({ language }) => language === "python");
}

/** What all blocks of the part on Python begin with. */
async function pythonHead(): Promise<string> {
  return `${(blockAt(await pythonBlocks(), "Python")).text}\n`;
}

function blockAt(blocks: readonly Block[], heading: string): Block {
  const block = blocks.find((each) => each.heading === heading);
  assert.ok(block !== undefined, heading);
  return block;
}
