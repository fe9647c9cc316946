/** The simulated account over sockets: balances, positions, orders and algo orders as they change. */
import assert from "node:assert/strict";
import { inflateRawSync } from "node:zlib";
import { signLogin } from "../../src/mock/login.ts";
import type { Mock, MockOptions } from "../support/mock.ts";
import { startMock } from "../support/mock.ts";
import { waitFor } from "../support/wait.ts";
import { connectWs, type WsClient } from "../support/ws_client.ts";

type Row = Record<string, unknown>;
type Frame = {
  event?: string;
  code?: string;
  channel?: string;
  arg?: Record<string, string>;
  eventType?: string;
  curPage?: number;
  lastPage?: boolean;
  data?: Row[];
};

type Client = WsClient<Frame>;

/** The trader is off, so that only what a test asks for happens. */
const CALM: MockOptions = { faults: "trade=off", snapshotMs: 3_600_000 };

Deno.test("account comes in pages with the user's id, then again and again", async () => {
  await using mock = await startMock({ snapshotMs: 50 });
  await using client = await loggedIn(mock, "private");
  client.send(subscribe({ channel: "account" }));
  await waitFor("three complete snapshots", () => client.pushes("account").filter(isLast).length >= 3);
  const pages = client.pushes("account").filter(({ eventType }) => eventType === "snapshot").slice(0, 3);
  assert.deepEqual(pages.map(({ curPage, lastPage }) => [curPage, lastPage]), [[1, false], [2, false], [
    3,
    true,
  ]]);
  assert.deepEqual(pages[0]?.arg, { channel: "account", uid: "77982378738415879" });
});

Deno.test("updateInterval 0 gives the first snapshot and no regular ones", async () => {
  await using mock = await startMock({ faults: "trade=off", snapshotMs: 50 });
  await using quiet = await loggedIn(mock, "private");
  await using regular = await loggedIn(mock, "private");
  quiet.send(subscribe({ channel: "account", extraParams: '{"updateInterval":"0"}' }));
  regular.send(subscribe({ channel: "account" }));
  await waitFor("regular snapshots", () => regular.pushes("account").filter(isLast).length > 4);
  assert.equal(quiet.pushes("account").length, 3);
});

Deno.test("a coin that leaves is pushed as zero and missing from the next complete snapshot", async () => {
  await using mock = await startMock(CALM);
  await using client = await loggedIn(mock, "private");
  client.send(subscribe({ channel: "account" }));
  await waitFor("the snapshot", () => client.pushes("account").some(isLast));
  const ccy = trade(mock, "zero-balance");
  await waitFor("the event", () => client.pushes("account").some(isEvent));
  assert.equal((mock.lastSent("account", ccy) as Row)["eq"], "0");
  assert.equal(mock.openIds("account").includes(ccy), false);
  trade(mock, "snapshot");
  await waitFor("the next snapshot", () => client.pushes("account").filter(isLast).length === 2);
  const [, ...later] = client.pushes("account").slice(3);
  const details = later.flatMap(({ data = [] }) => data.flatMap((row) => row["details"] as Row[]));
  assert.deepEqual(details.map((row) => row["ccy"]).sort(), mock.openIds("account").sort());
  assert.equal(mock.lastSent("account", ccy), undefined);
});

Deno.test("positions close with pos 0, and an expired option is only missing afterwards", async () => {
  await using mock = await startMock(CALM);
  await using client = await loggedIn(mock, "private");
  client.send(subscribe({ channel: "positions", instType: "ANY" }));
  await waitFor("both pages", () => client.pushes("positions").some(isLast));
  const closed = trade(mock, "close-position");
  const expired = trade(mock, "expire-position");
  trade(mock, "snapshot");
  await waitFor("the next snapshot", () => client.pushes("positions").filter(isLast).length === 2);
  const reported = client.pushes("positions").filter(isEvent).flatMap(({ data = [] }) => data);
  assert.deepEqual(reported.filter(({ pos }) => pos === "0").map(({ posId }) => posId), [closed]);
  assert.equal(reported.some(({ posId }) => posId === expired), false);
  const last = client.pushes("positions").filter(({ eventType }) => eventType === "snapshot").slice(2);
  const held = last.flatMap(({ data = [] }) => data.map(({ posId }) => String(posId)));
  assert.deepEqual(held.sort(), mock.openIds("positions").sort());
  for (const posId of [closed, expired]) assert.equal(mock.lastSent("positions", posId), undefined);
});

