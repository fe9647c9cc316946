/**
 * Programs written for the Python package that came before: what they publish, where they look for the reply, and
 * which keys and channels they read. The first test does so with redis-py, word for word as the old client does. The
 * second runs that client itself: set OKWS_OLD_PYTHON to a Python in which `okws.aioclient` of github.com/oscnet/okws
 * can be imported, with aioredis 1.3.1 (the `okws` on PyPI is another project).
 */
import assert from "node:assert/strict";
import { startMock } from "../support/mock.ts";
import { healthy, startFakeOkx } from "../support/fake_okx.ts";
import { missing, testWith } from "../support/needs.ts";
import { startRedis } from "../support/redis_server.ts";
import { startService } from "../support/service.ts";
import { withTimeout } from "../support/wait.ts";

type Reply = { event: string; message: unknown; errorCode: number };
type Row = Record<string, string>;

const OLD_PYTHON = Deno.env.get("OKWS_OLD_PYTHON") ?? "";

/** Seconds as the old tests write candle times. */
const BARS = ["2026-11-22T10:00:00.000Z", "2026-11-22T10:01:00.000Z"];

testWith(
  ["redis-server", "redis-py"],
  "a Python program finds replies, rows, candles and signals where the old package had them",
  async () => {
    await using server = await startRedis();
    const [first, second] = BARS.map((time) => String(Date.parse(time)));
    const bar = (time: string | undefined, close: string, confirm: string) => ({
      arg: { channel: "candle1m", instId: "ETH-USDT" },
      data: [[time, "1", "3", "0.5", close, "10", "20", "20", confirm]],
    });
    await using okx = startFakeOkx({
      answer: (request) => [
        ...healthy(request),
        ...request.args.flatMap(({ channel, instId }): unknown[] => {
          if (channel === "candle1m") {
            return [bar(first, "1", "0"), bar(first, "2", "1"), bar(second, "2.5", "0")];
          }
          const row = { instType: "SPOT", instId, last: "2500.1", bidPx: "2500", askPx: "2500.2", ts: first };
          return [{ arg: { channel, instId }, data: [row] }];
        }),
      ],
    });
    await using _run = await startService({ endpoint: okx.url, redisUrl: server.url, servers: [] });
    const said = await python("python3", WIRE_PROGRAM, server.url) as {
      replies: Record<string, Reply>;
      ticker: Row;
      stamps: [string, number][];
      candles: Row[];
      received: Record<string, string[]>;
      status: string;
    };
    assert.deepEqual(codes(said.replies), {
      open: 80000,
      again: 80001,
      servers: 80000,
      subscribe: 80000,
      nobody: 80011,
      close: 80000,
      none: 80000,
      quit: 80000,
    });
    assert.deepEqual(said.replies.servers?.message, ["tests"]);
    assert.deepEqual(said.replies.none?.message, []);
    assert.equal(said.ticker.instrument_id, "ETH-USDT");
    assert.equal(said.ticker.best_bid, "2500");
    assert.equal(said.ticker.timestamp, BARS[0]);
    assert.deepEqual(said.stamps, BARS.map((time) => [time, Date.parse(time) / 1000]));
    assert.deepEqual(said.candles[0], {
      timestamp: BARS[0],
      open: "1",
      high: "3",
      low: "0.5",
      close: "2",
      volume: "10",
    });
    assert.equal(said.candles[1]?.close, "2.5");
    // A candle that is final is published on the candles' own channel, once.
    const finals = said.received["okex/tests/spot/candle60s:ETH-USDT"] ?? [];
    assert.deepEqual(finals.map((text) => JSON.parse(text)), [{
      candle: said.candles[0],
      timestamp: BARS[0],
    }]);
    const whole = JSON.parse(said.received["okex/tests/spot/ticker"]?.[0] ?? "{}") as {
      table: string;
      data: Row[];
    };
    assert.deepEqual([whole.table, whole.data[0]], ["spot/ticker", said.ticker]);
    assert.deepEqual(JSON.parse(said.received["okex/tests/spot/ticker:ETH-USDT"]?.[0] ?? "{}"), said.ticker);
    const statuses = (said.received["okex/tests/status"] ?? []).filter((status) => status !== "ON_DATA");
    assert.deepEqual(statuses, ["READY", "CONNECTED", "DISCONNECTED", "EXIT"]);
    assert.equal(said.status, "EXIT");
    assert.ok(said.received["okex/tests/event"]?.some((text) => text.includes('"event":"subscribe"')));
  },
);

// Not there at all unless it is asked for: the old client is on no registry.
if (missing("redis-server").length === 0 && OLD_PYTHON !== "") {
  Deno.test("the old Python client itself works against the service", async () => {
    await using server = await startRedis();
    await using mock = await startMock({ rate: 50 });
    await using run = await startService({ endpoint: mock.url, redisUrl: server.url, servers: [] });
    const said = await python(OLD_PYTHON, OLD_CLIENT_PROGRAM, server.url) as {
      replies: Record<string, Reply>;
      ticker: Row;
      later: Row;
      candles: Row[];
      instruments: Row[];
      cleared: number;
    };
    assert.deepEqual(codes(said.replies), {
      open: 80000,
      again: 80001,
      servers: 80000,
      subscribe: 80000,
      nobody: 80011,
      close: 80000,
      none: 80000,
      quit: 80000,
    });
    assert.deepEqual(said.replies.servers?.message, ["tests"]);
    assert.ok("best_bid" in said.ticker && said.ticker.instrument_id === "ETH-USDT");
    assert.notEqual(said.later.timestamp, said.ticker.timestamp);
    assert.ok(said.candles.length >= 1);
    for (const name of ["timestamp", "open", "high", "low", "close", "volume"]) {
      assert.ok(name in (said.candles[0] ?? {}), name);
    }
    assert.ok(said.instruments.length > 1);
    assert.ok(said.instruments.every(({ instrument_id }) => instrument_id !== undefined));
    assert.equal(said.cleared, 0);
    await withTimeout("the stop by the old client", run.service.done, 5000);
  });
}

