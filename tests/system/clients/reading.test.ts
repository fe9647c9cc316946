/** Every client reads state, rows, books, candles, streams and lists alike, refuses what is stale, and gives commands. */
import assert from "node:assert/strict";
import { testWith } from "../../support/needs.ts";
import { startRedis } from "../../support/redis_server.ts";
import { waitFor } from "../../support/wait.ts";
import { type Environment, startEnvironment, ticker, trade } from "./environment.ts";
import { ask, follow, FOLLOWERS, type Language, LANGUAGES } from "./languages.ts";

const SETTINGS = { server: "test" };
const NOBODY = { server: "test", listen_channel: "nobody" };
const AGE = { max_age_ms: 600_000 };

for (const language of LANGUAGES) {
  testWith(
    ["redis-server", ...language.needs],
    `${language.name}: reads what is kept, and says why not`,
    async () => {
      await using environment = await startEnvironment();
      const { run } = environment;
      await fill(environment);
      const reader = await environment.login("reader", "reading");
      const [state, none, row, missing, book, full, bars, entries, stale, old] = await ask(
        language,
        reader,
        SETTINGS,
        [
          ["state", ["tickers:BTC-USDT"], {}],
          ["state", ["tickers:币安人生-USDT"], {}],
          ["row", ["tickers:BTC-USDT"], AGE],
          ["row", ["tickers:NOPE-USDT"], {}],
          ["book", ["books:BTC-USDT"], AGE],
          ["book", ["books:BTC-USDT"], { ...AGE, full: true }],
          ["candles", ["candle1m:BTC-USDT"], { ...AGE, n: 1 }],
          ["entries", ["trades:BTC-USDT"], { ...AGE, n: 2 }],
          ["row", ["tickers:NOPE-USDT"], AGE],
          ["row", ["tickers:BTC-USDT"], { max_age_ms: -1 }],
        ],
      );
      // No bars and no entries are asked for.
      const nothing = await ask(
        language,
        reader,
        SETTINGS,
        [0, -1].flatMap((n) => [
          ["candles", ["candle1m:BTC-USDT"], { ...AGE, n }] as const,
          ["entries", ["trades:BTC-USDT"], { ...AGE, n }] as const,
        ]),
      );
      assert.deepEqual(nothing.map(({ value }) => value), [[], [], [], []]);
      const record = state?.value as Record<string, unknown>;
      const expected = await run.sub("tickers:BTC-USDT");
      assert.deepEqual(
        [record.state, record.received_at, record.rows, record.owners, record.served, record.error],
        ["live", expected?.receivedAt, 1, ["file"], true, null],
      );
      assert.ok(Number(record.age_ms) >= 0);
      assert.equal(none?.value, null);
      assert.equal((row?.value as Record<string, string>).last, "7");
      assert.equal(missing?.value, null);
      assert.deepEqual(book?.value, {
        ...{ state: "live", ts: "1", seq_id: "5" },
        bids: [levelOf("10", "1"), levelOf("9.5", "2")],
        asks: [levelOf("11", "1"), levelOf("12", "2")],
      });
      assert.deepEqual((full?.value as { bids: unknown }).bids, [
        ...[levelOf("10", "1"), levelOf("9.5", "2"), levelOf("9", "3")],
      ]);
      assert.deepEqual((full?.value as { asks: unknown[] }).asks[2], levelOf("13", "3"));
      assert.deepEqual((bars?.value as Record<string, string>[]).map(({ ts, confirm }) => [ts, confirm]), [
        ["1700000100000", "0"],
      ]);
      assert.deepEqual((entries?.value as { row: Record<string, string> }[]).map(({ row }) => row.tradeId), [
        "2",
        "3",
      ]);
      assert.equal(stale?.error, "StaleError");
      assert.match(stale?.message ?? "", /^tickers:NOPE-USDT is not subscribed$/);
      assert.equal(old?.error, "StaleError");
      assert.match(old?.message ?? "", /^tickers:BTC-USDT is live, but its last row is \d+ ms old$/);

      await readOtherKinds(language, reader);
      await readNoChannels(language, environment, reader);
      await giveCommands(language, environment);
      await readForeign(language, environment);
      await readLost(language, environment, reader);
    },
  );
}

