/** The embedded store under the clients people use: ioredis, redis-cli and redis-py; then its limits. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Redis } from "ioredis";
import { type EmbeddedOptions, type EmbeddedServer, startEmbedded } from "../../src/embedded/server.ts";
import { testWith } from "../support/needs.ts";
import { redisProgram } from "../support/redis_program.ts";
import { waitFor, withTimeout } from "../support/wait.ts";

async function run(command: string, args: string[]): Promise<string> {
  const output = await new Deno.Command(command, { args, stdin: "null" }).output();
  const text = new TextDecoder().decode(output.stdout);
  assert.ok(output.success, text + new TextDecoder().decode(output.stderr));
  return text;
}

/** A connection that speaks for itself: text out, text in. */
type Raw = Disposable & {
  readonly socket: Deno.TcpConn;
  ask(text: string): Promise<string>;
  read(): Promise<string | null>;
};

async function openRaw(server: EmbeddedServer): Promise<Raw> {
  const socket = await Deno.connect({ hostname: server.hostname, port: server.port });
  const read = async () => {
    const chunk = new Uint8Array(64 * 1024);
    const size = await withTimeout("bytes from the store", socket.read(chunk), 5000);
    return size === null ? null : new TextDecoder().decode(chunk.subarray(0, size));
  };
  return {
    socket,
    read,
    ask: async (text) => {
      await socket.write(new TextEncoder().encode(text));
      return await read() ?? "";
    },
    [Symbol.dispose]: () => socket.close(),
  };
}

async function withIoredis(
  options: EmbeddedOptions,
  use: (redis: Redis, open: () => Redis) => Promise<void>,
) {
  await using server = startEmbedded(options);
  const opened: Redis[] = [];
  const open = () => {
    const redis = new Redis(server.port, server.hostname, {
      ...(options.password === undefined ? {} : { password: options.password }),
      retryStrategy: () => null,
    });
    opened.push(redis);
    return redis;
  };
  try {
    await use(open(), open);
  } finally {
    for (const redis of opened) await closed(redis);
  }
}

async function closed(redis: Redis): Promise<void> {
  if (redis.status === "end") return;
  const ended = new Promise((resolve) => redis.once("end", resolve));
  redis.disconnect();
  await ended;
}

Deno.test("ioredis does its work on the embedded store", async () => {
  await withIoredis({}, async (redis) => {
    assert.equal(await redis.set("a", "1", "EX", 100), "OK");
    assert.equal(await redis.get("a"), "1");
    await redis.hset("h", { last: "1.5", instrument: "ETH-USDT" });
    assert.deepEqual(await redis.hgetall("h"), { last: "1.5", instrument: "ETH-USDT" });
    await redis.zadd("z", 3, "c", 1, "a", 2, "b");
    assert.deepEqual(await redis.zrange("z", 0, "-1"), ["a", "b", "c"]);
    assert.equal(await redis.zremrangebyrank("z", 0, -3), 1);
    const id = await redis.xadd("s", "MAXLEN", "~", 1000, "*", "px", "1");
    assert.deepEqual(await redis.xrange("s", "-", "+"), [[id, ["px", "1"]]]);
    const names: string[] = [];
    for await (const keys of redis.scanStream({ match: "*" })) names.push(...keys);
    assert.deepEqual(names.sort(), ["a", "h", "s", "z"]);
  });
});

Deno.test("ioredis keeps bytes as they are", async () => {
  await withIoredis({}, async (redis) => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    await redis.set("bytes", Buffer.from(bytes));
    assert.deepEqual(new Uint8Array(await redis.getBuffer("bytes") ?? []), bytes);
    await redis.set("text", "grüße 👋");
    assert.equal(await redis.get("text"), "grüße 👋");
  });
});

Deno.test("ioredis pipelines and runs transactions on the embedded store", async () => {
  await withIoredis({}, async (redis) => {
    const pipeline = redis.pipeline();
    for (let i = 0; i < 5000; i++) pipeline.hset(`row:${i}`, { i });
    const results = await pipeline.exec() ?? [];
    assert.equal(results.filter(([error, added]) => error === null && added === 1).length, 5000);
    assert.deepEqual(await redis.multi().incr("n").incr("n").exec(), [[null, 1], [null, 2]]);
    await assert.rejects(redis.multi().set("only key", ...[] as unknown as [string]).exec(), /EXECABORT/);
  });
});

Deno.test("ioredis publishes and subscribes on the embedded store", async () => {
  await withIoredis({}, async (redis, open) => {
    const subscriber = open();
    const got: string[] = [];
    subscriber.on("message", (channel, message) => got.push(`${channel}=${message}`));
    subscriber.on("pmessage", (pattern, channel, message) => got.push(`${pattern}:${channel}=${message}`));
    await subscriber.subscribe("news");
    await subscriber.psubscribe("n*");
    assert.equal(await redis.publish("news", "hello"), 2);
    await waitFor("both deliveries", () => got.length === 2);
    assert.deepEqual(got, ["news=hello", "n*:news=hello"]);
    await subscriber.unsubscribe("news");
    assert.equal(await redis.publish("news", "again"), 1);
  });
});

