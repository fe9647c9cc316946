/** What is open, asked for by REST; the exchange is a real server of the test. */
import assert from "node:assert/strict";
import { accountLists } from "../../../../src/okx/account_lists.ts";
import type { DataFrame, Row } from "../../../../src/okx/frame.ts";
import { createSigner } from "../../../../src/okx/sign.ts";
import type { Topic } from "../../../../src/okx/topic.ts";
import type { ListTiming } from "../../../../src/session/recovery/missing_from_lists.ts";
import { OpenList } from "../../../../src/session/recovery/open_lists.ts";
import { withTimeout } from "../../../support/wait.ts";
import { topicOf } from "../../../support/topics.ts";

const ORDERS = topicOf("orders:ANY");
const SIGNER = createSigner({ apiKey: "key", secret: "secret", passphrase: "phrase" });
const sign = Object.assign((path: string) => SIGNER.headers(path, 1_700_000_000_000), { mask: SIGNER.mask });

function order(id: number, more: Row = {}): Row {
  return { ordId: String(id), instType: "SPOT", instId: "X", state: "live", uTime: "500000", ...more };
}

type Answer = (url: URL, headers: Headers, call: number) => Row[] | Response | Promise<Response>;

type Asking = {
  readonly since?: number;
  readonly known?: readonly Row[];
  readonly meanwhile?: (list: OpenList) => void;
  /** Ends the load as soon as everything is delivered. */
  readonly untilWhole?: boolean;
  readonly timing?: ListTiming;
};

async function fetchFrom(answer: Answer, topic: Topic, asking: Asking = {}) {
  const { since = Infinity, known = [], meanwhile = () => {}, untilWhole = false } = asking;
  const urls: URL[] = [];
  const frames: DataFrame[] = [];
  const troubles: string[] = [];
  const stats = { unreadable: 0 };
  const controller = new AbortController();
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const url = new URL(request.url);
    urls.push(url);
    const found = await answer(url, request.headers, urls.length - 1);
    if (urls.length === 1) meanwhile(list);
    return found instanceof Response ? found : Response.json({ code: "0", msg: "", data: found });
  });
  const whole: number[] = [];
  const list = new OpenList(topic, accountLists(topic) ?? assert.fail(), {
    rest: { url: `http://127.0.0.1:${server.addr.port}`, headers: {} },
    sign,
    signal: controller.signal,
    turn: () => Promise.resolve(),
    stats,
    timing: asking.timing ?? { agreeMs: 0, pauseMs: 1, checksMs: [] },
    known: () =>
      new Map(
        known.map((row) => [String(row.ordId ?? row.posId ?? row.algoId ?? row.rfqId ?? row.depId), row]),
      ),
    since,
    deliver: (frame) => frames.push(frame),
    onWhole: () => {
      whole.push(frames.length);
      if (untilWhole) controller.abort();
    },
    onTrouble: ({ code }) => troubles.push(code),
  });
  await withTimeout("the list", list.load());
  return { frames, urls, troubles, whole, stats };
}

const idsOf = (rows: readonly unknown[] = []) => rows.map((row) => (row as Row).ordId);
const reportedOf = (frames: readonly DataFrame[]) =>
  frames.map(({ action, rows }) => [action, ...idsOf(rows)].join(" "));
const endsWith = (url: URL, name: string) => url.pathname.endsWith(name);

/** The pages of a list, by the member that pages it. */
function page(rows: readonly Row[], url: URL, parameter = "after", size = 100): Row[] {
  const older = Number(url.searchParams.get(parameter) ?? Infinity);
  return rows.filter(({ ordId }) => Number(ordId) < older).slice(0, size);
}

Deno.test("the list is fetched until a page brings nothing new, signed, and delivered as a whole", async () => {
  const all = Array.from({ length: 230 }, (_, i) => order(1000 - i));
  // The exchange gives fewer rows than it was asked for without saying so.
  const { frames, urls, whole } = await fetchFrom((url, headers) => {
    for (const name of ["KEY", "SIGN", "TIMESTAMP", "PASSPHRASE"]) {
      assert.ok(headers.get(`OK-ACCESS-${name}`), name);
    }
    assert.ok(!url.href.includes("secret"));
    return page(all, url, "after", 60);
  }, ORDERS);
  assert.equal(urls.length, 5);
  assert.deepEqual(frames.map(({ action, page: pages }) => [action, pages]), [["snapshot", {
    number: 1,
    last: true,
  }]]);
  assert.deepEqual([frames[0]?.rows.length, whole], [230, [1]]);
});

Deno.test("spread orders page by endId, deposits by their time, in which several share a page's end", async () => {
  const spread = await fetchFrom(
    (url) => page([order(3), order(2), order(1)], url, "endId", 2),
    topicOf("sprd-orders"),
  );
  assert.deepEqual(idsOf(spread.frames[0]?.rows), ["3", "2", "1"]);
  const now = Date.now();
  const deposits = [5, 5, 4].map((ts, i) => ({
    depId: String(i),
    ccy: "BTC",
    state: "0",
    ts: String(now + ts),
  }));
  const { frames } = await fetchFrom((url) => {
    const older = Number(url.searchParams.get("after") ?? Infinity);
    return deposits.filter(({ ts }) => Number(ts) < older).slice(0, 2);
  }, topicOf("deposit-info"));
  assert.deepEqual(frames[0]?.rows.map((row) => (row as Row).depId), ["0", "1", "2"]);
});

