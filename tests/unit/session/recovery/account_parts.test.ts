/** An account that is one row of many parts, asked for by REST: a list that is older than what was pushed takes nothing away. */
import assert from "node:assert/strict";
import { accountLists } from "../../../../src/okx/account_lists.ts";
import type { DataFrame, Row } from "../../../../src/okx/frame.ts";
import { accountParts, isEmptyPart, withParts } from "../../../../src/session/recovery/account_rows.ts";
import type { ListTiming } from "../../../../src/session/recovery/missing_from_lists.ts";
import { OpenList } from "../../../../src/session/recovery/open_lists.ts";
import { OpenRows } from "../../../../src/session/recovery/open_rows.ts";
import { withTimeout } from "../../../support/wait.ts";
import { topicOf } from "../../../support/topics.ts";

/** No list agrees with another. */
const NEVER: ListTiming = { agreeMs: 3_600_000, pauseMs: 1, checksMs: [] };
const SOON: ListTiming = { agreeMs: 20, pauseMs: 10, checksMs: [] };
/** So many looks that one follows whatever happens. */
const OFTEN: ListTiming = { ...NEVER, checksMs: Array.from({ length: 6000 }, (_, i) => 10 * i) };

const sign = Object.assign(() => ({}), { mask: (text: string) => text });

type Asking = {
  readonly timing: ListTiming;
  readonly known: readonly Row[];
  readonly answer: (path: string, call: number) => readonly Row[];
  readonly meanwhile?: (push: (rows: readonly Row[]) => void, call: number) => void;
  /** Whether everything is delivered. */
  readonly isOver?: (troubles: readonly string[], wholes: number) => boolean;
};

async function look(path: string, { timing, known, answer, meanwhile, isOver }: Asking) {
  const topic = topicOf(path);
  const openRows = new OpenRows();
  openRows.onRows(topic, known);
  const frames: DataFrame[] = [];
  const troubles: string[] = [];
  const controller = new AbortController();
  let calls = 0;
  let wholes = 0;
  const seen = () => {
    if (isOver?.(troubles, wholes) === true) controller.abort();
  };
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const call = calls++;
    meanwhile?.((rows) => {
      openRows.onRows(topic, rows);
      list.onRows(rows);
    }, call);
    const name = new URL(request.url).pathname.split("/").at(-1) ?? "";
    return Response.json({ code: "0", msg: "", data: answer(name, call) });
  });
  const list = new OpenList(topic, accountLists(topic) ?? assert.fail(), {
    rest: { url: `http://127.0.0.1:${server.addr.port}`, headers: {} },
    ...{ sign, timing, signal: controller.signal, stats: { unreadable: 0 }, since: Infinity },
    turn: () => Promise.resolve(),
    known: () => openRows.of(topic.upstream),
    deliver: (frame) => {
      frames.push(frame);
      if (frame.action === "snapshot") openRows.retain(topic, frame.rows);
      openRows.onRows(topic, frame.rows);
    },
    onWhole: () => {
      wholes += 1;
      seen();
    },
    onTrouble: ({ code }) => {
      troubles.push(code);
      seen();
    },
  });
  await withTimeout("the list", list.load());
  const reported = frames.map(({ action, rows }) =>
    [action, ...accountParts(topic, rows).map(({ id }) => id)].join(" ")
  );
  return { reported, troubles: [...new Set(troubles)], open: openRows.of(topic.upstream), wholes };
}

const coin = (ccy: string, uTime = "5", eq = "1") => ({ ccy, eq, cashBal: eq, uTime });
const wallet = (...details: Row[]): Row => ({ uTime: "9", totalEq: "3", details });
const position = (posId: string, uTime = "5") => ({ posId, instId: "X", pos: "1", uTime });