Deno.test("an order is pushed from live to filled, with its fills and what they change", async () => {
  await using mock = await startMock(CALM);
  await using client = await loggedIn(mock, "private");
  client.send(subscribe(
    { channel: "orders", instType: "ANY" },
    { channel: "fills" },
    { channel: "balance_and_position" },
  ));
  await waitFor("the snapshot", () => client.pushes("balance_and_position").length === 1);
  assert.deepEqual(client.pushes("orders"), []);
  const ordId = trade(mock, "place");
  assert.deepEqual(mock.openIds("orders"), [ordId]);
  assert.equal(trade(mock, "amend"), ordId);
  assert.equal(trade(mock, "part-fill"), ordId);
  assert.equal(trade(mock, "fill"), ordId);
  await waitFor("the end", () => rowsOf(client, "orders").at(-1)?.["state"] === "filled");
  const states = rowsOf(client, "orders").map(({ state }) => state);
  assert.deepEqual(states, ["live", "live", "partially_filled", "filled"]);
  assert.deepEqual(mock.openIds("orders"), []);
  await waitFor("both deltas", () => client.pushes("balance_and_position").length === 3);
  const trades = rowsOf(client, "balance_and_position").slice(1).flatMap((row) => row["trades"] as Row[]);
  assert.deepEqual(
    rowsOf(client, "fills").map(({ tradeId }) => tradeId),
    trades.map(({ tradeId }) => tradeId),
  );
  assert.deepEqual(mock.lastSent("orders", ordId), rowsOf(client, "orders").at(-1));
});

Deno.test("while the market is paused, what was sent is what the account has", async () => {
  await using mock = await startMock({ rate: 100 });
  await using client = await loggedIn(mock, "private");
  client.send(subscribe({ channel: "orders", instType: "ANY" }, { channel: "positions", instType: "ANY" }));
  await waitFor("the snapshot", () => client.pushes("positions").some(isLast));
  trade(mock, "cancel-all");
  for (const move of ["place", "place", "place", "cancel", "open-position"]) trade(mock, move);
  await waitFor("orders", () => rowsOf(client, "orders").length > 4);
  mock.command("pause");
  const live = () => {
    const last = new Map(rowsOf(client, "orders").map((row) => [String(row["ordId"]), row]));
    return [...last].filter(([, { state }]) => state === "live" || state === "partially_filled");
  };
  await waitFor("the same live orders", () => {
    const ids = live().map(([ordId]) => ordId).sort();
    return JSON.stringify(ids) === JSON.stringify(mock.openIds("orders").sort());
  });
  for (const [ordId, row] of live()) assert.deepEqual(row, mock.lastSent("orders", ordId));
  const before = rowsOf(client, "orders").length;
  const ordId = trade(mock, "cancel");
  await waitFor("a push in the pause", () => rowsOf(client, "orders").length > before);
  assert.equal(mock.openIds("orders").includes(ordId), false);
});

Deno.test("the trader acts by itself unless that is switched off", async () => {
  await using mock = await startMock({ faults: "trade=off" });
  await using client = await loggedIn(mock, "private");
  client.send(subscribe({ channel: "orders", instType: "ANY" }));
  await waitFor("the acknowledgement", () => client.frames().some(({ event }) => event === "subscribe"));
  assert.match(mock.command("trade on"), /acts by himself/);
  await waitFor("an order", () => rowsOf(client, "orders").length > 0);
});

Deno.test("algo orders live and end on /business, where private channels need a login too", async () => {
  await using mock = await startMock(CALM);
  await using client = await open(`${mock.url}/ws/v5/business`);
  client.send(subscribe({ channel: "orders-algo", instType: "ANY" }));
  await waitFor("an error", () => client.frames().length === 1);
  assert.deepEqual([client.frames()[0]?.event, client.frames()[0]?.code], ["error", "60011"]);
  await login(client);
  client.send(subscribe({ channel: "orders-algo", instType: "ANY" }, { channel: "deposit-info" }));
  await waitFor("both", () => client.frames().filter(({ event }) => event === "subscribe").length === 2);
  const algoId = trade(mock, "algo");
  assert.deepEqual(mock.openIds("orders-algo"), [algoId]);
  trade(mock, "trigger");
  trade(mock, "deposit");
  await waitFor("a deposit", () => rowsOf(client, "deposit-info").length === 2);
  assert.deepEqual(rowsOf(client, "orders-algo").map(({ state }) => state), ["live", "effective"]);
  assert.deepEqual(rowsOf(client, "deposit-info").map(({ state }) => state), ["0", "2"]);
});

const wrong: readonly (readonly [path: string, channel: string, code: string])[] = [
  ["public", "orders", "60018"],
  ["private", "orders-algo", "64001"],
  ["public", "deposit-info", "64001"],
  ["business", "positions", "64002"],
];
for (const [path, channel, code] of wrong) {
  Deno.test(`${channel} at /${path} is refused with ${code}`, async () => {
    await using mock = await startMock(CALM);
    await using client = await loggedIn(mock, path);
    client.send(subscribe({ channel, instType: "ANY" }));
    const error = await waitFor("an error", () => client.frames().find(({ event }) => event === "error"));
    assert.equal(error.code, code);
  });
}

