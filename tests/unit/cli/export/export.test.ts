/** `okws export` as a user calls it: what was recorded is in the tables, in each format. */
import assert from "node:assert/strict";
import { parquetMetadata, parquetReadObjects, parquetSchema } from "hyparquet";
import { run } from "../../../../src/cli/mod.ts";
import { testIo } from "../../../support/io.ts";
import { CONNECTION, startRecorder, tempFolder } from "../../../support/recording.ts";

const ROWS = [
  {
    instId: "A-B",
    tradeId: "900719925474099123",
    px: "1.10",
    sz: "0.00000001",
    side: "buy",
    ts: "1795866374000",
    seqId: 1,
  },
  { instId: "A-B", tradeId: "2", px: "2", sz: "", side: 'a "b", c', ts: "1795866374001", seqId: 2 },
];

async function recordTrades(folder: string): Promise<void> {
  const recorder = startRecorder(folder);
  const tap = recorder.recorder.open(CONNECTION);
  for (const row of ROWS) {
    tap.onReceived(JSON.stringify({ arg: { channel: "trades", instId: "A-B" }, data: [row] }));
  }
  const book = { asks: [["1", "2", "0", "1"]], bids: [], ts: "1795866374002" };
  tap.onReceived(JSON.stringify({ arg: { channel: "books5", instId: "A-B" }, data: [book] }));
  await recorder.stop();
}

type Result = { readonly code: number; readonly out: string; readonly notes: string };

async function okws(...args: readonly string[]): Promise<Result> {
  const out: string[] = [];
  const notes: string[] = [];
  const io = testIo({
    print: (line) => out.push(line),
    note: (line) => notes.push(line),
    environment: { OKWS_CONFIG: "" },
  });
  return { code: await run(args, io), out: out.join("\n"), notes: notes.join("\n") };
}

Deno.test("CSV has a line for each row, with the exchange's own texts", async () => {
  await using folder = await tempFolder();
  await recordTrades(`${folder.path}/rec`);
  const { code, out } = await okws("export", `${folder.path}/rec`, "--out", `${folder.path}/out`);
  assert.equal(code, 0);
  const { rows, tables } = JSON.parse(out);
  assert.equal(rows, 3);
  assert.deepEqual(tables.map(({ path }: { path: string }) => path), ["trades:A-B", "books5:A-B"]);
  const lines = (await Deno.readTextFile(`${folder.path}/out/test/trades_A-B.csv`)).trimEnd().split("\n");
  assert.equal(lines[0], "receivedAt,instId,tradeId,px,sz,side,ts,seqId");
  assert.deepEqual(lines.slice(1).map((line) => line.replace(/^\d{13},/, "")), [
    "A-B,900719925474099123,1.10,0.00000001,buy,1795866374000,1",
    'A-B,2,2,,"a ""b"", c",1795866374001,2',
  ]);
});

Deno.test("JSON lines have numbers with all their digits", async () => {
  await using folder = await tempFolder();
  await recordTrades(`${folder.path}/rec`);
  const args = [
    "export",
    `${folder.path}/rec`,
    "trades:A-B",
    "--out",
    `${folder.path}/out`,
    "--format",
    "jsonl",
  ];
  assert.equal((await okws(...args)).code, 0);
  const [first] = (await Deno.readTextFile(`${folder.path}/out/test/trades_A-B.jsonl`)).split("\n");
  assert.match(
    first!,
    /^\{"receivedAt":\d{13},"instId":"A-B","tradeId":"900719925474099123","px":1\.10,"sz":0\.00000001,"side":"buy","ts":1795866374000,"seqId":1\}$/,
  );
  const names = (await Array.fromAsync(Deno.readDir(`${folder.path}/out/test`))).map(({ name }) => name);
  assert.deepEqual(names, ["trades_A-B.jsonl"]);
});

Deno.test("Parquet has typed columns, and is read as it was written", async () => {
  await using folder = await tempFolder();
  await recordTrades(`${folder.path}/rec`);
  const { code } = await okws(
    "export",
    `${folder.path}/rec`,
    "--out",
    `${folder.path}/out`,
    "--format",
    "parquet",
  );
  assert.equal(code, 0);
  const file = (await Deno.readFile(`${folder.path}/out/test/trades_A-B.parquet`)).buffer;
  const rows = await parquetReadObjects({ file });
  assert.deepEqual(rows.map(({ receivedAt: _, ...row }) => row), [
    {
      instId: "A-B",
      tradeId: "900719925474099123",
      px: 1.1,
      sz: 1e-8,
      side: "buy",
      ts: new Date(1_795_866_374_000),
      seqId: 1n,
    },
    {
      instId: "A-B",
      tradeId: "2",
      px: 2,
      sz: null,
      side: 'a "b", c',
      ts: new Date(1_795_866_374_001),
      seqId: 2n,
    },
  ]);
  const types = parquetSchema(parquetMetadata(file)).children.map((
    { element },
  ) => [element.name, element.type]);
  assert.deepEqual(types.slice(-4), [["sz", "DOUBLE"], ["side", "BYTE_ARRAY"], ["ts", "INT64"], [
    "seqId",
    "INT64",
  ]]);
  const book = await parquetReadObjects({
    file: (await Deno.readFile(`${folder.path}/out/test/books5_A-B.parquet`)).buffer,
  });
  assert.equal(book[0]?.asks, '[["1","2","0","1"]]');
});

Deno.test("a file that is there is left alone without --force, and wrong words are named", async () => {
  await using folder = await tempFolder();
  const rec = `${folder.path}/rec`;
  const out = `${folder.path}/out`;
  await recordTrades(rec);
  assert.equal((await okws("export", rec, "--out", out)).code, 0);
  const again = await okws("export", rec, "--out", out);
  assert.equal(again.code, 1);
  assert.match(again.notes, /trades_A-B\.csv is there already; --force replaces it/);
  assert.equal((await okws("export", rec, "--out", out, "--force")).code, 0);
  const cases: readonly (readonly [RegExp, number, ...string[]])[] = [
    [/trades:X was not recorded; recorded are: books5:A-B trades:A-B/, 2, rec, "trades:X"],
    [/--format is one of csv, jsonl, parquet: xlsx/, 2, rec, "--format", "xlsx"],
    [/there is no .*\/none/, 2, `${folder.path}/none`],
    [/nothing was recorded of none/, 2, rec, "--server", "none"],
    [/cannot write below .*rec\/recording\.json: /, 1, rec, "--out", `${rec}/recording.json`],
  ];
  for (const [text, code, ...args] of cases) {
    const result = await okws("export", ...args);
    assert.match(result.notes, text);
    assert.equal(result.code, code, result.notes);
  }
});

Deno.test("an export that is stopped leaves no half files", async () => {
  await using folder = await tempFolder();
  await recordTrades(`${folder.path}/rec`);
  const stop = new AbortController();
  stop.abort();
  const notes: string[] = [];
  const io = testIo({
    signal: stop.signal,
    note: (line) => notes.push(line),
    environment: { OKWS_CONFIG: "" },
  });
  assert.equal(await run(["export", `${folder.path}/rec`, "--out", `${folder.path}/out`], io), 1);
  assert.match(notes.join("\n"), /stopped/);
  await assert.rejects(Deno.stat(`${folder.path}/out`), Deno.errors.NotFound);
});
