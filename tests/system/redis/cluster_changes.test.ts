/** A cluster that changes in order, or breaks in part: a node is taken out, swapped with its replica, silent, or half moved. */
import assert from "node:assert/strict";
import calculateSlot from "cluster-key-slot";
import { connect } from "../../../src/client/client.ts";
import { parseConfig } from "../../../src/config/schema.ts";
import { serve, type Service } from "../../../src/app/service.ts";
import { type FakeOkx, startFakeOkx } from "../../support/fake_okx.ts";
import { type Cluster, redisCli, startCluster } from "../../support/redis_modes.ts";
import { type RedisServer, redisTest } from "../../support/redis_server.ts";
import { QUICK } from "../../support/service.ts";
import { waitFor } from "../../support/wait.ts";

const TRADES = "trades:BTC-USDT";
const LEGACY = "spot/trade:BTC-USDT";
const PARTLY = ["--cluster-require-full-coverage", "no"];
const DEADLINE = { deadlineMs: 60_000 };

const slotOf = (server: string) => calculateSlot(`okex/{${server}}/${TRADES}`);

/** One name of a server for each master, in the order of the nodes. */
async function serversOf(cluster: Cluster): Promise<{ readonly name: string; readonly node: RedisServer }[]> {
  const found = new Map<RedisServer, string>();
  for (const name of "abcdefghijklmnopqrstuvwxyz") {
    const node = await cluster.ownerOf(slotOf(name));
    if (!found.has(node)) found.set(node, name);
    if (found.size === 3) break;
  }
  return [...found].map(([node, name]) => ({ name, node }));
}

async function start(url: string, okx: FakeOkx, names: readonly string[], settings = {}): Promise<Service> {
  const parsed = parseConfig({
    settings: { REDIS_URL: url, HTTP: "off", ENDPOINT: okx.url, MAX_ROW: 100_000, ...settings },
    servers: names.map((name) => ({ name })),
    subscribes: names.map((server) => ({ server, channels: [TRADES, LEGACY] })),
  });
  assert.ok("config" in parsed);
  return await serve(parsed.config, { timing: QUICK });
}

/** Numbered trades, pushed to every connection. */
function createStream(okx: FakeOkx) {
  let id = 0;
  return {
    last: () => id,
    push(count = 1) {
      const connections = okx.at("public").filter((each) => each.open && each.asked("subscribe").length > 0);
      for (let i = 0; i < count; i++) {
        id += 1;
        for (const connection of connections) {
          connection.push({ channel: "trades", instId: "BTC-USDT" }, [
            {
              instId: "BTC-USDT",
              ts: String(Date.now()),
              tradeId: String(id),
              px: "1",
              sz: "1",
              side: "buy",
            },
          ]);
        }
      }
    },
  };
}

async function subscribed(okx: FakeOkx, count: number): Promise<void> {
  const ready = () => okx.at("public").filter((each) => each.open && each.asked("subscribe").length > 0);
  await waitFor(`${count} subscribed connections`, () => ready().length >= count, DEADLINE);
}

/** The trades that a server has in the stream of its node. */
async function tradesOf(node: RedisServer, name: string): Promise<number[]> {
  const text = await redisCli(node.port, "--json", "-c", "xrange", `okex/{${name}}/${TRADES}`, "-", "+");
  const entries = JSON.parse(text) as [string, string[]][];
  return entries.map(([, fields]) => Number(fields[fields.indexOf("tradeId") + 1]));
}

function assertWhole(ids: readonly number[], last: number): void {
  assert.deepEqual(ids, Array.from({ length: last }, (_, i) => i + 1));
}

/** The nodes that somebody listens for commands on. */
async function listeningOn(nodes: readonly RedisServer[]): Promise<RedisServer[]> {
  const counts = await Promise.all(
    nodes.map(async ({ port }) => (await redisCli(port, "pubsub", "numsub", "trade-ws")).split("\n")[1]),
  );
  return nodes.filter((_, i) => counts[i] !== "0");
}

