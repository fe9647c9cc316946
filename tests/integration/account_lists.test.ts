/** What is open in the account is what the exchange has open, or the path does not say that it is live. */
import assert from "node:assert/strict";
import { type FakeOkx, startFakeOkx } from "../support/fake_okx.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { type Running, startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const LOGIN = { name: "test", apiKey: "key", secret: "secret", password: "pass" };
const P = "okex/test";

type Row = Readonly<Record<string, unknown>>;

function serve(okx: FakeOkx, channels: readonly string[], redisUrl?: string): Promise<Running> {
  return startService({
    endpoint: okx.url,
    servers: [LOGIN],
    channels,
    ...(redisUrl === undefined ? {} : { redisUrl }),
  });
}

/** Answers by the end of the path; no rows for the others. */
function lists(
  answers: Readonly<Record<string, (url: URL) => readonly unknown[] | Response>>,
): FakeOkx["rest"] {
  return (url) => {
    const name = Object.keys(answers).find((each) => url.pathname.endsWith(each));
    return name === undefined ? [] : answers[name]?.(url) ?? [];
  };
}

const order = (ordId: string, more: Row = {}): Row => {
  return { instType: "SPOT", instId: "X-Y", ordId, state: "live", sz: "5", uTime: "1000", ...more };
};
const isState = (run: Running, path: string, state: string) => async () =>
  (await run.sub(path))?.state === state;

async function open(run: Running, path: string): Promise<string[]> {
  return (await run.redis.smembers(`${P}/${path}/open`)).toSorted();
}

Deno.test("a path is syncing until its list is there, and says why", async () => {
  await using okx = startFakeOkx();
  let fault: Response | undefined = new Response("<html>", { headers: { "content-type": "text/html" } });
  okx.rest = lists({ "/orders-pending": () => fault?.clone() ?? [order("1")] });
  await using run = await serve(okx, ["orders:ANY"]);
  const trouble = await waitFor("trouble", async () => {
    const sub = await run.sub("orders:ANY");
    return sub?.state === "syncing" && sub.error !== null ? sub.error : undefined;
  });
  assert.match(trouble.message, /orders-pending/);
  fault = undefined;
  await waitFor("live", isState(run, "orders:ANY", "live"));
  assert.deepEqual([await open(run, "orders:ANY"), (await run.sub("orders:ANY"))?.error], [["1"], null]);
});

Deno.test("what ended during an outage has its last state where the exchange lists it, and an unknown one elsewhere", async () => {
  await using okx = startFakeOkx();
  let ended = false;
  okx.rest = lists({
    "/orders-pending": () => ended ? [] : [order("1"), order("2")],
    "/orders-algo-pending": (url) => {
      return ended || url.searchParams.get("ordType") !== "trigger"
        ? []
        : [{ ...order("", { algoId: "7", ordType: "trigger" }) }];
    },
    "/trade/order": (url) =>
      url.searchParams.get("ordId") === "1" ? [order("1", { state: "filled", uTime: "2000" })] : [],
    "/order-algo":
      () => [{ algoId: "7", instId: "X-Y", instType: "SPOT", state: "effective", uTime: "2000" }],
  });
  await using run = await serve(okx, ["orders:ANY", "orders-algo:ANY", "spot/order:X-Y"]);
  for (const path of ["orders:ANY", "orders-algo:ANY", "spot/order:X-Y"]) {
    await waitFor(`${path} live`, isState(run, path, "live"));
  }
  assert.deepEqual([await open(run, "orders:ANY"), await open(run, "orders-algo:ANY")], [["1", "2"], ["7"]]);
  ended = true;
  for (const endpoint of ["private", "business"]) okx.current(endpoint)?.drop();
  const state = (key: string, name = "state") => run.redis.hget(`${P}/${key}`, name);
  await waitFor("the ends", async () => {
    return await state("orders:1") === "filled" && await state("orders:2") === "unknown" &&
      await state("orders-algo:7") === "effective" && await state("spot/order/1", "status") === "filled" &&
      await state("spot/order/2", "status") === "unknown";
  });
  await waitFor("live again", isState(run, "orders:ANY", "live"));
  assert.deepEqual([await open(run, "orders:ANY"), await open(run, "orders-algo:ANY")], [[], []]);
  assert.deepEqual(await run.redis.zrange(`${P}/orders`, "0", "-1"), ["1", "2"]);
  assert.equal(await state("spot/order/2", "size"), "5");
  const gaps = await waitFor("the record", async () => {
    const records = await run.redis.xrange(`${P}/gaps`, "-", "+");
    return records.some(([, fields]) => fields.includes("orders:ANY")) ? records : undefined;
  });
  assert.ok(gaps.some(([, fields]) => fields.includes("not")));
});

redisTest("a service that starts asks for what was open before it", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  let ended = false;
  okx.rest = lists({
    "/orders-pending": () => ended ? [] : [order("1"), order("2")],
    "/trade/order": (url) =>
      url.searchParams.get("ordId") === "1" ? [order("1", { state: "canceled", uTime: "2000" })] : [],
  });
  const paths = ["orders:ANY", "spot/order:X-Y"];
  {
    await using run = await serve(okx, paths, server.url);
    for (const path of paths) await waitFor(`${path} live`, isState(run, path, "live"));
  }
  ended = true;
  await using run = await serve(okx, paths, server.url);
  for (const path of paths) await waitFor(`${path} live again`, isState(run, path, "live"));
  const rows = await Promise.all(["orders:1", "orders:2", "spot/order/1", "spot/order/2"].map((key) => {
    return run.redis.hmget(
      `${P}/${key}`,
      key.startsWith("spot") ? "status" : "state",
      key.startsWith("spot") ? "size" : "sz",
    );
  }));
  assert.deepEqual(rows, [["canceled", "5"], ["unknown", "5"], ["cancelled", "5"], ["unknown", "5"]]);
  assert.deepEqual(await open(run, "orders:ANY"), []);
});

