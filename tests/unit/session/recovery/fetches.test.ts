/** Lists that a connection asks for, beside what is pushed; the exchange is a real server of the test. */
import assert from "node:assert/strict";
import { createPacer } from "../../../../src/shared/async/pacer.ts";
import type { Row } from "../../../../src/okx/frame.ts";
import type { Topic } from "../../../../src/okx/topic.ts";
import { Fetches } from "../../../../src/session/recovery/fetches.ts";
import type { ListTiming } from "../../../../src/session/recovery/missing_from_lists.ts";
import { OpenRows } from "../../../../src/session/recovery/open_rows.ts";
import { waitFor } from "../../../support/wait.ts";
import { topicOf } from "../../../support/topics.ts";

/** So many looks that one follows whatever happens. */
const checksMs = Array.from({ length: 6000 }, (_, i) => 10 * i);
/** No list agrees with another. */
const NEVER: ListTiming = { agreeMs: 3_600_000, pauseMs: 10, checksMs: checksMs };
const SOON: ListTiming = { ...NEVER, agreeMs: 30 };
/** Every list is believed. */
const AT_ONCE: ListTiming = { ...NEVER, agreeMs: 0 };

/** What is reported of a path whose lists `answer` gives, each thing once in a row. */
function start(
  paths: string | string[],
  timing: ListTiming,
  answer: (name: string, query: URLSearchParams) => readonly Row[],
) {
  const topics = [paths].flat().map(topicOf);
  const [topic] = topics as [Topic];
  const openRows = new OpenRows();
  const reported: string[] = [];
  let calls = 0;
  const report = (what: string) => what === reported.at(-1) || reported.push(what);
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    calls += 1;
    const { pathname, searchParams } = new URL(request.url);
    const data = answer(pathname.split("/").at(-1) ?? "", searchParams);
    return Response.json({ code: "0", msg: "", data });
  });
  const fetches = new Fetches({
    rest: { url: `http://127.0.0.1:${server.addr.port}`, headers: {} },
    pacer: createPacer(1_000_000, 1),
    sign: Object.assign(() => ({}), { mask: (text: string) => text }),
    ...{ timing, openRows, stats: { unreadable: 0 }, missingSince: () => Infinity },
    onWhole: () => report("whole"),
    onTrouble: (_, { code }) => report(code),
    onList: (_, { action, rows }) =>
      report(
        [
          action,
          ...(rows as Row[]).map((row) => `${row.ordId ?? row.instId}${row.state === "live" ? "" : "?"}`),
        ].join(" "),
      ),
    onBookSnapshot: () => {},
    onFault: (error) => {
      throw error;
    },
  });
  const push = (row: Row) => {
    fetches.onPushed(
      topic,
      { kind: "data", arg: topic.arg, rows: [row], action: undefined, text: "" },
      performance.now(),
    );
  };
  fetches.onConfirmed(topics);
  const lists = (n: number) => waitFor(`${n} more lists`, ((end) => () => calls >= end)(calls + n));
  const until = (what: string) => waitFor(what, () => reported.includes(what));
  return {
    ...{ reported, push, lists, until },
    listed: () => [...openRows.of(topic.upstream).keys()].toSorted(),
    async [Symbol.asyncDispose]() {
      await fetches[Symbol.asyncDispose]();
      await server.shutdown();
    },
  };
}

const order = (ordId: string, uTime = "5"): Row => ({
  ordId,
  instType: "SPOT",
  instId: "X",
  state: "live",
  uTime,
});
const instrument = (instId: string, state = "live"): Row => ({ instType: "SPOT", instId, state });

Deno.test("an order of an earlier list that a later one lacks is in doubt, and is reported when it is believed to be over", async () => {
  let open = [order("1"), order("5")];
  await using orders = start("orders:ANY", SOON, (name) => name === "orders-pending" ? open : []);
  await orders.until("whole");
  open = [order("1")];
  await orders.until("backfill 5?");
  assert.deepEqual(orders.reported.slice(0, 5), ["snapshot 1 5", "whole", "missing", "backfill 5?", "whole"]);
});

