/** The recorder against a real folder: what is written is read back, and what goes wrong is said and marked. */
import assert from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import { createMask } from "../../../src/okx/redact.ts";
import { HAS_ZSTD } from "../../../src/recording/packing.ts";
import { CONNECTION, readAll, startRecorder, tempFolder } from "../../support/recording.ts";
import { waitFor } from "../../support/wait.ts";

for (const packing of ["gzip", "none", ...(HAS_ZSTD ? ["zstd"] as const : [])] as const) {
  Deno.test(`what a connection sends and receives is read as it was, with ${packing}`, async () => {
    await using folder = await tempFolder();
    const run = startRecorder(folder.path, { packing });
    const tap = run.recorder.open(CONNECTION);
    tap.onSent('{"op":"subscribe"}');
    tap.onReceived('{"event":"subscribe"}');
    tap.onReceived(new Uint8Array([1, 2, 3]).buffer);
    tap.onEnd("1006");
    await run.stop();
    const { entries, notes } = await readAll(folder.path);
    assert.deepEqual(notes, []);
    assert.deepEqual(entries.map(({ kind }) => kind), [
      ...["begin", "open", "frame", "frame", "frame", "close", "end"],
    ]);
    const said = entries.map((entry) => entry.kind === "frame" ? { ...entry, at: 0, mono: 0 } : undefined)
      .filter((entry) => entry !== undefined);
    const frame = { at: 0, mono: 0, kind: "frame", conn: 1 } as const;
    assert.deepEqual(said, [
      { ...frame, isSent: true, text: '{"op":"subscribe"}' },
      { ...frame, isSent: false, text: '{"event":"subscribe"}' },
      { ...frame, isSent: false, base64: "AQID" },
    ]);
    assert.equal(run.recorder.counts.frames, 3);
  });
}

Deno.test("a login is recorded without its parts, and what the exchange repeats of it is masked", async () => {
  await using folder = await tempFolder();
  const secrets = ["key-0123456789", "secret-0123456789", "pass-0123456789"];
  const run = startRecorder(folder.path, { packing: "none" });
  const tap = run.recorder.open({
    ...CONNECTION,
    url: `ws://user:${secrets[2]}@h/ws/v5/private`,
    mask: createMask(secrets),
  });
  const [apiKey, secret, passphrase] = secrets;
  tap.onSent(
    JSON.stringify({ op: "login", args: [{ apiKey, passphrase, timestamp: "1", sign: "c2lnbg==" }] }),
  );
  tap.onSent(JSON.stringify({ op: "login", args: [apiKey, passphrase, "1", "c2lnbg=="] }));
  tap.onReceived(`{"event":"error","msg":"Invalid ${apiKey} ${secret}"}`);
  const packed = deflateRawSync(`{"event":"error","message":"${passphrase}"}`);
  tap.onReceived(new Uint8Array(packed).buffer);
  tap.onEnd(`refused ${passphrase}`);
  await run.stop();
  let text = "";
  for await (const { name } of Deno.readDir(folder.path)) {
    text += await Deno.readTextFile(`${folder.path}/${name}`);
  }
  for (const each of [...secrets, "c2lnbg=="]) assert.ok(!text.includes(each), each);
  const { texts } = await readAll(folder.path);
  assert.deepEqual(texts, [
    '{"op":"login","args":"***"}',
    '{"op":"login","args":"***"}',
    '{"event":"error","msg":"Invalid *** ***"}',
    '{"event":"error","message":"***"}',
  ]);
});

Deno.test("the next file is begun by size, and knows the connections that are open", async () => {
  await using folder = await tempFolder();
  await using run = startRecorder(folder.path, { packing: "none", fileBytes: 1000 });
  const tap = run.recorder.open(CONNECTION);
  for (let file = 1; file <= 3; file++) {
    tap.onReceived(`${file}`.repeat(1000));
    await waitFor(`file ${file}`, () => run.recorder.counts.files === file);
    await waitFor("its frame", () => run.recorder.counts.bytes > file * 1000);
  }
  tap.onReceived("last");
  await run.stop();
  const names = (await Array.fromAsync(Deno.readDir(folder.path))).map(({ name }) => name).sort();
  assert.equal(names.length, 5);
  // Each can be read without the others.
  const { entries } = await readAll(`${folder.path}/${names[3]}`);
  const [begin] = entries;
  assert.ok(begin?.kind === "begin");
  const { mask: _, ...of } = CONNECTION;
  assert.deepEqual(begin.open, [[1, of]]);
});

Deno.test("the next file is begun by time", async () => {
  await using folder = await tempFolder();
  await using run = startRecorder(folder.path, { fileMs: 1 });
  const tap = run.recorder.open(CONNECTION);
  await waitFor("three files", () => {
    tap.onReceived("x");
    return run.recorder.counts.files >= 3;
  });
});

Deno.test("the oldest files are deleted where all are too large, and that is said", async () => {
  await using folder = await tempFolder();
  await using run = startRecorder(folder.path, { packing: "none", maxBytes: 20_000, fileBytes: 1e9 });
  const tap = run.recorder.open(CONNECTION);
  let sent = 0;
  await waitFor("deleted files", () => {
    tap.onReceived(`${++sent} ${"x".repeat(500)}`);
    return run.said.removed.length >= 3;
  });
  await run.stop();
  const { texts, notes } = await readAll(folder.path);
  assert.deepEqual(notes, []);
  assert.equal(texts.at(-1)?.split(" ")[0], String(sent));
  assert.ok(!texts.some((text) => text.startsWith("1 ")));
  assert.ok(run.said.removed[0]?.startsWith("frames-00000001-"));
});