Deno.test("a balance_and_position snapshot in parts replaces what was there before, after a reconnect", async () => {
  await using okx = startFakeOkx();
  const arg = { channel: "balance_and_position" };
  const part = (
    eventType: string,
    balData: Row[],
    posData: Row[] = [],
  ) => [{ pTime: "5", eventType, balData, posData }];
  const balance = (ccy: string) => ({ ccy, cashBal: "1", uTime: "5" });
  await using run = await serve(okx, ["balance_and_position"]);
  const connection = await waitFor("asked", () => {
    const current = okx.current("private");
    return current !== undefined && current.asked("subscribe").length > 0 ? current : undefined;
  });
  connection.push(arg, part("snapshot", [balance("BTC"), balance("ETH")]));
  connection.push(arg, part("snapshot", [balance("USDT")], [{ posId: "9", pos: "1", uTime: "5" }]));
  await waitFor("live", isState(run, "balance_and_position", "live"));
  assert.deepEqual(await open(run, "balance_and_position"), ["9", "BTC", "ETH", "USDT"]);
  connection.drop();
  const next = await waitFor("asked again", () => {
    const current = okx.current("private");
    return current !== connection && (current?.asked("subscribe").length ?? 0) > 0 ? current : undefined;
  });
  next.push(arg, part("snapshot", [balance("USDT")]));
  await waitFor("live again", isState(run, "balance_and_position", "live"));
  assert.deepEqual(await open(run, "balance_and_position"), ["USDT"]);
  assert.equal(await run.redis.exists(`${P}/balance_and_position:BTC`), 0);
});

Deno.test("positions that nobody pushes are asked for", async () => {
  await using okx = startFakeOkx();
  okx.rest = lists({
    "/account/positions": () => [{ posId: "1", instType: "SWAP", instId: "X", pos: "2", uTime: "5" }],
  });
  await using run = await serve(okx, ["positions:ANY"]);
  await waitFor("live", isState(run, "positions:ANY", "live"));
  assert.deepEqual(await open(run, "positions:ANY"), ["1"]);
});

Deno.test("a pushed snapshot with a missing page takes nothing away, and its path is syncing until a whole one comes", async () => {
  await using okx = startFakeOkx();
  await using run = await serve(okx, ["positions:ANY"]);
  const connection = await waitFor("asked", () => {
    const current = okx.current("private");
    return current !== undefined && current.asked("subscribe").length > 0 ? current : undefined;
  });
  const page = (curPage: number, lastPage: boolean, ...ids: string[]) => {
    const rows = ids.map((posId) => ({ posId, instType: "SWAP", instId: "X", pos: "2", uTime: "5" }));
    const more = { eventType: "snapshot", curPage, lastPage };
    connection.push({ channel: "positions", instType: "ANY" }, rows, more);
  };
  page(1, true, "1", "2", "3");
  await waitFor("live", isState(run, "positions:ANY", "live"));
  page(1, false, "1");
  page(3, true, "3");
  await waitFor("syncing", isState(run, "positions:ANY", "syncing"));
  assert.deepEqual(await open(run, "positions:ANY"), ["1", "2", "3"]);
  page(1, false, "1");
  page(2, true, "3");
  await waitFor("live again", isState(run, "positions:ANY", "live"));
  await waitFor("what is open", async () => (await open(run, "positions:ANY")).join() === "1,3");
});

Deno.test("a second path of what is listed already is live with a list of its own", async () => {
  await using okx = startFakeOkx();
  okx.rest = lists({ "/public/instruments": () => [{ instType: "SPOT", instId: "X-Y", tickSz: "1" }] });
  await using run = await serve(okx, ["instruments:SPOT"]);
  await waitFor("live", isState(run, "instruments:SPOT", "live"));
  await run.client.subscribe("test", "spot/instruments");
  await waitFor("the other live", isState(run, "spot/instruments", "live"));
  assert.deepEqual(await run.redis.smembers(`${P}/spot/instruments`), ["X-Y"]);
});

Deno.test("an instrument that expires shows on its paths, and one that is listed is asked for at once", async () => {
  await using okx = startFakeOkx();
  okx.rest = lists({ "/public/instruments": () => [{ instType: "SPOT", instId: "X-Y", state: "live" }] });
  await using run = await serve(okx, ["instruments:SPOT", "tickers:X-Y"]);
  for (const path of ["instruments:SPOT", "tickers:X-Y"]) {
    await waitFor(`${path} live`, isState(run, path, "live"));
  }
  const arg = { channel: "instruments", instType: "SPOT" };
  okx.current()?.push(arg, [{ instType: "SPOT", instId: "X-Y", state: "expired" }]);
  const expired = await waitFor("the end", async () => {
    const sub = await run.sub("tickers:X-Y");
    return sub?.state === "refused" ? sub : undefined;
  });
  assert.equal(expired.error?.code, "expired");
  assert.equal(await run.redis.sismember(`${P}/instruments:SPOT`, "X-Y"), 0);
  okx.current()?.push(arg, [{ instType: "SPOT", instId: "X-Y", state: "preopen" }]);
  await waitFor("live again", isState(run, "tickers:X-Y", "live"));
});
