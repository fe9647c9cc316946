/**
 * Whatever a running service keeps in Redis, publishes, replies and answers over HTTP, also after an outage, is as
 * docs/reference/schemas.json says: every key and message is looked at, and one that nothing is said of is a fault.
 */
import assert from "node:assert/strict";
import { Redis } from "ioredis";
import { rowName } from "../../../scripts/contract/rows.ts";
import { isAccountPart, messageFaultOf, PREFIX, Seen, tableOf } from "../../support/contract.ts";
import { startMock } from "../../support/mock.ts";
import { redisTest, startRedis } from "../../support/redis_server.ts";
import { type Running, startService } from "../../support/service.ts";
import { waitFor } from "../../support/wait.ts";

/** Every key of the server, by what it holds. */
async function checkKeys(redis: Redis, seen: Seen): Promise<void> {
  const keys = (await redis.keys("*")).toSorted();
  for (const key of keys) {
    const type = await redis.type(key);
    const text = type === "string" ? await redis.get(key) : "";
    const row = async () => await redis.hgetall(key);
    const fields = async (name: string) => {
      for (const [field, text] of Object.entries(await row())) {
        seen.check(name, JSON.parse(text), `${key} ${field}`);
      }
    };
    const name = key.slice(PREFIX.length);
    // Some run out, and may have done so by now.
    if (type === "none" || text === null || (type === "hash" && await redis.hlen(key) === 0)) continue;
    if (key === "okex/leader") seen.check("Leader", JSON.parse(text), key);
    else if (key === "okex/epoch") seen.check("Epoch", await row(), key);
    else if (key === "okex/servers") await fields("StoredServer");
    else if (key === "okex/servers/version") seen.check("Version", text, key);
    else if (key === "okex/instances") await fields("Instance");
    else if (key.startsWith("trade-ws/info/")) {
      seen.check("Reply", JSON.parse(text), key);
    } else if (!key.startsWith(PREFIX)) assert.ok(key.startsWith("okex/more/"), `nothing is said of ${key}`);
    else if (name === "subs") await fields("Subscription");
    else if (name === "wanted") await fields("Wanted");
    else if (name === "wanted/version") seen.check("Version", text, key);
    else if (name === "gaps/open") await fields("OpenGaps");
    else if (name === "status") seen.check("ConnectionStatus", text, key);
    else if (name === "epoch") seen.check("Mark", text, key);
    else if (type === "stream") {
      for (const [id, list] of await redis.xrange(key, "-", "+")) {
        const entry = Object.fromEntries(
          Array.from({ length: list.length / 2 }, (_, i) => [list[2 * i], list[2 * i + 1]]),
        );
        const isMark = entry.gap === "dropped" && name !== "gaps";
        seen.check(
          name === "gaps" ? "GapEntry" : isMark ? "GapMark" : rowName(tableOf(name), "Row"),
          entry,
          `${key} ${id}`,
        );
      }
    } else if (type === "hash") {
      if (/\/(bids|asks)$/.test(name)) seen.check("BookLevels", await row(), key);
      else if (isAccountPart(name)) seen.check("AccountPart", await row(), key);
      else seen.check(rowName(tableOf(name), "Row"), await row(), key);
    } else assert.match(type, /^z?set$/, `nothing is said of ${key}`);
  }
}

/** One message, by the one address of asyncapi.yaml that fits its channel. */
function checkMessage(channel: string, text: string, seen: Seen): void {
  const { name, message, fault } = messageFaultOf(channel, text);
  if (name !== undefined) seen.names.add(name);
  if (message !== undefined) seen.names.add(message);
  if (fault !== undefined) seen.faults.add(fault);
}

/** Receives everything that is published. */
function startReceiving(
  url: string,
  seen: Seen,
): AsyncDisposable & { readonly subscribed: Promise<unknown> } {
  const redis = new Redis(url);
  redis.on("pmessage", (_, channel: string, text: string) => checkMessage(channel, text, seen));
  return {
    subscribed: redis.psubscribe("*"),
    async [Symbol.asyncDispose]() {
      await redis.quit();
    },
  };
}

async function getJson(run: Running, path: string): Promise<unknown> {
  return await (await fetch(`${run.service.httpUrl}${path}`)).json();
}

const PATHS = [
  ...["tickers:BTC-USDT", "trades:BTC-USDT", "trades-all:BTC-USDT", "books:BTC-USDT", "books5:BTC-USDT"],
  ...[
    "bbo-tbt:BTC-USDT",
    "candle1s:BTC-USDT",
    "candle1m:BTC-USDT",
    "candle1H:BTC-USDT",
    "mark-price:BTC-USDT-SWAP",
    "mark-price-candle1m:BTC-USDT-SWAP",
  ],
  ...["index-tickers:BTC-USDT", "index-candle1m:BTC-USDT", "funding-rate:BTC-USDT-SWAP"],
  ...["open-interest:BTC-USDT-SWAP", "price-limit:BTC-USDT-SWAP", "opt-summary:BTC-USD", "instruments:SPOT"],
  ...["account", "positions:ANY", "orders:ANY", "balance_and_position", "status"],
  ...["spot/ticker:ETH-USDT", "spot/trade:ETH-USDT", "spot/depth5:ETH-USDT", "spot/depth:ETH-USDT"],
  ...["spot/candle60s:ETH-USDT", "swap/ticker:BTC-USDT-SWAP", "swap/trade:BTC-USDT-SWAP"],
  ...["swap/candle60s:BTC-USDT-SWAP", "swap/funding_rate:BTC-USDT-SWAP", "swap/mark_price:BTC-USDT-SWAP"],
  ...[
    "swap/price_range:BTC-USDT-SWAP",
    "index/ticker:BTC-USDT",
    "spot/instruments",
    "spot/order:BTC-USDT",
    "system/status",
  ],
  ...[
    "spot/account:USDT",
    "spot/order_algo:BTC-USDT",
    "swap/position:BTC-USDT-SWAP",
    "option/summary:BTC-USD",
    "orders-algo:ANY",
  ],
  ...["deposit-info", "withdrawal-info", "rfqs", "quotes", "account-greeks", "liquidation-orders:SWAP"],
  ...[
    "adl-warning:SWAP",
    "economic-calendar",
    "public-block-trades:BTC-USDT-SWAP",
    "estimated-price:FUTURES",
  ],
];

