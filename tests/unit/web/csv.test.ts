/** Series as files, and what the copy buttons copy. */
import assert from "node:assert/strict";
import { copiesOf } from "../../../web/copy.ts";
import { fileName, formatCsv } from "../../../web/csv.ts";

Deno.test("rows are CSV with the columns that any of them has", () => {
  const rows = [{ ts: "1", px: "-0.50" }, { ts: "2", note: 'a "b", c', list: [["1"]] }];
  assert.equal(formatCsv(rows), 'ts,px,note,list\r\n1,-0.50,,\r\n2,,"a ""b"", c","[[""1""]]"\r\n');
  assert.equal(formatCsv([]), "\r\n");
});

Deno.test("no cell is a formula, and numbers stay numbers", () => {
  const row = { a: "=1+1", b: "@x", c: "+5", d: "-cmd", e: "-1e5", f: "\tx" };
  assert.equal(formatCsv([row]).split("\r\n")[1], "'=1+1,'@x,+5,'-cmd,-1e5,'\tx");
});

Deno.test("names of files are plain", () => {
  assert.equal(fileName("main", "candle1m:BTC-USDT"), "main_candle1m-BTC-USDT.csv");
  assert.equal(fileName("a", '../x:<"*>'), "a_..-x-.csv");
});

Deno.test("path, key and command are what a person would type", () => {
  const of = (command: string) => Object.values(copiesOf({ path: "p", command }));
  assert.deepEqual(of("ZREVRANGE okex/main/candle1m:BTC-USDT 0 9"), [
    ...["p", "okex/main/candle1m:BTC-USDT", "redis-cli ZREVRANGE okex/main/candle1m:BTC-USDT 0 9"],
  ]);
  assert.equal(of("HGETALL 'okex/it'\\''s/tickers:A|B'")[1], "okex/it's/tickers:A|B");
  assert.equal(of("--scan --pattern 'okex/main/tickers:*'")[1], "okex/main/tickers:*");
});