/** Gives the slots of a node to another one, and takes it out of the cluster as `redis-cli --cluster del-node` does. */
async function takeOut(cluster: Cluster, node: RedisServer, heir: RedisServer): Promise<void> {
  const ranges = JSON.parse(await redisCli(heir.port, "--json", "cluster", "slots")) as [
    number,
    number,
    [string, number],
  ][];
  const slots = ranges.filter(([, , [, port]]) => port === node.port)
    .flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => String(from + i)));
  await redisCli(node.port, "flushall");
  for (const { port } of cluster.nodes) await redisCli(port, "cluster", "delslots", ...slots);
  await redisCli(heir.port, "cluster", "addslots", ...slots);
  const others = cluster.nodes.filter((each) => each !== node);
  await waitFor("everybody to know", async () => {
    const states = await Promise.all(others.map(({ port }) => redisCli(port, "cluster", "info")));
    return states.every((each) => each.includes("cluster_slots_assigned:16384"));
  }, DEADLINE);
  const id = await redisCli(node.port, "cluster", "myid");
  for (const { port } of others) await redisCli(port, "cluster", "forget", id);
  await redisCli(node.port, "cluster", "reset", "soft");
}

redisTest(
  "the node that okws listens on, the first of its URL, is taken out, and a restart finds the others",
  async () => {
    await using cluster = await startCluster({ args: PARTLY });
    await using okx = startFakeOkx();
    const servers = await serversOf(cluster);
    const [kept, heir] = servers as [typeof servers[number], typeof servers[number]];
    const stream = createStream(okx);
    const names = [kept.name, heir.name];
    let service = await start(cluster.url, okx, names);
    await using _ = { [Symbol.asyncDispose]: () => service.stop() };
    await subscribed(okx, 2);
    stream.push(20);
    const [listening] = await listeningOn(cluster.nodes);
    // Whichever it listens on goes; what is kept there goes to another.
    const gone = listening as RedisServer;
    const rest = servers.filter(({ node }) => node !== gone);
    const url = `redis+cluster://${
      [gone, ...cluster.nodes.filter((each) => each !== gone)].map(({ port }) => `127.0.0.1:${port}`).join()
    }`;
    await takeOut(cluster, gone, (rest[0] as typeof kept).node);
    await waitFor("another node to be listened on", async () => {
      return (await listeningOn(cluster.nodes.filter((each) => each !== gone))).length > 0;
    }, DEADLINE);
    stream.push(20);
    for (const { name, node } of rest.filter(({ name }) => names.includes(name))) {
      await waitFor(
        `the trades of ${name}`,
        async () => (await tradesOf(node, name)).at(-1) === stream.last(),
        DEADLINE,
      );
      assertWhole(await tradesOf(node, name), stream.last());
    }
    {
      // The node that was taken out is asked first, and knows nobody.
      await using client = await connect({ redisUrl: url });
      assert.deepEqual((await client.servers()).toSorted(), names.toSorted());
      assert.equal(await client.isServed(), true);
    }
    await service.stop();
    service = await start(url, okx, names);
    await using client = await connect({ redisUrl: url });
    assert.deepEqual((await client.servers()).toSorted(), names.toSorted());
    await waitFor("everything to be written", () => service.view().outage === "", DEADLINE);
  },
);

redisTest("a node that becomes a replica in order takes neither commands nor messages along", async () => {
  await using cluster = await startCluster({ replicas: 1 });
  await using okx = startFakeOkx();
  const [server] = await serversOf(cluster);
  const { name } = server as { name: string };
  await using service = await start(cluster.url, okx, [name]);
  await subscribed(okx, 1);
  await using client = await connect({ redisUrl: cluster.url, timeoutMs: 30_000 });
  const stream = createStream(okx);
  const followed: number[] = [];
  const follow = (async () => {
    for await (const { tradeId } of client.follow(name, TRADES)) {
      if (followed.push(Number(tradeId)) && Number(tradeId) === 60) break;
    }
  })();
  stream.push(20);
  await waitFor("the first rows", () => followed.length === 20, DEADLINE);
  const [listening] = await listeningOn(cluster.nodes);
  const { port } = listening as RedisServer;
  const info = await redisCli(port, "info", "replication");
  const replica = Number(/slave0:ip=[^,]*,port=(\d+)/.exec(info)?.[1]);
  await redisCli(replica, "cluster", "failover");
  stream.push(20);
  await waitFor(
    "the other way round",
    async () => (await redisCli(port, "role")).startsWith("slave"),
    DEADLINE,
  );
  assert.deepEqual(await client.servers(), [name]);
  await waitFor("a master to be listened on", async () => {
    const nodes = await listeningOn(cluster.nodes);
    return nodes.length > 0 && nodes.every((node) => node.port !== port);
  }, DEADLINE);
  for (let i = 0; i < 5; i++) assert.deepEqual(await client.servers(), [name]);
  stream.push(20);
  await follow;
  assertWhole(followed, 60);
  assert.equal(service.view().stats.dropped, 0);
});