/** A method that is called with a path of another kind names what the path is, and the method that reads it. */
async function readOtherKinds(language: Language, reader: string): Promise<void> {
  const wrong: [method: string, path: string, said: RegExp][] = [
    ["row", "candle1m:BTC-USDT", /^candle1m:BTC-USDT is a series of bars: use candles or follow$/i],
    ["row", "trades:BTC-USDT", /^trades:BTC-USDT is a stream: use entries or follow$/i],
    ["book", "trades:BTC-USDT", /^trades:BTC-USDT is a stream: use entries or follow$/i],
    ["candles", "tickers:BTC-USDT", /^tickers:BTC-USDT is a single row: use row or follow$/i],
    ["candles", "books:BTC-USDT", /^books:BTC-USDT is a book: use book or follow$/i],
    ["entries", "candle1m:BTC-USDT", /^candle1m:BTC-USDT is a series of bars: use candles or follow$/i],
    ["book", "tickers:BTC-USDT", /^tickers:BTC-USDT is a single row: use row or follow$/i],
    ["listed", "trades:BTC-USDT", /^trades:BTC-USDT is a stream: use entries or follow$/i],
  ];
  for (const named of [{}, AGE]) {
    const answers = await ask(
      language,
      reader,
      SETTINGS,
      wrong.map((
        [method, path],
      ) => [method, [path], { ...named, ...(NUMBERED.has(method) ? { n: 2 } : {}) }]),
    );
    for (const [i, [, , said]] of wrong.entries()) {
      assert.equal(answers[i]?.error, "UsageError", JSON.stringify(answers[i]));
      assert.match(answers[i]?.message ?? "", said);
    }
  }
}

/** No read is of a channel that there is not; one that only the service knows is read. */
async function readNoChannels(language: Language, { run }: Environment, reader: string): Promise<void> {
  const methods = ["state", "row", "book", "candles", "entries", "listed"];
  const wrong = [
    ...methods.flatMap((method) => ["tikers:X", "subs", "wanted", ""].map((path) => [method, path] as const)),
    ["candles", "candle7m:BTC-USDT"] as const,
  ];
  for (const age of [{}, AGE]) {
    const requests = wrong.map(([method, path]) => {
      const named = { ...(method === "state" ? {} : age), ...(NUMBERED.has(method) ? { n: 2 } : {}) };
      return [method, [path], named] as const;
    });
    const answers = await ask(language, reader, SETTINGS, requests);
    for (const [i, [method, path]] of wrong.entries()) {
      const { error, message } = answers[i] ?? {};
      const table = path.split(":")[0];
      assert.deepEqual(
        [error, message],
        ["UsageError", `There is no channel "${table}"`],
        `${method} ${path}`,
      );
    }
  }
  await run.redis.hset("okex/later/subs", "gauges:BTC-USDT", "{}");
  await run.redis.hset("okex/later/gauges:BTC-USDT", "level", "7");
  await run.redis.hset("okex/later/spot/trade/123", "price", "8");
  const [known, other, legacy] = await ask(language, run.redisUrl, { server: "later" }, [
    ["row", ["gauges:BTC-USDT"], {}],
    ["row", ["gauges:ETH-USDT"], {}],
    ["row", ["spot/trade/123"], {}],
  ]);
  assert.deepEqual([known?.value, other?.value, legacy?.value], [{ level: "7" }, null, { price: "8" }]);
}

const NUMBERED: ReadonlySet<string> = new Set(["candles", "entries"]);

for (const language of FOLLOWERS) {
  testWith(
    ["redis-server", ...language.needs],
    `${language.name}: follow of what there cannot be ends with a reason`,
    async () => {
      await using server = await startRedis();
      const endOf = async (path: string, after: string) => {
        await using follower = await follow(language, server.url, SETTINGS, { path, after });
        const { child } = follower;
        await waitFor(`the end of ${path}`, () => child.code() !== undefined);
        return { code: child.code(), said: child.stderr.join("\n") };
      };
      const [nope, id] = await Promise.all([endOf("nope:x", ""), endOf("trades:BTC-USDT", "xyz")]);
      assert.match(nope.said, /There is no channel "nope"/);
      assert.match(id.said, /after is the id of an entry, as 1795375747063-0 or 0-0: xyz/);
      assert.deepEqual([nope.code, id.code], [1, 1]);
    },
  );
}

/** Has one row of each kind come, and waits until all of them are there. */
async function fill({ okx, run, push }: Environment): Promise<void> {
  push("tickers", ticker(7));
  for (let id = 1; id <= 3; id++) push("trades", trade(id));
  const level = (price: string, size: string) => [price, size, "0", "2"];
  push("books", {
    ...{ asks: [level("11", "1"), level("12", "2"), level("13", "3")], ts: "1" },
    ...{
      bids: [level("10", "1"), level("9.5", "2"), level("9", "3")],
      checksum: 0,
      prevSeqId: -1,
      seqId: 5,
    },
  }, { action: "snapshot" });
  for (const minute of [0, 1]) {
    const ts = String(1_700_000_040_000 + minute * 60_000);
    okx.current("business")?.push(
      { channel: "candle1m", instId: "BTC-USDT" },
      [[ts, "1", "1", "1", "1", "1", "1", "1", minute === 0 ? "1" : "0"]],
    );
  }
  await waitFor(
    "a book",
    async () => (await run.redis.hget("okex/test/books:BTC-USDT/asks", "state")) === "live",
  );
  await waitFor("three trades", async () => await run.redis.xlen("okex/test/trades:BTC-USDT") === 3);
  await waitFor("two bars", async () => await run.redis.zcard("okex/test/candle1m:BTC-USDT") === 2);
  await waitFor("a ticker", async () => await run.redis.hget("okex/test/tickers:BTC-USDT", "last"));
  await waitFor("records of all", async () => {
    const records = await run.client.subscriptions("test");
    return [...records.values()].every(({ receivedAt, state }) => receivedAt > 0 && state === "live");
  });
}