Deno.test("a currency that lists lack stays until one has it, and nothing is whole before", async () => {
  const { reported, troubles, open, wholes } = await look("account", {
    timing: NEVER,
    known: [wallet(coin("A"), coin("C"))],
    answer: (_, call) => [wallet(coin("A"), coin("B"), ...call < 2 ? [] : [coin("C")])],
  });
  assert.deepEqual(reported, ["backfill ccy:B", "snapshot ccy:A ccy:B ccy:C"]);
  assert.deepEqual([troubles, [...open.keys()], wholes], [["missing"], ["ccy:A", "ccy:C", "ccy:B"], 1]);
});

Deno.test("a currency is gone when lists some time apart lack it", async () => {
  for (const path of ["account", "account:C", "spot/account:C"]) {
    const { reported, troubles, open } = await look(path, {
      timing: SOON,
      known: [wallet(coin("C"))],
      answer: () => [wallet()],
    });
    assert.deepEqual([reported, troubles, open.size], [["snapshot"], ["missing"], 0], path);
  }
});

Deno.test("a balance and a position come and go each by itself, and an older one replaces nothing that is newer", async () => {
  const { reported, troubles, open } = await look("balance_and_position", {
    timing: NEVER,
    known: [{ balData: [coin("A", "8"), coin("C")], posData: [position("1"), position("2", "8")] }],
    answer: (name, call) => {
      const all = call > 3;
      if (name === "positions") return [...all ? [position("1")] : [], position("2", "7")];
      return [wallet(coin("A", "7"), ...all ? [coin("C")] : [])];
    },
  });
  assert.deepEqual([reported, troubles], [["snapshot ccy:A ccy:C posId:1 posId:2"], ["missing"]]);
  assert.deepEqual([open.get("ccy:A")?.uTime, open.get("posId:2")?.uTime], ["8", "8"]);
});

Deno.test("what is pushed while lists are on their way is in none of them and stays", async () => {
  const { reported, open } = await look("account", {
    timing: { agreeMs: 0, pauseMs: 1, checksMs: [] },
    known: [],
    answer: () => [wallet(coin("A"))],
    meanwhile: (push) => push([wallet(coin("C"))]),
  });
  assert.deepEqual([reported, [...open.keys()]], [["snapshot ccy:A ccy:C"], ["ccy:C", "ccy:A"]]);
});

Deno.test("a later list that lacks a currency of an earlier one puts it in doubt; one without news changes nothing", async () => {
  const { reported, troubles } = await look("account", {
    timing: OFTEN,
    known: [],
    answer: (_, call) => [wallet(coin("A"), ...call < 2 ? [coin("C")] : [])],
    isOver: (troubles) => troubles.length > 0,
  });
  assert.deepEqual([reported, troubles], [["snapshot ccy:A ccy:C"], ["missing"]]);
});

Deno.test("a currency of which there is nothing need not be in a list", async () => {
  const { reported, troubles } = await look("account", {
    timing: NEVER,
    known: [wallet(coin("A"), coin("C"), coin("C", "6", "0"))],
    answer: () => [wallet(coin("A"))],
  });
  assert.deepEqual([reported, troubles], [["snapshot ccy:A"], []]);
  assert.ok(!isEmptyPart({ id: "ccy:C", row: { ccy: "C", eq: "0", liab: "1" } }));
  assert.ok(!isEmptyPart({ id: "ccy:C", row: { ccy: "C" } }));
});

Deno.test("parts of an account are those of its currency, and can be taken out and put in", () => {
  const rows = [wallet(coin("A"), coin("C"))];
  assert.deepEqual(accountParts(topicOf("account:C"), rows).map(({ id }) => id), ["ccy:C"]);
  const more = [{ id: "ccy:D", row: coin("D") }];
  assert.deepEqual(withParts(rows, (id) => id === "ccy:C", more), [wallet(coin("C"), coin("D"))]);
});

Deno.test("a whole snapshot takes away what it leaves out, and a list takes no newer row's place", () => {
  const rows = new OpenRows();
  const topic = topicOf("positions:ANY");
  rows.onRows(topic, [position("1", "6"), position("2")]);
  rows.retain(topic, [position("1", "5")]);
  rows.onRows(topic, [position("1", "5")], { listed: true });
  assert.deepEqual([...rows.of(topic.upstream)], [["1", position("1", "6")]]);
});
