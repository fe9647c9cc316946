/** The programs of `examples/`, each run until it has shown what it is for. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { type Child, runChild, startChild } from "../../support/child.ts";
import { freePort } from "../../support/free_port.ts";
import { testWith } from "../../support/needs.ts";
import { waitFor } from "../../support/wait.ts";
import { startEnvironment, ticker, trade } from "./environment.ts";
import { GO, PYTHON } from "./languages.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;

/** Does something again and again until a program has ended, and returns what it printed. */
async function whileRunning(child: Child, again: () => void): Promise<readonly string[]> {
  await waitFor("the end of the program", () => {
    again();
    return child.code() !== undefined;
  }, { everyMs: 50 });
  assert.equal(child.code(), 0, child.stderr.join("\n"));
  return child.stdout;
}

testWith(
  ["redis-server", "redis-py"],
  "examples/python: tickers go into SQLite, bars come out as a table",
  async () => {
    await using environment = await startEnvironment();
    const env = { ...PYTHON, REDIS_URL: await environment.login("reader", "example") };
    const folder = await Deno.makeTempDir({ prefix: "okws-examples-" });
    try {
      let last = 0;
      environment.push("tickers", ticker(++last));
      const file = `${folder}/tickers.db`;
      const args = [`${ROOT}examples/python/ticker_to_sqlite.py`, file, "tickers:BTC-USDT", "3"];
      await using child = startChild("python3", args, { env });
      await whileRunning(child, () => environment.push("tickers", ticker(++last)));
      using db = new DatabaseSync(file);
      const rows = db.prepare("select path, cast(last as integer) as last from tickers order by rowid").all();
      assert.deepEqual(rows.map(({ path }) => path), Array(3).fill("tickers:BTC-USDT"));
      const prices = rows.map(({ last }) => Number(last));
      assert.deepEqual(prices, [...new Set(prices)].toSorted((a, b) => a - b));

      environment.okx.current("business")?.push(
        { channel: "candle1m", instId: "BTC-USDT" },
        [["1700000040000", "1", "2", "0.5", "1.5", "9", "9", "9", "1"]],
      );
      await waitFor("a bar", async () => (await environment.run.sub("candle1m:BTC-USDT"))?.receivedAt);
      const shown = await runChild("python3", [`${ROOT}examples/python/candles.py`, "candle1m:BTC-USDT"], {
        env,
      });
      assert.equal(shown.code, 0, shown.stderr);
      const [head = "", bar = ""] = shown.stdout.trim().split(/\r?\n/);
      assert.ok(["ts", "open", "close", "confirm"].every((name) => head.includes(name)), head);
      assert.match(bar, /0\.5/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

testWith(
  ["redis-server", "go-redis"],
  "examples/go: a wide spread is said, and a book in doubt",
  async () => {
    await using environment = await startEnvironment();
    const folder = await Deno.makeTempDir({ prefix: "okws-examples-" });
    try {
      const built = await runChild("go", ["build", "-o", `${folder}/alert`, "."], {
        ...{ cwd: `${ROOT}examples/go`, env: GO, timeoutMs: 180_000 },
      });
      assert.equal(built.code, 0, built.stderr);
      const env = { REDIS_URL: await environment.login("reader", "example") };
      environment.push("books", {
        ...{ asks: [["102", "1", "0", "1"]], bids: [["98", "1", "0", "1"]], ts: "1", checksum: 0 },
        ...{ prevSeqId: -1, seqId: 5 },
      }, { action: "snapshot" });
      await using alert = startChild(`${folder}/alert`, ["books:BTC-USDT", "2"], { env });
      await alert.waitForLine(/^wide: 400\.00 basis points, 98 \/ 102$/);
      environment.okx.plan({ handshake: "refuse" });
      environment.okx.current()?.drop();
      await alert.waitForLine(/^doubt: /);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

testWith(
  ["redis-server"],
  "examples/typescript: what was bought and sold is added up by second",
  async () => {
    await using environment = await startEnvironment();
    const args = [
      "run",
      "--quiet",
      "--no-check",
      "--allow-net",
      "--allow-env",
      "--allow-read",
      "--allow-sys",
    ];
    const program = `${ROOT}examples/typescript/order_flow.ts`;
    await using child = startChild(Deno.execPath(), [...args, program, "trades:BTC-USDT", "2"], {
      env: { REDIS_URL: environment.run.redisUrl },
    });
    let id = 0;
    const lines = await whileRunning(child, () => {
      id += 1;
      environment.push("trades", { ...trade(id), ts: String(1_700_000_000_000 + id * 500) });
    });
    for (const line of lines) assert.match(line, /^2023-11-14T22:\d\d:\d\d\.000Z \+\d\.0000$/);
    assert.equal(lines.length, 2);
  },
);

testWith(
  ["redis-server"],
  "examples/node: a price is shown when it changes, and why there is none, also after a lost connection",
  async () => {
    await using environment = await startEnvironment();
    const { run, okx } = environment;
    const args = [
      "run",
      "--quiet",
      "--no-check",
      "--allow-net",
      "--allow-env",
      "--allow-read",
      "--allow-sys",
    ];
    const program = `${ROOT}examples/node/price.mjs`;
    await using child = startChild(Deno.execPath(), [...args, program, "tickers:BTC-USDT"], {
      env: { REDIS_URL: await environment.login("reader", "example") },
    });
    environment.push("tickers", ticker(7));
    await child.waitForLine(/^tickers:BTC-USDT 7$/);
    const kill = async () => Number(await run.redis.call("CLIENT", "KILL", "USER", "example"));
    await waitFor("connections to cut", async () => await kill() > 0);
    environment.push("tickers", ticker(8));
    await child.waitForLine(/^tickers:BTC-USDT 8$/);
    okx.plan({ handshake: "refuse" });
    okx.current()?.drop();
    await child.waitForLine(/^tickers:BTC-USDT no price: /);
  },
);

/** Programs by the start of their file's name: the words that start them. */
async function startWords(folder: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const built = await runChild("go", ["build", "-o", `${folder}/alert`, "."], {
    ...{ cwd: `${ROOT}examples/go`, env: GO, timeoutMs: 180_000 },
  });
  assert.equal(built.code, 0, built.stderr);
  const deno = [Deno.execPath(), "run", "--quiet", "--no-check", "--allow-net", "--allow-env", "--allow-sys"];
  return {
    candles: ["python3", `${ROOT}examples/python/candles.py`],
    sqlite: ["python3", `${ROOT}examples/python/ticker_to_sqlite.py`, `${folder}/t.db`],
    alert: [`${folder}/alert`],
    price: [...deno, "--allow-read", `${ROOT}examples/node/price.mjs`],
    flow: [...deno, "--allow-read", `${ROOT}examples/typescript/order_flow.ts`],
  };
}

testWith(
  ["redis-server", "redis-py", "go-redis"],
  "examples: a path of another kind, and a Redis that is away, are said in one line",
  async () => {
    await using environment = await startEnvironment();
    const folder = await Deno.makeTempDir({ prefix: "okws-examples-" });
    try {
      const words = await startWords(folder);
      const run = async (name: string, args: readonly string[], REDIS_URL: string) => {
        const [program = "", ...first] = words[name] as readonly string[];
        const ran = await runChild(program, [...first, ...args], { env: { ...PYTHON, REDIS_URL } });
        const lines = ran.stderr.trim().split("\n").filter((line) => !/^(keeping|watching) /.test(line));
        return { ...ran, lines };
      };
      environment.push("tickers", ticker(7));
      environment.push("trades", trade(1));
      environment.push("books", {
        ...{ asks: [["102", "1", "0", "1"]], bids: [["98", "1", "0", "1"]], ts: "1", checksum: 0 },
        ...{ prevSeqId: -1, seqId: 5 },
      }, { action: "snapshot" });
      await waitFor("a book", async () => (await environment.run.sub("books:BTC-USDT"))?.state === "live");
      await waitFor("a trade", async () => (await environment.run.sub("trades:BTC-USDT"))?.receivedAt);
      await waitFor("a ticker", async () => (await environment.run.sub("tickers:BTC-USDT"))?.receivedAt);
      const url = environment.run.redisUrl;
      const wrong: [name: string, args: string[], said: RegExp][] = [
        ["candles", ["tickers:BTC-USDT"], /^tickers:BTC-USDT is a single row: use row or follow$/],
        [
          "sqlite",
          ["trades:BTC-USDT"],
          /^trades:BTC-USDT is a stream: use entries or follow$/,
        ],
        ["sqlite", ["books:BTC-USDT"], /^books:BTC-USDT is no ticker, its rows have no last$/],
        ["sqlite", ["nope:x"], /^There is no channel "nope"$/],
        ["alert", ["tickers:BTC-USDT", "2"], /^tickers:BTC-USDT is no order book with a best bid and ask/],
        ["alert", ["trades:BTC-USDT", "2"], /^trades:BTC-USDT is a stream: use Entries or Follow$/],
        ["alert", ["orders:ANY", "2"], /^orders:ANY is a list: Follow takes streams, /],
        ["price", ["trades:BTC-USDT"], /^trades:BTC-USDT is no single row, as tickers:BTC-USDT is one$/],
        ["price", ["books:BTC-USDT"], /^the rows of books:BTC-USDT have no last price$/],
        ["flow", ["tickers:BTC-USDT"], /^tickers:BTC-USDT has no trades, its rows have no side, sz and ts$/],
        ["flow", ["nope:x"], /^There is no channel "nope"/],
        ["price", ["tikers:X", "1"], /^tikers:X is not subscribed, and no path of a last price/],
        ["price", [""], /^usage: /],
        ["candles", ["tikers:X"], /^There is no channel "tikers"$/],
        ["alert", ["tikers:X", "2"], /^There is no channel "tikers"$/],
      ];
      for (const [name, args, said] of wrong) {
        const { code, lines } = await run(name, args, url);
        assert.equal(lines.length, 1, `${name}: ${lines.join("\n")}`);
        assert.match(lines[0] ?? "", said);
        assert.equal(code, 2, name);
      }
      const nobody = `redis://127.0.0.1:${freePort()}`;
      for (const [name, args] of Object.entries(AWAY)) {
        const faulty = await run(name, args, "rubbish");
        assert.equal(faulty.lines.length, 1, `${name}: ${faulty.lines.join("\n")}`);
        assert.match(faulty.lines[0] ?? "", /URL/);
        // The library has one error for every Redis that cannot be used.
        assert.equal(faulty.code, name === "flow" ? 1 : 2, name);
        const { code, lines } = await run(name, args, nobody);
        assert.equal(lines.length, 1, `${name}: ${lines.join("\n")}`);
        assert.match(lines[0] ?? "", /redis|127\.0\.0\.1/i);
        assert.equal(code, 1, name);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

/** Calls that are right. */
const AWAY: Readonly<Record<string, readonly string[]>> = {
  candles: ["candle1m:BTC-USDT"],
  sqlite: ["tickers:BTC-USDT"],
  alert: ["books:BTC-USDT", "2"],
  flow: ["trades:BTC-USDT"],
  price: ["tickers:BTC-USDT"],
};