async function giveCommands(language: Language, { login, run }: Environment): Promise<void> {
  const commander = await login("commander", "commanding");
  const [servers, done, refused, unknown] = await ask(language, commander, SETTINGS, [
    ["command", ["servers"], {}],
    ["subscribe", ["tickers:ETH-USDT"], {}],
    ["subscribe", ["nonsense:"], {}],
    ["command", ["close"], { name: "nobody" }],
  ]);
  assert.deepEqual(servers?.value, ["test"]);
  assert.deepEqual(done?.value, [{ path: "tickers:ETH-USDT", state: "live", error: null }]);
  assert.deepEqual([refused?.error, refused?.code], ["CommandError", 80013]);
  assert.deepEqual([unknown?.error, unknown?.code], ["CommandError", 80011]);
  const [nobody] = await ask(language, run.redisUrl, NOBODY, [["command", ["servers"], {}]]);
  assert.equal(nobody?.error, "NoServiceError");
}

/** What is no record, or no book, of okws is refused with a reason, as long as it stands there. */
async function readForeign(language: Language, { run }: Environment): Promise<void> {
  const [seconds] = await run.redis.time();
  const live = JSON.stringify({ state: "live", receivedAt: Number(seconds) * 1000 });
  const records = [
    "nonsense",
    "null",
    "7",
    '{"state":"live","receivedAt":"x"}',
    '{"state":7,"error":[]}',
  ];
  const sides = ["nonsense", "[7]", '[["1"]]', "{}"];
  await run.redis.set("okex/foreign/status", "CONNECTED");
  for (const [i, text] of records.entries()) {
    await run.redis.hset("okex/foreign/subs", `tickers:${i}-USDT`, text);
  }
  for (const [i, bids] of sides.entries()) {
    await run.redis.hset("okex/foreign/subs", `books:${i}-USDT`, live);
    const book = { bids, asks: "[]", state: "live", ts: "1", seqId: "1" };
    await run.redis.hset(`okex/foreign/books:${i}-USDT`, book);
  }
  const foreign = await ask(language, run.redisUrl, { server: "foreign" }, [
    ...records.map((_, i) => ["state", [`tickers:${i}-USDT`], {}] as const),
    ...records.map((_, i) => ["row", [`tickers:${i}-USDT`], AGE] as const),
    ...sides.map((_, i) => ["book", [`books:${i}-USDT`], AGE] as const),
  ]);
  for (const [i, text] of records.entries()) {
    assert.equal(foreign[i]?.error ?? null, null, text);
    const row = foreign[records.length + i];
    assert.equal(row?.error, "StaleError", text);
    assert.match(row?.message ?? "", /^tickers:\d-USDT is \S/, text);
  }
  for (const [i, text] of sides.entries()) {
    const { error, message } = foreign[2 * records.length + i] ?? {};
    assert.equal(error, "StaleError", text);
    assert.match(message ?? "", /^books:\d-USDT has a book that cannot be read$/, text);
  }
}

/** What is not known to be true any more is refused, and there is a reason. */
async function readLost(
  language: Language,
  { okx, run }: Environment,
  reader: string,
): Promise<void> {
  okx.plan({ handshake: "refuse" });
  okx.current()?.drop();
  await waitFor("a stale book", async () => (await run.sub("books:BTC-USDT"))?.state === "stale");
  await waitFor(
    "a book that says so",
    async () => await run.redis.hget("okex/test/books:BTC-USDT", "state") === "stale",
  );
  const [lost, shown] = await ask(language, reader, SETTINGS, [
    ["book", ["books:BTC-USDT"], AGE],
    ["book", ["books:BTC-USDT"], {}],
  ]);
  assert.equal(lost?.error, "StaleError");
  assert.match(lost?.message ?? "", /^books:BTC-USDT is stale, \w+: /);
  assert.equal((shown?.value as { state: string }).state, "stale");
}

function levelOf(price: string, size: string): Record<string, string> {
  return { price, size, orders: "2" };
}
