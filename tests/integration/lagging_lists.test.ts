/** A list that is older than what was pushed before it takes nothing away, and is asked for again. */
import assert from "node:assert/strict";
import { startFakeOkx } from "../support/fake_okx.ts";
import { type Running, startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const LOGIN = { name: "test", apiKey: "key", secret: "secret", password: "pass" };
const P = "okex/test";
/** No list agrees with another during a test. */
const NEVER = 3_600_000;

const isState = (run: Running, path: string, state: string) => async () =>
  (await run.sub(path))?.state === state;
const members = async (run: Running, key: string) => (await run.redis.smembers(`${P}/${key}`)).toSorted();
const order = (ordId: string, state = "live", uTime = "1000") => {
  return { instType: "SPOT", instId: "X-Y", ordId, state, sz: "5", uTime };
};

Deno.test("what was pushed before a drop stays open and listed while the lists lack it, and its path is syncing", async () => {
  await using okx = startFakeOkx();
  let isBehind = true;
  okx.rest = (url) => {
    if (url.pathname.endsWith("/orders-pending")) return [order("1"), ...isBehind ? [] : [order("3")]];
    if (!url.pathname.endsWith("/public/instruments")) return [];
    return ["A-B", ...isBehind ? [] : ["N-B"]].map((instId) => ({ instType: "SPOT", instId, state: "live" }));
  };
  const paths = ["orders:ANY", "instruments:SPOT"];
  await using run = await startService({
    endpoint: okx.url,
    servers: [LOGIN],
    channels: paths,
    timing: { lists: { agreeMs: NEVER, pauseMs: 100, checksMs: [] } },
  });
  for (const path of paths) await waitFor(`${path} live`, isState(run, path, "live"));
  okx.current("private")?.push({ channel: "orders", instType: "ANY" }, [order("3")]);
  okx.current("public")?.push({ channel: "instruments", instType: "SPOT" }, [
    { instType: "SPOT", instId: "N-B", state: "live" },
  ]);
  const isThere = async () =>
    (await members(run, "orders:ANY/open")).includes("3") &&
    (await members(run, "instruments:SPOT")).includes("N-B");
  await waitFor("the pushes", isThere);
  for (const endpoint of ["private", "public"]) okx.current(endpoint)?.drop();
  for (const path of paths) {
    const error = await waitFor(`${path} syncing`, async () => {
      const sub = await run.sub(path);
      return sub?.state === "syncing" && sub.error !== null ? sub.error : undefined;
    });
    assert.equal(error.code, "missing");
  }
  assert.ok(await isThere());
  assert.equal(await run.redis.hget(`${P}/orders:3`, "state"), "live");
  isBehind = false;
  for (const path of paths) await waitFor(`${path} live again`, isState(run, path, "live"));
  assert.ok(await isThere());
  assert.equal(await run.redis.hget(`${P}/orders:3`, "state"), "live");
});

Deno.test("a path that is live is syncing while a later list lacks what an earlier one had", async () => {
  await using okx = startFakeOkx();
  let open = [order("1"), order("5")];
  okx.rest = (url) => url.pathname.endsWith("/orders-pending") ? open : [];
  await using run = await startService({
    endpoint: okx.url,
    servers: [LOGIN],
    channels: ["orders:ANY"],
    timing: {
      lists: { agreeMs: NEVER, pauseMs: 50, checksMs: Array.from({ length: 300 }, (_, i) => 100 * i) },
    },
  });
  await waitFor("live", isState(run, "orders:ANY", "live"));
  open = [order("1")];
  await waitFor("doubt", async () => (await run.sub("orders:ANY"))?.error?.code === "missing");
  assert.equal((await run.sub("orders:ANY"))?.state, "syncing");
  assert.deepEqual(await members(run, "orders:ANY/open"), ["1", "5"]);
  open = [order("1"), order("5")];
  await waitFor("live again", isState(run, "orders:ANY", "live"));
});

Deno.test("the lists are looked at again after a path is live: what they add and take away is applied", async () => {
  await using okx = startFakeOkx();
  let isBehind = true;
  okx.rest = (url) => {
    if (url.pathname.endsWith("/orders-pending")) {
      return [order("1"), ...isBehind ? [order("2"), order("4")] : [order("3")]];
    }
    const isEnd = url.pathname.endsWith("/trade/order") && url.searchParams.get("ordId") === "2";
    return isEnd && !isBehind ? [order("2", "filled", "2000")] : [];
  };
  await using run = await startService({
    endpoint: okx.url,
    servers: [LOGIN],
    channels: ["orders:ANY"],
    timing: {
      lists: { agreeMs: 0, pauseMs: 50, checksMs: Array.from({ length: 300 }, (_, i) => 100 * i) },
    },
  });
  await waitFor("live", isState(run, "orders:ANY", "live"));
  await waitFor("the list", async () => (await members(run, "orders:ANY/open")).join() === "1,2,4");
  isBehind = false;
  await waitFor("the new list", async () => (await members(run, "orders:ANY/open")).join() === "1,3");
  assert.equal(await run.redis.hget(`${P}/orders:2`, "state"), "filled");
  // Nobody knows the end of this one.
  assert.equal(await run.redis.hget(`${P}/orders:4`, "state"), "unknown");
  assert.equal((await run.sub("orders:ANY"))?.state, "live");
});