Deno.test("connections of a private channel are counted, several arguments of one connection once", async () => {
  await using mock = await startMock(CALM);
  await using first = await loggedIn(mock, "private");
  await using second = await loggedIn(mock, "private");
  first.send(subscribe({ channel: "orders", instType: "SPOT" }, { channel: "orders", instType: "SWAP" }));
  await waitFor("two counts", () => counts(first).length === 2);
  second.send(subscribe({ channel: "orders", instType: "SPOT" }));
  await waitFor("a count", () => counts(second).length === 1);
  assert.deepEqual([...counts(first), ...counts(second)].map(({ connCount }) => connCount), ["1", "1", "2"]);
});

Deno.test("above the limit a private channel is acknowledged, taken back and not fed", async () => {
  await using mock = await startMock({ ...CALM, faults: "trade=off,conn-count-error" });
  await using client = await loggedIn(mock, "private");
  client.send(subscribe({ channel: "orders", instType: "ANY" }, { channel: "fills" }));
  await waitFor("both", () => client.frames().filter(({ event }) => event === "subscribe").length === 2);
  trade(mock, "fill");
  await waitFor("a fill", () => rowsOf(client, "fills").length === 1);
  assert.deepEqual(client.pushes("orders"), []);
  const events = client.frames().flatMap(({ event }) => event ?? []);
  assert.deepEqual(events, ["login", "subscribe", "channel-conn-count-error", "subscribe"]);
});

Deno.test("private tables of the old API follow the same account", async () => {
  await using mock = await startMock(CALM);
  await using client = await open(`${mock.url}/ws/v3`);
  const timestamp = seconds();
  const reported = () =>
    client.bytes.map((bytes): { event?: string; table?: string; data?: Row[] } =>
      JSON.parse(inflateRawSync(bytes).toString())
    );
  client.send({ op: "login", args: ["demo-key", "demo-pass", timestamp, signLogin(timestamp)] });
  await waitFor("login", () => reported().some(({ event }) => event === "login"));
  const args = [
    "spot/account:USDT",
    "swap/position:BTC-USDT-SWAP",
    "spot/order:BTC-USDT",
    "spot/order:ETH-USDT",
    "spot/order:SOL-USDT",
  ];
  client.send({ op: "subscribe", args });
  await waitFor(
    "the acknowledgements",
    () => reported().filter(({ event }) => event === "subscribe").length === args.length,
  );
  const rows = (table: string) =>
    reported().filter((frame) => frame.table === table).flatMap(({ data = [] }) => data);
  assert.deepEqual(rows("spot/account").map(({ currency, balance }) => [currency, balance]), [[
    "USDT",
    "10000",
  ]]);
  assert.equal(rows("swap/position")[0]?.["instrument_id"], "BTC-USDT-SWAP");
  for (let count = 0; count < 20; count++) trade(mock, "place");
  const order = await waitFor("a spot order", () => rows("spot/order")[0]);
  assert.deepEqual(order, mock.lastSent("spot/order", String(order["order_id"])));
});

Deno.test("the moves of the trader are in the help, and an unknown one says which there are", async () => {
  await using mock = await startMock(CALM);
  assert.match(await (await fetch(mock.restUrl)).text(), /trade WHAT: .*zero-balance/);
  assert.throws(() => mock.command("trade fast"), /no such move: fast \(known: place, /);
  await assert.rejects(startMock({ faults: "trade=fast" }), SyntaxError);
});

/** Lets the trader act; gives what the answer names. */
function trade(mock: Mock, move: string): string {
  return mock.command(`trade ${move}`).slice(`trade ${move}: `.length);
}

function isLast({ lastPage }: Frame): boolean {
  return lastPage === true;
}

function isEvent({ eventType }: Frame): boolean {
  return eventType === "event_update";
}

function counts(client: Client): (Frame & { connCount?: string })[] {
  return client.frames().filter(({ event }) => event === "channel-conn-count");
}

function subscribe(...args: Record<string, string>[]): unknown {
  return { op: "subscribe", args };
}

function seconds(): string {
  return String(Math.floor(Date.now() / 1000));
}

async function loggedIn(mock: Mock, path: string): Promise<Client> {
  const client = await open(`${mock.url}/ws/v5/${path}`);
  await login(client);
  return client;
}

async function login(client: Client): Promise<void> {
  const timestamp = seconds();
  const args = [{ apiKey: "demo-key", passphrase: "demo-pass", timestamp, sign: signLogin(timestamp) }];
  client.send({ op: "login", args });
  await waitFor("login", () => client.frames().some(({ event }) => event === "login"));
}

function open(url: string): Promise<Client> {
  return connectWs<Frame>(url);
}

/** The rows of all pushes of a channel. */
function rowsOf(client: Client, channel: string): Row[] {
  return client.pushes(channel).flatMap(({ data = [] }) => data);
}