Deno.test("what is pushed while the list is on its way is newer than the list", async () => {
  const { frames } = await fetchFrom(() => [order(1), order(2), order(4)], ORDERS, {
    meanwhile: (list) => {
      list.onRows([order(2, { state: "filled", uTime: "600000" }), order(3), order(4, { uTime: "400000" })]);
    },
  });
  assert.deepEqual(idsOf(frames[0]?.rows), ["1", "4", "3"]);
  assert.equal((frames[0]?.rows[1] as Row).uTime, "500000");
});

Deno.test("orders that ended during an outage are reported with their last state, before the list", async () => {
  const { frames, urls } = await fetchFrom(
    (url) => {
      if (endsWith(url, "/orders-pending")) return [order(9)];
      const old = order(7, { state: "filled", uTime: "1999" });
      const type = url.searchParams.get("instType");
      if (type === "SPOT") return [order(8, { state: "filled", uTime: "250000" }), old];
      return type === "EVENTS" ? [order(6, { instType: "EVENTS", state: "canceled", uTime: "240000" })] : [];
    },
    ORDERS,
    { since: 200_000 },
  );
  assert.deepEqual(reportedOf(frames), ["backfill 6 8", "snapshot 9"]);
  const types = urls.filter((url) => endsWith(url, "/orders-history")).map((url) =>
    url.searchParams.get("instType")
  );
  assert.deepEqual([...new Set(types)].sort(), ["EVENTS", "FUTURES", "MARGIN", "OPTION", "SPOT", "SWAP"]);
});

Deno.test("an order that ended without a time of change counts by when it was created", async () => {
  for (const uTime of [undefined, ""]) {
    const ended = (id: number, cTime: number) => {
      return {
        algoId: String(id),
        instType: "SPOT",
        instId: "X",
        state: "canceled",
        uTime,
        cTime: String(cTime),
      };
    };
    const { frames } = await fetchFrom(
      (url) =>
        endsWith(url, "/orders-algo-history") && url.searchParams.get("ordType") === "trigger" &&
          url.searchParams.get("state") === "canceled"
          ? [ended(9, 250_000), ended(8, 240_000), ended(7, 1999)]
          : [],
      topicOf("orders-algo:ANY"),
      { since: 200_000 },
    );
    const algoIds = frames.map(({ action, rows }) =>
      [action, ...rows.map((row) => (row as Row).algoId)].join(" ")
    );
    assert.deepEqual(algoIds, ["backfill 8 9", "snapshot"]);
  }
});

Deno.test("what is in no list is asked for by its id, and is unknown where nobody knows it", async () => {
  const { frames, urls } = await fetchFrom(
    (url) => {
      const id = url.searchParams.get("ordId");
      if (endsWith(url, "/trade/order")) {
        return id === "1" ? [order(1, { state: "filled" })] : id === "2" ? [order(2)] : [];
      }
      return endsWith(url, "/orders-pending") ? [order(9)] : [];
    },
    ORDERS,
    { known: [order(1), order(2), order(3), order(9)] },
  );
  assert.deepEqual(reportedOf(frames), ["backfill 1 3", "snapshot 9 2"]);
  assert.deepEqual(frames[0]?.rows.map((row) => (row as Row).state), ["filled", "unknown"]);
  const asked = urls.filter((url) => endsWith(url, "/trade/order")).map((url) => url.searchParams.toString());
  assert.ok(asked.includes("ordId=1&instId=X"), asked.join(" "));
});

Deno.test("what nobody knows the end of is over when lists some time apart lack it", async () => {
  const timing = { agreeMs: 30, pauseMs: 20, checksMs: [] };
  const orders = await fetchFrom(
    (url) => endsWith(url, "/orders-pending") ? [order(9)] : [],
    ORDERS,
    { timing, known: [order(1), order(9)] },
  );
  assert.deepEqual([reportedOf(orders.frames), orders.troubles[0]], [
    ["backfill 1", "snapshot 9"],
    "missing",
  ]);
  const position = { posId: "1", instId: "X", pos: "2", uTime: "5" };
  const positions = await fetchFrom(() => [], topicOf("positions:ANY"), { timing, known: [position] });
  assert.deepEqual([reportedOf(positions.frames), positions.troubles[0]], [["snapshot"], "missing"]);
});

Deno.test("a row that is in a later list is open, and nothing is said of its end", async () => {
  const { frames, troubles } = await fetchFrom(
    (url, _headers, call) => endsWith(url, "/orders-pending") && call > 1 ? [order(1)] : [],
    ORDERS,
    { timing: { agreeMs: 3_600_000, pauseMs: 1, checksMs: [] }, known: [order(1)] },
  );
  assert.deepEqual([reportedOf(frames), [...new Set(troubles)]], [["snapshot 1"], ["missing"]]);
});