Deno.test("an order that was pushed shortly before a list that lacks it is not in doubt", async () => {
  let open = [order("1")];
  await using orders = start("orders:ANY", NEVER, (name) => name === "orders-pending" ? open : []);
  await orders.until("whole");
  orders.push(order("5"));
  await orders.lists(10);
  assert.deepEqual([orders.reported, orders.listed()], [["snapshot 1", "whole"], ["1", "5"]]);
  open = [];
  await orders.until("missing");
  assert.deepEqual(orders.listed(), ["1", "5"]);
});

Deno.test("an instrument that a later list lacks is in doubt, and one that was pushed shortly before it is not", async () => {
  let listed = [instrument("A"), instrument("B")];
  await using instruments = start("instruments:SPOT", NEVER, () => listed);
  await instruments.until("whole");
  instruments.push(instrument("N"));
  await instruments.lists(5);
  assert.ok(!instruments.reported.includes("missing"), instruments.reported.join());
  listed = [instrument("A")];
  await instruments.until("missing");
  assert.deepEqual(instruments.listed(), ["A", "B", "N"]);
});

Deno.test("an instrument that was pushed as expired is listed again when lists some time apart all have it", async () => {
  const listed = [instrument("A"), instrument("B")];
  {
    await using instruments = start("instruments:SPOT", NEVER, () => listed);
    await instruments.until("whole");
    instruments.push(instrument("B", "expired"));
    await instruments.lists(5);
    assert.deepEqual(instruments.listed(), ["A"]);
    instruments.push(instrument("B", "preopen"));
    assert.deepEqual(instruments.listed(), ["A", "B"]);
  }
  await using instruments = start("instruments:SPOT", SOON, () => listed);
  await instruments.until("whole");
  instruments.push(instrument("B", "expired"));
  assert.deepEqual(instruments.listed(), ["A"]);
  await waitFor("B again", () => instruments.listed().length === 2);
});

Deno.test("a market that no list has any more stays until that is believed", async () => {
  let open = [instrument("A"), instrument("B")];
  const answer = (name: string, query: URLSearchParams) =>
    name === "series" ? [{ seriesId: "S" }] : query.get("state") === "live" ? open : [];
  {
    await using markets = start("event-contract-markets:EVENTS", NEVER, answer);
    await markets.until("whole");
    open = [instrument("A"), instrument("C")];
    await markets.until("missing");
    assert.deepEqual(markets.reported.slice(0, 4), ["snapshot A B", "whole", "backfill C", "missing"]);
    assert.deepEqual(markets.listed(), ["A", "B", "C"]);
  }
  await using markets = start("event-contract-markets:EVENTS", AT_ONCE, answer);
  await markets.until("whole");
  markets.push(instrument("D"));
  await markets.until("backfill D?");
});

Deno.test("a market is open when it says so, whichever list has it", async () => {
  await using markets = start("event-contract-markets:EVENTS", NEVER, (name, query) => {
    if (name === "series") return [{ seriesId: "S" }];
    if (query.get("state") === "live") return [instrument("A"), instrument("B")];
    return query.get("state") === "expired"
      ? [instrument("B"), instrument("C"), instrument("D", "expired")]
      : [];
  });
  await markets.until("whole");
  assert.deepEqual(markets.reported.slice(0, 2), ["snapshot A B C", "whole"]);
});

Deno.test("options of a family that is listed are in doubt when a list lacks them, and those of another are not", async () => {
  const option = (instId: string) => ({ ...instrument(instId), instType: "OPTION" });
  await using options = start("option/instruments:A-USD", NEVER, () => [option("A-USD-1")]);
  await options.until("whole");
  options.push(option("B-USD-1"));
  await options.lists(3);
  options.push(option("A-USD-2"));
  await options.lists(3);
  assert.deepEqual(options.listed(), ["A-USD-1", "A-USD-2"]);
  assert.ok(!options.reported.includes("missing"), options.reported.join());
});

Deno.test("a deposit that lists lacked for long is reported when a later one has it", async () => {
  const deposit = (depId: string) => ({
    depId,
    instId: `d${depId}`,
    ccy: "A",
    state: "live",
    ts: String(Date.now()),
  });
  let open = [deposit("1"), deposit("2")];
  await using deposits = start("deposit-info", AT_ONCE, (_, query) => query.has("after") ? [] : open);
  await deposits.until("snapshot d1 d2");
  open = [deposit("1")];
  await deposits.until("snapshot d1");
  assert.deepEqual(deposits.listed(), ["1"]);
  open = [deposit("1"), deposit("2")];
  await deposits.until("backfill d2");
});