Deno.test("ioredis waits for a stream entry and gets it", async () => {
  await withIoredis({}, async (redis, open) => {
    const reader = open();
    const waiting = reader.xread("BLOCK", 5000, "STREAMS", "s", "$");
    await waitFor(
      "the reader to wait",
      async () => (await redis.info("clients")).includes("blocked_clients:1"),
    );
    await redis.xadd("s", "1-1", "f", "v");
    assert.deepEqual(await waiting, [["s", [["1-1", ["f", "v"]]]]]);
  });
});

Deno.test("ioredis logs in with the password, and gets nowhere without", async () => {
  await withIoredis({ password: "secret" }, async (redis) => {
    assert.equal(await redis.ping(), "PONG");
  });
  await using server = startEmbedded({ password: "secret" });
  using raw = await openRaw(server);
  assert.equal(await raw.ask("GET a\r\n"), "-NOAUTH Authentication required.\r\n");
});

testWith(
  ["redis-cli"],
  "redis-cli starts cleanly and does a round of work on the embedded store",
  async () => {
    await using server = startEmbedded({ password: "secret" });
    const cli = (...args: string[]) =>
      run(redisProgram?.cli ?? "redis-cli", [
        "-p",
        String(server.port),
        "--no-auth-warning",
        "-a",
        "secret",
        ...args,
      ]);
    assert.equal(await cli("ping"), "PONG\n");
    assert.equal(await cli("-3", "hset", "h", "a", "1", "b", "2"), "2\n");
    assert.equal(await cli("-3", "--no-raw", "hgetall", "h"), '1# "a" => "1"\n2# "b" => "2"\n');
    assert.equal(await cli("zadd", "z", "0.1", "m"), "1\n");
    assert.equal(await cli("zrange", "z", "0", "-1", "withscores"), "m\n0.10000000000000001\n");
    assert.equal(await cli("--scan", "--pattern", "*"), "h\nz\n");
    assert.match(await cli("info", "server"), /okws_store:embedded/);
    assert.match(await cli("nope", "x"), /unknown command 'nope', with args beginning with: 'x'/);
  },
);

const PYTHON_WORK = `
import sys, redis
url, protocol = sys.argv[1], int(sys.argv[2])
r = redis.Redis.from_url(url, protocol=protocol, decode_responses=True)
assert r.ping()
assert r.set("a", "1", px=50000) and 0 < r.pttl("a") <= 50000
assert r.hset("h", mapping={"x": "1", "y": "2"}) == 2 and r.hgetall("h") == {"x": "1", "y": "2"}
assert r.zadd("z", {"m": 1.5, "n": 2}) == 2
assert [tuple(row) for row in r.zrange("z", 0, -1, withscores=True)] == [("m", 1.5), ("n", 2.0)]
assert r.sadd("s", "p", "q") == 2 and set(r.smembers("s")) == {"p", "q"}
first = r.xadd("st", {"f": "v"}, maxlen=100)
assert r.xrange("st") == [(first, {"f": "v"})]
assert r.xread({"st": "0"})
with r.pipeline() as p:
    p.watch("a")
    p.multi()
    p.incr("a"); p.get("a")
    assert p.execute() == [2, "2"]
with r.pipeline(transaction=False) as p:
    for i in range(3000): p.set("k%d" % i, "x" * 100)
    assert all(p.execute())
assert sum(1 for _ in r.scan_iter("k*")) == 3000
s = r.pubsub()
s.subscribe("c")
assert s.get_message(timeout=5)["type"] == "subscribe"
assert r.publish("c", "hi") == 1
assert s.get_message(timeout=5)["data"] == "hi"
s.close()
assert r.info()["redis_mode"] == "standalone"
assert r.client_list() and r.config_get("appendonly") == {"appendonly": "no"}
try:
    r.lpush("a", "1"); raise SystemExit("lists are not known here")
except redis.ResponseError as error:
    assert "unknown command" in str(error)
r.close()
print("done")
`;

for (const protocol of ["2", "3"]) {
  testWith(
    ["redis-py"],
    `redis-py does a round of work on the embedded store (RESP${protocol})`,
    async () => {
      await using server = startEmbedded();
      assert.equal(await run("python3", ["-c", PYTHON_WORK, server.url, protocol]), "done\n");
    },
  );
}

