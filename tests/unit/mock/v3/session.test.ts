/** The v3 protocol of the simulated exchange: checksums, deflated answers, old rows and logins. */
import assert from "node:assert/strict";
import { inflateRawSync } from "node:zlib";
import { bookChecksum, crc32 } from "../../../../src/mock/v3/checksum.ts";
import type { Feed } from "../../../../src/mock/feeds/feed.ts";
import { signLogin } from "../../../../src/mock/login.ts";
import { createMarket } from "../../../../src/mock/market/market.ts";
import { createRandom } from "../../../../src/mock/market/random.ts";
import { Script } from "../../../../src/mock/faults/script.ts";
import type { Reply } from "../../../../src/mock/session.ts";
import { V3Session } from "../../../../src/mock/v3/session.ts";
import { openV3Feed } from "../../../../src/mock/v3/feeds.ts";

const NOW = Date.UTC(2026, 7, 14, 9, 30);

Deno.test("the CRC of 123456789 is the well-known one", () => {
  assert.equal(crc32("123456789"), 0xcbf43926);
});

const checksums: readonly (readonly [bids: string, asks: string, checksum: number])[] = [
  ["3366.1:7 3366:6", "3366.8:9 3368:8", -1881014294],
  ["3366.1:7", "3366.8:9 3368:8 3372:8", 831078360],
  ["3366.1:7 3366:6", "3366.8:9 3368:8 3372:8", 1362239393],
  ["3366.1:7 3365.5:2", "3366.8:4.5 3368:8 3372:8", -178095649],
  ["", "0.0015:906", -288111842],
  ["", "0.0005:305 0.001:550", 971343753],
  ["0.0675:707 0.067:65 0.051:200", "0.079:505 0.08:202 0.0865:65 0.095:200", 725642012],
  ["0.0675:707 0.067:65 0.051:200", "0.079:505 0.0795:202 0.0865:65 0.095:200", 1372665168],
  ["0.0675:707 0.067:65 0.0515:200", "0.079:505 0.0795:202 0.0865:65 0.095:200", 658450476],
];
for (const [bids, asks, checksum] of checksums) {
  Deno.test(`the checksum of bids ${bids || "none"} and asks ${asks} is ${checksum}`, () => {
    assert.equal(bookChecksum(entries(bids), entries(asks)), checksum);
  });
}

Deno.test("depth updates carry the checksum of the book that a client has after merging them", () => {
  const market = createMarket({ seed: 4, startMs: NOW });
  const feed = openV3Feed(market, "spot/depth", "BTC-USDT")!;
  const sides = { asks: new Map<string, string[]>(), bids: new Map<string, string[]>() };
  const actions = new Set<unknown>();
  for (let step = 0; step <= 300; step++) {
    if (step > 0) market.step(NOW + step * 100);
    for (const push of step === 0 ? feed.first(NOW) : feed.next(market.nowMs)) {
      actions.add(push.members?.["action"]);
      const row = push.data[0] as { asks: string[][]; bids: string[][]; checksum: number };
      for (const side of ["asks", "bids"] as const) {
        for (const entry of row[side]) {
          assert.equal(entry.length, 3);
          if (Number(entry[1]) === 0) sides[side].delete(entry[0]!);
          else sides[side].set(entry[0]!, entry);
        }
      }
      const asks = [...sides.asks.values()].sort((a, b) => Number(a[0]) - Number(b[0]));
      const bids = [...sides.bids.values()].sort((a, b) => Number(b[0]) - Number(a[0]));
      assert.equal(bookChecksum(bids, asks), row.checksum, `step ${step}`);
    }
  }
  assert.deepEqual([...actions], ["partial", "update"]);
});