Deno.test("what the disk cannot take is left out, counted, and marked where it is missing", async () => {
  await using folder = await tempFolder();
  // Nothing is written before there is a folder; a file stands in its place.
  const place = `${folder.path}/recording`;
  await Deno.writeTextFile(place, "in the way");
  await using run = startRecorder(place, {
    packing: "none",
    limits: { queueBytes: 2000, flushMs: 5, retryMs: 5 },
  });
  const tap = run.recorder.open(CONNECTION);
  await waitFor("trouble", () => run.said.troubles.length === 1);
  for (let i = 0; i < 10; i++) tap.onReceived(`${i} ${"x".repeat(500)}`);
  const missing = run.recorder.counts.missing;
  assert.ok(missing > 0 && missing < 10, String(missing));
  await Deno.remove(place);
  await waitFor("writing again", () => run.said.recovered === 1);
  await waitFor("the mark", () => run.said.missing.length === 1);
  tap.onReceived("afterwards");
  await run.stop();
  const { entries, texts } = await readAll(place);
  const kept = 10 - missing;
  assert.deepEqual(texts.map((text) => text.split(" ")[0]), [
    ...Array.from({ length: kept }, (_, i) => String(i)),
    "afterwards",
  ]);
  const marks = entries.flatMap((entry) => entry.kind === "missing" ? [entry] : []);
  assert.deepEqual(marks.map((entry) => entry.missing.frames), [missing]);
  assert.equal(run.said.troubles.length, 1, "said once");
  assert.equal(run.recorder.trouble, "");
});

Deno.test("what piles up is written in pieces, in order and whole", async () => {
  await using folder = await tempFolder();
  const run = startRecorder(folder.path, { packing: "none" });
  const tap = run.recorder.open(CONNECTION);
  const text = "x".repeat(50_000);
  for (let i = 0; i < 200; i++) tap.onReceived(`${i} ${text}`);
  await waitFor("all of it", () => run.recorder.counts.bytes > 200 * text.length);
  await run.stop();
  const { texts, notes } = await readAll(folder.path);
  assert.deepEqual(notes, []);
  assert.deepEqual(texts.map((each) => Number(each.split(" ")[0])), Array.from({ length: 200 }, (_, i) => i));
  assert.equal(run.recorder.counts.missing, 0);
});

Deno.test("what could not be written until the end is counted as missing", async () => {
  await using folder = await tempFolder();
  const place = `${folder.path}/recording`;
  await Deno.writeTextFile(place, "in the way");
  const run = startRecorder(place);
  const tap = run.recorder.open(CONNECTION);
  for (let i = 0; i < 3; i++) tap.onReceived(String(i));
  await run.stop();
  const { frames, missing } = run.recorder.counts;
  assert.deepEqual([frames, missing], [0, 3]);
  assert.deepEqual(run.said.missing, [3]);
  assert.equal(run.said.troubles.length, 1);
});

Deno.test("a folder that is taken away is made again, and nothing is lost but what was in it", async () => {
  await using folder = await tempFolder();
  const place = `${folder.path}/recording`;
  await using run = startRecorder(place);
  const tap = run.recorder.open(CONNECTION);
  tap.onReceived("before");
  await waitFor("a file", () => run.recorder.counts.bytes > 0);
  await Deno.remove(place, { recursive: true });
  tap.onReceived("after");
  await waitFor("writing again", () => run.said.recovered === 1);
  await run.stop();
  const { entries, texts } = await readAll(place);
  assert.deepEqual(texts, ["after"]);
  const [begin] = entries;
  assert.equal(begin?.kind === "begin" && begin.open.length, 1);
});

Deno.test("a recording that is there goes on, and another folder is left alone", async () => {
  await using folder = await tempFolder();
  for (const text of ["first", "second"]) {
    const run = startRecorder(folder.path);
    run.recorder.open(CONNECTION).onReceived(text);
    await run.stop();
  }
  assert.deepEqual((await readAll(folder.path)).texts, ["first", "second"]);
  const other = `${folder.path}/other`;
  await Deno.mkdir(other);
  await Deno.writeTextFile(`${other}/letter.txt`, "mine");
  const run = startRecorder(other);
  await assert.rejects(run.recorder.prepare(), /other is no recording and not empty \(letter\.txt\)/);
  await run.stop();
  assert.equal(await Deno.readTextFile(`${other}/letter.txt`), "mine");
});

Deno.test("nobody else may read what is recorded", { ignore: Deno.build.os === "windows" }, async () => {
  await using folder = await tempFolder();
  const place = `${folder.path}/recording`;
  const run = startRecorder(place);
  run.recorder.open(CONNECTION).onReceived("x");
  await run.stop();
  assert.equal((await Deno.stat(place)).mode! & 0o077, 0);
  for await (const { name } of Deno.readDir(place)) {
    assert.equal((await Deno.stat(`${place}/${name}`)).mode! & 0o077, 0, name);
  }
});