/** Of these nothing need come. */
const RARE =
  /^(opt-summary|(system.)?status$|swap.position|spot.order|spot.order_algo|option|withdrawal|quotes|account-greeks|adl|public-block|estimated)/;

redisTest("what a service keeps, publishes, replies and answers is as the schemas say", async () => {
  const seen = new Seen();
  await using mock = await startMock({ rate: 20 });
  await using server = await startRedis();
  await using receiving = startReceiving(server.url, seen);
  await receiving.subscribed;
  await using run = await startService({
    endpoint: mock.url,
    redisUrl: server.url,
    servers: [{ name: "test", apiKey: "demo-key", secret: "demo-secret", password: "demo-pass" }],
    channels: PATHS,
    settings: { HTTP: "127.0.0.1:0", BOOK_FULL: "on", HISTORY: 5, REPLY_SECONDS: 600 },
    client: { timeoutMs: 120_000 },
  });
  const { client } = run;
  await waitFor("all paths", async () => {
    const records = [...(await client.subscriptions("test")).values()];
    return records.length === PATHS.length && records.every(({ state }) => state === "live");
  });
  const happen = () => {
    for (const what of ["begin", "place", "fill", "algo", "deposit", "rfq"]) mock.command(`trade ${what}`);
    for (const what of ["liquidation", "calendar", "block-trade"]) mock.command(`event ${what}`);
  };
  happen();
  await client.openWs("more");
  await client.trySubscribe("more", ["tickers:ETH-USDT", "tickers:NOPE-USDT"]);
  await client.trySubscribe("test", ["tickers:ETH-USDT", "tickers:SOL-USDT"]);
  await client.servers();
  await client.status();
  await client.status("test");
  await client.reload().catch(() => {});
  await client.unsubscribe("test", "tickers:ETH-USDT");
  await assert.rejects(client.closeWs("nobody"));
  // A lost connection: events, states, gaps and what is stale.
  mock.command("drop");
  await waitFor("the end of a gap", async () => await run.redis.xlen("okex/test/gaps") > 0);
  await waitFor("all paths once more", async () => {
    const records = [...(await client.subscriptions("test")).values()];
    return records.every(({ state }) => state === "live");
  });
  const wanted = [
    ...[
      "Subscription",
      "GapEntry",
      "GapMessage",
      "Wanted",
      "Leader",
      "Epoch",
      "Announcement",
      "StoredServer",
      "Version",
      "ConnectionStatus",
      "Mark",
      "Event",
    ],
    ...[
      "Reply",
      "Command",
      "BookLevels",
      "CandleFinal",
      "Push",
      "LegacyPush",
      "AccountPart",
      "AccountPartMessage",
    ],
    ...["pushes.status", "rows.candle", "finals.candle", "rows.spot.candle", "rows.spot.trade"],
    ...PATHS.filter((path) => !RARE.test(path)).map((path) => rowName(path.split(":")[0] as string, "Row")),
    ...["tickers", "trades", "candle1s", "spot/ticker", "spot/trade", "orders"].map((table) =>
      rowName(table, "Message")
    ),
  ];
  await waitFor(`one of each`, async () => {
    await checkKeys(run.redis, seen);
    if (wanted.every((name) => seen.names.has(name)) || seen.faults.size > 0) return true;
    // What was pushed while a connection was lost does not come again.
    happen();
    return false;
  }, { deadlineMs: 60_000 }).catch((error) => {
    const lacking = wanted.filter((name) => !seen.names.has(name));
    throw new Error(`there is no ${lacking.join(", ")}`, { cause: error });
  });
  seen.check("Readiness", await getJson(run, "/readyz?format=json"), "/readyz");
  seen.check("ServiceStatus", await getJson(run, "/api/state"), "/api/state");
  const events = ["/api/events", "/api/rows?server=test&path=tickers:BTC-USDT&path=books:BTC-USDT"];
  for (const path of events) await checkStream(run, path, seen);
  assert.deepEqual([...seen.faults], []);
});

const EVENTS: Readonly<Record<string, string>> = {
  ...{
    start: "Tick",
    tick: "Tick",
    snapshot: "RowsSnapshot",
    rows: "NewRows",
    fault: "RowsFault",
    quotes: "Quotes",
  },
};

/** The first events of a stream. */
async function checkStream(run: Running, path: string, seen: Seen): Promise<void> {
  const { body } = await fetch(`${run.service.httpUrl}${path}`);
  const kinds = new Set<string>();
  let text = "";
  const decoder = new TextDecoder();
  for await (const piece of body as ReadableStream<Uint8Array>) {
    text += decoder.decode(piece, { stream: true });
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const [, event = "", data = ""] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
      if (event === "") continue;
      kinds.add(event);
      seen.check(EVENTS[event] ?? event, JSON.parse(data), `${event} of ${path}`);
    }
    if (kinds.size === 2) return;
  }
}