Deno.test("any failure is tried again, whatever the exchange says, and said", async (t) => {
  const html = () => new Response("<html>just a moment</html>", { headers: { "content-type": "text/html" } });
  const table: [string, string, () => Response][] = [
    [
      "too many requests",
      "50011",
      () => Response.json({ code: "50011", msg: "", data: [] }, { status: 429 }),
    ],
    ["no permission", "50120", () => Response.json({ code: "50120", msg: "no", data: [] }, { status: 401 })],
    ["a page for people", "200", html],
    ["nothing", "502", () => new Response("", { status: 502 })],
  ];
  for (const [name, code, fault] of table) {
    await t.step(name, async () => {
      const { frames, troubles } = await fetchFrom(
        (_url, _headers, call) => call < 1 ? fault() : [order(1)],
        ORDERS,
      );
      assert.deepEqual([reportedOf(frames), troubles], [["snapshot 1"], [code]]);
    });
  }
});

Deno.test("a list that fails holds up the whole, and not the rows of the others", async () => {
  const algo = (algoId: string, ordType: string) => ({
    algoId,
    instType: "SWAP",
    ordType,
    state: "live",
    uTime: "5",
  });
  let failures = 0;
  const { frames, whole } = await fetchFrom((url) => {
    const type = url.searchParams.get("ordType");
    if (type === "chase" && failures++ < 1) return Response.json({ code: "51000", msg: "ordType", data: [] });
    return type === "trigger" ? [algo("1", "trigger")] : type === "chase" ? [algo("2", "chase")] : [];
  }, topicOf("orders-algo:ANY"));
  assert.deepEqual(
    frames.map(({ action, rows }) => [action, ...rows.map((row) => (row as Row).algoId)].join(" ")),
    [
      "backfill 1",
      "snapshot 1 2",
    ],
  );
  assert.deepEqual(whole, [2]);
});

Deno.test("a list of what has ended that fails discards nothing of what is open", async () => {
  const { frames, whole, troubles } = await fetchFrom(
    (url) => {
      if (endsWith(url, "/orders-pending")) return [order(9)];
      if (endsWith(url, "/trade/order")) {
        return Response.json({ code: "51603", msg: "Order does not exist", data: [] });
      }
      const refused = url.searchParams.get("instType") === "MARGIN";
      return refused
        ? Response.json({ code: "51015", msg: "mismatch", data: [] })
        : [order(8, { state: "filled" })];
    },
    topicOf({ channel: "orders", instType: "ANY", instId: "X-Y" }),
    { since: 0, known: [order(7, { instId: "X-Y" })], untilWhole: true },
  );
  assert.deepEqual([reportedOf(frames), whole, troubles], [["backfill 7", "snapshot"], [2], []]);
});

Deno.test("a row of another instrument is left out of a list that overlooked what it was asked", async () => {
  const { frames } = await fetchFrom(
    () => [order(1, { instId: "X" }), order(2, { instId: "Y" })],
    topicOf("spot/order:X"),
  );
  assert.deepEqual(idsOf(frames[0]?.rows), ["1"]);
});

Deno.test("the kind of a bot is tried where only its id is known", async () => {
  const { frames, troubles } = await fetchFrom((url) => {
    const grid = url.searchParams.get("algoOrdType") === "grid";
    return grid
      ? Response.json({ code: "51291", msg: "no such bot", data: [] })
      : [order(1, { algoId: "7" })];
  }, topicOf("grid-sub-orders:7"));
  assert.deepEqual([reportedOf(frames), troubles], [["snapshot 1"], []]);
});

Deno.test("an account that pushes no snapshot is reported from its lists, in the shape of its channel", async () => {
  const answer = (url: URL): Row[] =>
    endsWith(url, "/balance")
      ? [{
        uTime: "7",
        totalEq: "3",
        details: [{ ccy: "BTC", cashBal: "1", eq: "1", uTime: "6" }, { ccy: "ETH" }],
      }]
      : [{ posId: "1", instId: "X", pos: "2", uTime: "8", upl: "9" }];
  const account = await fetchFrom(answer, topicOf("account:BTC"));
  const [row] = account.frames[0]?.rows as Row[];
  assert.deepEqual([row?.totalEq, (row?.details as Row[]).map(({ ccy }) => ccy)], ["3", ["BTC"]]);
  const both = await fetchFrom(answer, topicOf("balance_and_position"));
  const [whole] = both.frames[0]?.rows as Row[];
  assert.deepEqual((whole?.balData as Row[])[0], { ccy: "BTC", cashBal: "1", uTime: "6" });
  assert.deepEqual([(whole?.posData as Row[])[0]?.posId, "upl" in ((whole?.posData as Row[])[0] ?? {})], [
    "1",
    false,
  ]);
});
