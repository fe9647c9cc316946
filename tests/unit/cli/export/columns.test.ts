/** Columns, types and file names of an export. */
import assert from "node:assert/strict";
import { cellText, ColumnFinder, tableRows } from "../../../../src/cli/export/columns.ts";
import { createFileNames } from "../../../../src/cli/export/names.ts";
import type { Protocol } from "../../../../src/okx/codec.ts";
import { CODECS } from "../../../../src/okx/codec.ts";
import type { RecordedPush } from "../../../../src/recording/frames.ts";

const AT = 1_795_866_374_000.25;

async function pushOf(text: string, protocol: Protocol = "v5"): Promise<RecordedPush> {
  const [frame] = await CODECS[protocol].decode(text);
  assert.ok(frame?.kind === "data");
  return {
    kind: "push",
    at: AT,
    time: 0,
    server: "test",
    protocol,
    key: "",
    arg: frame.arg,
    frame,
    raw: text,
  };
}

async function columnsOf(rows: readonly unknown[], channel = "x-channel"): Promise<Record<string, string>> {
  const finder = new ColumnFinder();
  for (const row of rows) {
    const text = typeof row === "string" ? row : JSON.stringify(row);
    const push = await pushOf(`{"arg":{"channel":"${channel}","instId":"A-B"},"data":[${text}]}`);
    for (const each of tableRows(push)) finder.add(each);
  }
  return Object.fromEntries(finder.columns);
}

Deno.test("a type follows from a member's name and from all of its values", async () => {
  assert.deepEqual(
    await columnsOf([
      {
        ts: "1795866374000",
        fillTime: "",
        tradeId: "7",
        px: "1.10",
        sz: "",
        seqId: 5,
        side: "buy",
        open: true,
      },
      { ts: "1795866374001", fillTime: "1795866374001", px: "-2e-8", sz: "x", seqId: 6, details: [{ a: 1 }] },
      { sz: "3", volCcy: "12", timestamp: "2021-04-17T16:49:25.244Z" },
    ]),
    {
      receivedAt: "time",
      ts: "time",
      tradeId: "text",
      px: "number",
      seqId: "integer",
      side: "text",
      open: "boolean",
      fillTime: "time",
      sz: "text",
      details: "json",
      volCcy: "number",
      timestamp: "time",
    },
  );
});

Deno.test("a whole number that no double holds is one, with all of its digits", async () => {
  assert.deepEqual(await columnsOf(['{"seqId":900719925474099123}']), {
    receivedAt: "time",
    seqId: "integer",
  });
  assert.deepEqual(await columnsOf(['{"seqId":1724294007352168985,"big":9223372036854775808}']), {
    receivedAt: "time",
    seqId: "integer",
    big: "text",
  });
  assert.deepEqual(await columnsOf(['{"n":1}', '{"n":1.5}']), { receivedAt: "time", n: "number" });
  const [row] = tableRows(await pushOf('{"arg":{"channel":"x"},"data":[{"seqId":900719925474099123}]}'));
  assert.equal(cellText(row!.get("seqId")), "900719925474099123");
});

Deno.test("a candle has the columns of its channel, and the time of its receipt", async () => {
  const push = await pushOf(
    '{"arg":{"channel":"candle1m","instId":"A-B"},"data":[["1795866360000","1","2","0.5","1.5","3","4","5","0"]]}',
  );
  assert.deepEqual([...tableRows(push)[0]!].slice(0, 4), [
    ["receivedAt", 1_795_866_374_000],
    ["ts", "1795866360000"],
    ["open", "1"],
    ["high", "2"],
  ]);
});

Deno.test("a table has a bounded number of columns, and what is left out is counted", () => {
  const finder = new ColumnFinder();
  for (let i = 0; i < 1100; i++) finder.add(new Map([[`member${i}`, "1"]]));
  assert.equal(finder.columns.size, 1000);
  assert.equal(finder.ignored, 100);
});

Deno.test("what a push says of itself does not hide a member of the same name", async () => {
  const push = await pushOf(
    '{"arg":{"channel":"x"},"action":"update","data":[{"action":"a","receivedAt":"b"}]}',
  );
  assert.deepEqual([...tableRows(push)[0]!].slice(1), [["action", "update"], ["row.action", "a"], [
    "row.receivedAt",
    "b",
  ]]);
});

Deno.test("a path becomes the name of a file that is its own, and leads nowhere else", () => {
  const nameOf = createFileNames();
  assert.equal(nameOf("trades:BTC-USDT"), "trades_BTC-USDT");
  assert.equal(nameOf("trades/BTC-USDT"), "trades_BTC-USDT-2");
  assert.equal(nameOf("TRADES:btc-usdt"), "TRADES_btc-usdt-3");
  assert.equal(nameOf("../../etc/passwd"), "__.._etc_passwd");
  assert.ok(nameOf("x".repeat(1000)).length <= 210);
});
