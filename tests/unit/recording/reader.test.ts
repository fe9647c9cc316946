/** Files as a crash, a copy or another program leaves them. */
import assert from "node:assert/strict";
import { RecordingError } from "../../../src/shared/errors.ts";
import { gzipSync } from "node:zlib";
import type { Packing } from "../../../src/recording/format.ts";
import { HAS_ZSTD } from "../../../src/recording/packing.ts";
import { CONNECTION, readAll, startRecorder, tempFolder } from "../../support/recording.ts";
import { waitFor } from "../../support/wait.ts";

/** A recording of numbered frames, written in several pieces. */
async function recordNumbers(folder: string, packing: Packing): Promise<string> {
  await using run = startRecorder(folder, { packing });
  const tap = run.recorder.open(CONNECTION);
  for (let i = 0; i < 5; i++) {
    const before = run.recorder.counts.bytes;
    for (let j = 0; j < 20; j++) tap.onReceived(`${i * 20 + j} ${crypto.randomUUID()}`);
    await waitFor("written", () => run.recorder.counts.bytes > before);
  }
  await run.stop();
  for await (const { name } of Deno.readDir(folder)) {
    if (name.startsWith("frames-")) return `${folder}/${name}`;
  }
  throw new Error("no file");
}

const NUMBERS = Array.from({ length: 100 }, (_, i) => i);

for (const packing of ["gzip", "none", ...(HAS_ZSTD ? ["zstd"] as const : [])] as const) {
  Deno.test(`of a file that was cut off everything is read up to there, and that is said, with ${packing}`, async () => {
    await using folder = await tempFolder();
    const file = await recordNumbers(folder.path, packing);
    const whole = await Deno.readFile(file);
    for (const share of [0.2, 0.5, 0.9]) {
      await Deno.writeFile(file, whole.subarray(0, Math.floor(whole.length * share)));
      const { texts, notes } = await readAll(folder.path);
      const numbers = texts.map((text) => Number(text.split(" ")[0]));
      assert.deepEqual(numbers, NUMBERS.slice(0, numbers.length));
      assert.equal(notes.length, 1, String(share));
      assert.match(notes[0]!, /was not ended, by a crash/);
      if (share > 0.5) assert.ok(numbers.length >= 40, `${share}: ${numbers.length}`);
    }
  });
}

Deno.test("a damaged file is read up to the damage, and the next one is read", async () => {
  await using folder = await tempFolder();
  const file = await recordNumbers(folder.path, "gzip");
  await recordNumbers(folder.path, "gzip");
  const bytes = await Deno.readFile(file);
  bytes.fill(0xff, bytes.length / 2, bytes.length / 2 + 50);
  await Deno.writeFile(file, bytes);
  const { texts, notes } = await readAll(folder.path);
  assert.ok(texts.length >= 100 && texts.length < 200, String(texts.length));
  assert.ok(
    notes.some((note) => /is damaged, what follows in it is left out|cannot be read/.test(note)),
    String(notes),
  );
});

Deno.test("lines that are none are left out and counted", async () => {
  await using folder = await tempFolder();
  const file = await recordNumbers(folder.path, "none");
  const lines = (await Deno.readTextFile(file)).split("\n");
  lines.splice(10, 1, "garbage", '{"at":1}');
  await Deno.writeTextFile(file, lines.join("\n"));
  const { texts, notes } = await readAll(folder.path);
  assert.equal(texts.length, 99);
  assert.equal(notes.length, 1);
  assert.match(notes[0]!, /: 2 lines cannot be read/);
});

Deno.test("a part of a recording is chosen by time, with what was open then", async () => {
  await using folder = await tempFolder();
  await recordNumbers(folder.path, "gzip");
  const { entries } = await readAll(folder.path);
  const frames = entries.filter(({ kind }) => kind === "frame");
  const from = frames[50]!.at;
  const to = frames[70]!.at;
  const part = await readAll(folder.path, { from, to });
  assert.deepEqual(
    part.entries.filter(({ kind }) => kind === "frame"),
    frames.filter(({ at }) => at >= from && at <= to),
  );
  assert.ok(part.entries.some(({ kind }) => kind === "open"));
});

Deno.test("what is no recording is named", async () => {
  await using folder = await tempFolder();
  await assert.rejects(readAll(`${folder.path}/none`), /^RecordingError: there is no .*\/none$/);
  await assert.rejects(readAll(folder.path), /is no recording: it has neither/);
  await Deno.writeTextFile(`${folder.path}/recording.json`, "{}");
  await assert.rejects(readAll(folder.path), /recording\.json is no manifest/);
});

Deno.test("a file of bare frames is read, packed or not, at the rate where it says no times", async () => {
  await using folder = await tempFolder();
  const line = (tradeId: number) =>
    `{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"tradeId":"${tradeId}"}]}`;
  const text = [line(1), "cut in the middle {", line(2)].join("\n");
  await Deno.writeTextFile(`${folder.path}/bare.jsonl`, text);
  await Deno.writeFile(`${folder.path}/bare.jsonl.gz`, gzipSync(text));
  for (const name of ["bare.jsonl", "bare.jsonl.gz"]) {
    const { entries, texts, notes } = await readAll(`${folder.path}/${name}`);
    assert.deepEqual(texts, [line(1), line(2)]);
    assert.deepEqual(entries.map(({ at }) => at), [0, 0, 0, 100]);
    assert.match(notes[0]!, /1 lines cannot be read/);
  }
});

Deno.test("a line that never ends costs a time that grows with its length, and is said", async () => {
  await using folder = await tempFolder();
  const file = await recordNumbers(folder.path, "none");
  using open = await Deno.open(file, { append: true });
  // As the end of a file is that a machine has lost with its power.
  const zeros = new Uint8Array(1024 * 1024);
  for (let i = 0; i < 64; i++) await open.write(zeros);
  const start = performance.now();
  const { texts, notes } = await readAll(folder.path);
  assert.equal(texts.length, 100);
  assert.equal(notes.length, 1);
  assert.ok(performance.now() - start < 60_000);
});

Deno.test("what is no recording is named, with what is expected", async (t) => {
  await using folder = await tempFolder();
  const file = async (name: string, content: string | Uint8Array<ArrayBuffer>) => {
    const path = `${folder.path}/${name}`;
    await Deno.writeFile(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
    return path;
  };
  const expected = /expected is the folder that okws record wrote, or a file of frames as JSON lines$/;
  const paths = [
    "/dev/null",
    await file("empty", ""),
    await file("text", "one\ntwo\n"),
    await file("table.csv", "a,b\n1,2\n"),
    await file("rows.jsonl", '{"a":1}\n{"a":2}\n'),
    await file("bytes", new Uint8Array([0, 255, 10, 3])),
  ];
  for (const path of paths) {
    await t.step(path.split("/").at(-1) ?? "", async () => {
      await assert.rejects(readAll(path), (error) => {
        assert.ok(error instanceof RecordingError);
        assert.ok(error.message.startsWith(`${path} is no recording`), error.message);
        assert.match(error.message, expected);
        return true;
      });
    });
  }
  await t.step("what only says that it is packed", async () => {
    const path = await file("text.jsonl.gz", "no gzip");
    await assert.rejects(readAll(path), RecordingError);
  });
});