/** Every step as the old client takes it: publish with `id(self)`, then read the key until the reply is there. */
const WIRE_PROGRAM = `
import json, sys, time
import redis

r = redis.Redis.from_url(sys.argv[1], decode_responses=True)
me = object()
key = "trade-ws/info/%d" % id(me)

def until(look):
    end = time.monotonic() + 10
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.01)
    raise SystemExit("nothing came")

def send(op, **more):
    r.delete(key)
    r.publish("trade-ws", json.dumps({"op": op, "id": id(me), **more}))
    return json.loads(until(lambda: r.get(key)))

subscriber = r.pubsub(ignore_subscribe_messages=True)
subscriber.psubscribe("okex/*")
subscriber.get_message(timeout=5)
received = {}

def listen_until(enough):
    end = time.monotonic() + 10
    while not enough():
        if time.monotonic() > end:
            raise SystemExit("not received: %s" % json.dumps(received))
        message = subscriber.get_message(timeout=0.1)
        if message is not None:
            received.setdefault(message["channel"], []).append(message["data"])

replies = {}
replies["open"] = send("open", name="tests", args={"apiKey": "", "secret": "", "password": ""})
replies["again"] = send("open", name="tests", args={})
replies["servers"] = send("servers")
replies["subscribe"] = send("subscribe", name="tests", args=["spot/ticker:ETH-USDT", "spot/candle60s:ETH-USDT"])
ticker = until(lambda: r.hgetall("okex/tests/spot/ticker:ETH-USDT"))
candle_key = "okex/tests/spot/candle60s:ETH-USDT"
until(lambda: r.zcard(candle_key) == 2)
stamps = r.zrange(candle_key, 0, -1, withscores=True)
candles = [r.hgetall("%s/%s" % (candle_key, stamp)) for stamp, _ in stamps]
listen_until(lambda: candle_key in received and "okex/tests/spot/ticker" in received)
replies["nobody"] = send("close", name="tests--------")
replies["close"] = send("close", name="tests")
replies["none"] = send("servers")
listen_until(lambda: "EXIT" in received.get("okex/tests/status", []))
status = r.get("okex/tests/status")
replies["quit"] = send("quit_server")
print(json.dumps({"replies": replies, "ticker": ticker, "stamps": stamps, "candles": candles,
                  "received": received, "status": status}))
`;

/** The old package's own test of its client, without what trades. */
const OLD_CLIENT_PROGRAM = `
import asyncio, json, sys
from okws.aioclient import Client

async def until(look):
    for _ in range(200):
        found = await look()
        if found:
            return found
        await asyncio.sleep(0.05)
    raise SystemExit("nothing came")

async def main():
    okex = Client(REDIS_URL=sys.argv[1], REDIS_INFO_KEY="trade-ws/info", LISTEN_CHANNEL="trade-ws")
    await okex.init()
    replies = {}
    replies["open"] = await okex.open_ws("tests", {"apiKey": "", "secret": "", "password": ""})
    replies["again"] = await okex.open_ws("tests")
    replies["servers"] = await okex.servers()
    replies["subscribe"] = await okex.subscribe("tests", "spot/ticker:ETH-USDT")
    await okex.subscribe("tests", ["spot/candle60s:ETH-USDT", "futures/instruments"])
    ticker = await until(lambda: okex.get("tests", "spot/ticker", {"instrument_id": "ETH-USDT"}))
    candles = await until(lambda: okex.get("tests", "spot/candle60s", {"instrument_id": "ETH-USDT", "n": 100}))
    instruments = await until(lambda: okex.get("tests", "futures/instruments"))
    replies["nobody"] = await okex.close_ws("tests--------")
    later = await okex.get("tests", "spot/ticker", {"instrument_id": "ETH-USDT"})
    replies["close"] = await okex.close_ws("tests")
    replies["none"] = await okex.servers()
    await okex.redis_clear()
    cleared = len(await okex.redis.keys("okex/*"))
    replies["quit"] = await okex.server_quit()
    await okex.close()
    print(json.dumps({"replies": replies, "ticker": ticker, "later": later, "candles": candles,
                      "instruments": instruments, "cleared": cleared}))

asyncio.run(main())
`;

/** Runs a program to its end and reads what it printed. */
async function python(executable: string, program: string, redisUrl: string): Promise<unknown> {
  const child = new Deno.Command(executable, {
    args: ["-c", program, redisUrl],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const ending = child.output();
  let output: Deno.CommandOutput;
  try {
    output = await withTimeout("the Python program", ending, 25_000);
  } catch (error) {
    child.kill("SIGKILL");
    await ending;
    throw error;
  }
  const errors = new TextDecoder().decode(output.stderr);
  assert.ok(output.success, errors);
  return JSON.parse(new TextDecoder().decode(output.stdout).trim().split("\n").at(-1) ?? "");
}

function codes(replies: Record<string, Reply>): Record<string, number> {
  return Object.fromEntries(Object.entries(replies).map(([name, { errorCode }]) => [name, errorCode]));
}