const rows: readonly (readonly [table: string, filter: string, members: string])[] = [
  [
    "spot/ticker",
    "ETH-USDT",
    "last best_bid best_bid_size best_ask best_ask_size last_qty open_24h high_24h low_24h open_utc0 open_utc8 " +
    "base_volume_24h quote_volume_24h instrument_id timestamp",
  ],
  [
    "swap/ticker",
    "BTC-USD-SWAP",
    "last best_bid best_bid_size best_ask best_ask_size last_qty open_24h high_24h low_24h open_utc0 open_utc8 " +
    "volume_24h volume_token_24h open_interest instrument_id timestamp",
  ],
  ["spot/trade", "ETH-USDT", "side trade_id price size instrument_id timestamp"],
  ["futures/trade", "BTC-USD-260925", "side trade_id price qty instrument_id timestamp"],
  ["option/trade", "BTC-USD-260925-65000-C", "side trade_id price qty instrument_id timestamp"],
  ["spot/depth5", "ETH-USDT", "asks bids instrument_id timestamp"],
  ["swap/depth", "ETH-USDT-SWAP", "instrument_id asks bids timestamp checksum"],
  ["swap/mark_price", "ETH-USDT-SWAP", "instrument_id mark_price timestamp"],
  ["futures/price_range", "BTC-USD-260925", "instrument_id highest lowest timestamp"],
  [
    "swap/funding_rate",
    "BTC-USD-SWAP",
    "instrument_id funding_rate funding_time estimated_rate interest_rate settlement_time",
  ],
  ["index/ticker", "BTC-USD", "instrument_id last open_24h high_24h low_24h timestamp"],
  [
    "futures/instruments",
    "",
    "instrument_id underlying underlying_index base_currency quote_currency settlement_currency contract_val " +
    "contract_val_currency listing delivery alias tick_size trade_increment is_inverse category",
  ],
  ["spot/account", "USDT", "balance available hold currency id timestamp"],
  ["system/status", "", "title status start_time end_time href product_type"],
];
for (const [table, filter, members] of rows) {
  Deno.test(`a row of ${table} has the members of the old documentation`, () => {
    const row = firstRow(openV3Feed(createMarket({ seed: 4, startMs: NOW }), table, filter)) as object;
    assert.deepEqual(Object.keys(row).sort(), members.split(" ").sort());
  });
}

for (
  const [table, filter, length] of [
    ["spot/candle60s", "BTC-USDT", 6],
    ["swap/candle300s", "BTC-USD-SWAP", 7],
    ["index/candle86400s", "BTC-USD", 5],
  ] as const
) {
  Deno.test(`a candle of ${table} has ${length} elements and an ISO time`, () => {
    const row = firstRow(openV3Feed(createMarket({ seed: 4, startMs: NOW }), table, filter)) as {
      candle: string[];
    };
    assert.equal(row.candle.length, length);
    assert.match(row.candle[0]!, /^2026-08-1\dT\d\d:\d\d:00\.000Z$/);
  });
}

Deno.test("answers are raw deflate, and a wrong product is error 30040", () => {
  const replies = session().receive(
    '{"op":"subscribe","args":["spot/ticker:ETH-USDT","spot/trade:BTC-USD-SWAP","spot/account:USDT"]}',
    NOW,
  );
  assert.deepEqual(inflated(replies), [
    { event: "subscribe", channel: "spot/ticker:ETH-USDT" },
    { event: "error", message: "Channel spot/trade:BTC-USD-SWAP doesn't exist", errorCode: 30040 },
    {
      event: "error",
      message: "User not logged in / User must be logged in: spot/account:USDT",
      errorCode: 30041,
    },
  ]);
});

Deno.test("pong is deflated too", () => {
  const [pong] = session().receive("ping", NOW);
  assert.equal(pong?.kind, "pong");
  assert.equal(inflateRawSync((pong as { payload: Uint8Array }).payload).toString(), "pong");
});

Deno.test("login takes an array of texts and opens the account channels", () => {
  const one = session();
  const timestamp = String(NOW / 1000);
  const login = (sign: string) =>
    JSON.stringify({ op: "login", args: ["demo-key", "demo-pass", timestamp, sign] });
  assert.deepEqual(inflated(one.receive(login("x"), NOW)), [{
    event: "error",
    message: "Invalid Sign",
    errorCode: 30013,
  }]);
  assert.deepEqual(inflated(one.receive(login(signLogin(timestamp)), NOW)), [{
    event: "login",
    success: true,
  }]);
  assert.deepEqual(inflated(one.receive('{"op":"subscribe","args":["spot/account:USDT"]}', NOW)), [
    { event: "subscribe", channel: "spot/account:USDT" },
  ]);
});

function session(): V3Session {
  return new V3Session({
    market: createMarket({ seed: 4, startMs: NOW }),
    script: new Script(createRandom(1)),
    connId: "0",
  });
}

function inflated(replies: readonly Reply[]): unknown[] {
  return replies.flatMap((reply) =>
    reply.kind === "answer" ? [JSON.parse(inflateRawSync(reply.payload as Uint8Array).toString())] : []
  );
}

function firstRow(feed: Feed | undefined): unknown {
  return feed?.first(NOW)[0]?.data[0];
}

function entries(text: string): string[][] {
  return text === "" ? [] : text.split(" ").map((entry) => entry.split(":"));
}