Deno.test("one client too many gets an error that says so and is let go", async () => {
  await using server = startEmbedded({ maxClients: 2 });
  using one = await openRaw(server);
  {
    using two = await openRaw(server);
    assert.equal(await one.ask("PING\r\n") + await two.ask("PING\r\n"), "+PONG\r\n+PONG\r\n");
    using three = await openRaw(server);
    assert.equal(await three.read(), "-ERR max number of clients reached\r\n");
    assert.equal(await three.read(), null);
  }
  await waitFor("the second client to be gone", () => server.stats().clients === 1);
  using four = await openRaw(server);
  assert.equal(await four.ask("PING\r\n"), "+PONG\r\n");
});

Deno.test("an oversized request is refused before it is sent, and the connection ended", async () => {
  await using server = startEmbedded({ maxRequestBytes: 1000 });
  using raw = await openRaw(server);
  assert.equal(
    await raw.ask("PING\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$100000\r\n"),
    "+PONG\r\n-ERR Protocol error: invalid bulk length\r\n",
  );
  assert.equal(await raw.read(), null);
  await waitFor("the client to be gone", () => server.stats().clients === 0);
});

Deno.test("a subscriber that does not read is cut off and counted, and the publisher goes on", async () => {
  await using server = startEmbedded({ maxOutputBytes: 1_000_000 });
  using slow = await openRaw(server);
  await slow.ask("SUBSCRIBE c\r\n");
  using publisher = await openRaw(server);
  const message = "x".repeat(50_000);
  await waitFor("the subscriber to be cut off", async () => {
    return await publisher.ask(`*3\r\n$7\r\nPUBLISH\r\n$1\r\nc\r\n$${message.length}\r\n${message}\r\n`) ===
      ":0\r\n";
  });
  assert.equal(server.stats().clients, 1);
  assert.match(await publisher.ask("INFO stats\r\n"), /client_output_buffer_limit_disconnections:1/);
});

Deno.test("a client that asks for much gets all of it, however slowly it reads", async () => {
  await using server = startEmbedded({ maxOutputBytes: 4_000_000 });
  using raw = await openRaw(server);
  const size = 100_000;
  assert.equal(await raw.ask(`*3\r\n$3\r\nSET\r\n$1\r\na\r\n$${size}\r\n${"x".repeat(size)}\r\n`), "+OK\r\n");
  const expected = 300 * (size + 11);
  await raw.socket.write(new TextEncoder().encode("GET a\r\n".repeat(300)));
  let got = 0;
  while (got < expected) got += (await raw.read() ?? assert.fail("cut off")).length;
  assert.equal(got, expected);
});

Deno.test("QUIT is answered before the connection goes, and what a client sent last is carried out", async () => {
  await using server = startEmbedded();
  {
    using raw = await openRaw(server);
    assert.equal(await raw.ask("QUIT\r\nSET never 1\r\n"), "+OK\r\n");
    assert.equal(await raw.read(), null);
  }
  {
    using raw = await openRaw(server);
    await raw.socket.write(new TextEncoder().encode("SET last 1\r\n"));
    await raw.socket.closeWrite();
    assert.equal(await raw.read(), "+OK\r\n");
  }
  await waitFor("both to be gone", () => server.stats().clients === 0);
  assert.equal(server.stats().keys, 1);
});

Deno.test("close ends readers that wait, subscribers and a full output, and may be called twice", async () => {
  const server = startEmbedded();
  using waiting = await openRaw(server);
  using subscriber = await openRaw(server);
  using full = await openRaw(server);
  await waiting.socket.write(new TextEncoder().encode("XREAD BLOCK 60000 STREAMS s $\r\n"));
  await subscriber.ask("SUBSCRIBE c\r\n");
  await full.ask(`SET a ${"x".repeat(60_000)}\r\n`);
  await full.socket.write(new TextEncoder().encode("GET a\r\n".repeat(500)));
  await waitFor("all to be served", () => server.stats().commands >= 4);
  await Promise.all([server.close(), server.close()]);
  assert.equal(server.stats().clients, 0);
  assert.equal(await waiting.read(), null);
});

Deno.test("startEmbedded says plainly that the port is taken", async () => {
  await using server = startEmbedded();
  assert.throws(() => startEmbedded({ port: server.port }), /port is taken/);
});

Deno.test("startEmbedded listens on loopback only", () => {
  for (
    const hostname of ["0.0.0.0", "192.168.1.2", "::", "example.com", "127.0.0.1.example.com", "127.0.0.256"]
  ) {
    assert.throws(() => startEmbedded({ hostname }), RangeError, hostname);
  }
});

Deno.test("keys that nobody looks at go at their time", async () => {
  await using server = startEmbedded();
  using raw = await openRaw(server);
  await raw.ask("SET a 1 PX 5\r\n");
  await waitFor("the key to be swept", () => server.stats().keys === 0);
});
