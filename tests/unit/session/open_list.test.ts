/** What is open, asked for by REST; the exchange is a real server of the test. */
import assert from "node:assert/strict";
import type { Row } from "../../../src/okx/frame.ts";
import { createSigner } from "../../../src/okx/sign.ts";
import { parseTopic, type Topic } from "../../../src/okx/topic.ts";
import { OpenList, openLists } from "../../../src/session/open_list.ts";

function topicOf(input: unknown): Topic {
  const parsed = parseTopic(input);
  if (parsed.kind === "fault") throw new SyntaxError(parsed.message);
  return parsed;
}

const ORDERS = topicOf("orders:ANY");
const SIGNER = createSigner({ apiKey: "key", secret: "secret", passphrase: "phrase" });
const sign = Object.assign((path: string) => SIGNER.headers(path, 1_700_000_000_000), { mask: SIGNER.mask });

function order(id: number, more: Row = {}): Row {
  return { ordId: String(id), instType: "SPOT", instId: "X", state: "live", uTime: "5000", ...more };
}

type Answer = (url: URL, headers: Headers, call: number) => Row[] | Response;

async function fetchFrom(answer: Answer, topic: Topic, since = Infinity, meanwhile = (_: OpenList) => {}) {
  let calls = 0;
  const list = new OpenList(topic);
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const found = answer(new URL(request.url), request.headers, calls++);
    if (calls === 1) meanwhile(list);
    return found instanceof Response ? found : Response.json({ code: "0", msg: "", data: found });
  });
  const { signal } = new AbortController();
  const rest = { url: `http://127.0.0.1:${server.addr.port}`, headers: {} };
  const options = { rest, sign, signal, turn: () => Promise.resolve() };
  const frames = await list.load(openLists(topic) ?? [], since, options);
  await server.shutdown();
  return { frames, calls };
}

const idsOf = (rows: readonly unknown[] = []) => rows.map((row) => (row as Row).ordId);

Deno.test("openLists() knows the lists of the channels that begin in silence", () => {
  assert.deepEqual(openLists(ORDERS), [{ path: "/trade/orders-pending", query: {} }]);
  const swaps = topicOf({ channel: "orders", instType: "SWAP", instId: "X-SWAP" });
  assert.deepEqual(openLists(swaps)?.[0]?.query, { instType: "SWAP", instId: "X-SWAP" });
  assert.equal(openLists(topicOf("orders-algo:ANY"))?.length, 3);
  assert.equal(openLists(topicOf("sprd-orders"))?.[0]?.path, "/sprd/orders-pending");
  for (const path of ["positions:ANY", "account", "tickers:X"]) {
    assert.equal(openLists(topicOf(path)), undefined);
  }
});

Deno.test("the list is fetched page by page, signed, and told as a whole", async () => {
  const all = Array.from({ length: 230 }, (_, i) => order(1000 - i));
  const { frames, calls } = await fetchFrom((url, headers) => {
    for (const name of ["KEY", "SIGN", "TIMESTAMP", "PASSPHRASE"]) {
      assert.ok(headers.get(`OK-ACCESS-${name}`), name);
    }
    assert.ok(!url.href.includes("secret"));
    const after = Number(url.searchParams.get("after") ?? Infinity);
    return all.filter(({ ordId }) => Number(ordId) < after).slice(0, 100);
  }, ORDERS);
  assert.equal(calls, 3);
  assert.equal(frames?.length, 1);
  assert.deepEqual([frames?.[0]?.action, frames?.[0]?.page], ["snapshot", { number: 1, last: true }]);
  assert.equal(frames?.[0]?.rows.length, 230);
});

Deno.test("what is pushed while the list is on its way is newer than the list", async () => {
  const { frames } = await fetchFrom(() => [order(1), order(2)], ORDERS, Infinity, (list) => {
    list.onRows([order(2, { state: "filled" }), order(3)]);
  });
  assert.deepEqual(idsOf(frames?.[0]?.rows), ["1", "3"]);
});

Deno.test("orders that ended during an outage are told with their last state, before the list", async () => {
  const { frames } = await fetchFrom(
    (url) => {
      if (url.pathname.endsWith("/orders-pending")) return [order(9)];
      const old = order(7, { state: "filled", uTime: "1999" });
      return url.searchParams.get("instType") === "SPOT"
        ? [order(8, { state: "filled", uTime: "2500" }), old]
        : [];
    },
    ORDERS,
    2000,
  );
  assert.deepEqual(frames?.map(({ action, rows }) => [action, idsOf(rows)]), [["fill", ["8"]], ["snapshot", [
    "9",
  ]]]);
});

Deno.test("trouble that passes is waited out, and a login that may not is not asked again", async () => {
  const busy = () => Response.json({ code: "50011", msg: "Too Many Requests", data: [] }, { status: 429 });
  const again = await fetchFrom((_url, _headers, call) => call === 0 ? busy() : [order(1)], ORDERS);
  assert.deepEqual([again.calls, idsOf(again.frames?.[0]?.rows)], [2, ["1"]]);
  const denied = () => Response.json({ code: "50120", msg: "no permission", data: [] }, { status: 401 });
  const refused = await fetchFrom(denied, ORDERS);
  assert.deepEqual([refused.calls, refused.frames], [1, undefined]);
});

Deno.test("a legacy path asks for the same list, by the channel's own names", async () => {
  const legacy = topicOf("spot/order:X");
  const { frames } = await fetchFrom(() => [order(1), order(2)], legacy, Infinity, (list) => {
    list.onRows([order(2, { state: "canceled" })]);
  });
  assert.deepEqual(idsOf(frames?.[0]?.rows), ["1"]);
});