redisTest("a node that is silent delays no server of another node, nor its clients", async () => {
  await using cluster = await startCluster({ args: PARTLY });
  await using okx = startFakeOkx();
  const servers = await serversOf(cluster);
  const [silent, ...healthy] = servers as [typeof servers[number], ...typeof servers];
  await using _service = await start(cluster.url, okx, servers.map(({ name }) => name));
  await subscribed(okx, 3);
  const stream = createStream(okx);
  stream.push(20);
  for (const { name, node } of servers) {
    await waitFor(`the trades of ${name}`, async () => (await tradesOf(node, name)).length === 20, DEADLINE);
  }
  silent.node.pause();
  try {
    for (let i = 0; i < 10; i++) {
      stream.push(20);
      for (const { name, node } of healthy) {
        await waitFor(`the trades of ${name}`, async () => {
          return (await tradesOf(node, name)).at(-1) === stream.last();
        }, DEADLINE);
      }
    }
    await using client = await connect({ redisUrl: cluster.url, timeoutMs: 30_000 });
    for (const { name } of healthy) {
      const rows = await client.get(name, TRADES) as Record<string, string>[];
      assert.equal(rows.at(-1)?.tradeId, String(stream.last()));
    }
    assert.equal((await client.servers()).length, 3);
    assert.ok(Number.isFinite(await client.redisTime()));
  } finally {
    silent.node.resume();
  }
  for (const { name, node } of servers) {
    await waitFor(
      `all of ${name}`,
      async () => (await tradesOf(node, name)).at(-1) === stream.last(),
      DEADLINE,
    );
    assertWhole(await tradesOf(node, name), stream.last());
  }
});

redisTest(
  "while half of a slot is on another node rows are trimmed with their members, and nothing is repeated",
  async () => {
    await using cluster = await startCluster({ args: PARTLY });
    await using okx = startFakeOkx();
    const servers = await serversOf(cluster);
    const [{ name, node: from }, { node: to }] = servers as [typeof servers[number], typeof servers[number]];
    await using service = await start(cluster.url, okx, [name], { MAX_ROW: 50 });
    await subscribed(okx, 1);
    const stream = createStream(okx);
    const prefix = `okex/{${name}}`;
    const slot = String(slotOf(name));
    const newest = async () => {
      const text = await redisCli(to.port, "-c", "--json", "zrange", `${prefix}/spot/trade`, "0", "-1");
      return JSON.parse(text) as string[];
    };
    const pushed = async (count: number) => {
      stream.push(count);
      await waitFor("the trades", async () => {
        const members = await newest();
        return members.length === 50 && members.at(-1) === String(stream.last());
      }, DEADLINE);
    };
    await pushed(60);
    const [fromId, toId] = await Promise.all([from, to].map(({ port }) => redisCli(port, "cluster", "myid")));
    await redisCli(to.port, "cluster", "setslot", slot, "importing", fromId as string);
    await redisCli(from.port, "cluster", "setslot", slot, "migrating", toId as string);
    const migrate = async (keys: readonly string[]) => {
      if (keys.length === 0) return;
      await redisCli(from.port, "migrate", "127.0.0.1", String(to.port), "", "0", "5000", "keys", ...keys);
    };
    const keysOf = async ({ port }: RedisServer) => {
      const text = await redisCli(port, "cluster", "getkeysinslot", slot, "10000");
      return text === "" ? [] : text.split("\n");
    };
    await migrate((await keysOf(from)).filter((_, i) => i % 2 === 0));
    for (let i = 0; i < 4; i++) await pushed(20);
    const { retries, rejected } = service.view().stats;
    assert.deepEqual({ retries, rejected, outage: service.view().outage }, {
      retries: 0,
      rejected: 0,
      outage: "",
    });
    await migrate(await keysOf(from));
    for (const { port } of cluster.nodes) {
      await redisCli(port, "cluster", "setslot", slot, "node", toId as string);
    }
    await pushed(20);
    const rows = `${prefix}/spot/trade/`;
    const left = (await keysOf(to)).filter((key) => key.startsWith(rows)).map((key) =>
      key.slice(rows.length)
    );
    assert.deepEqual(left.toSorted(), (await newest()).toSorted());
    assert.equal(service.view().stats.dropped, 0);
  },
);
