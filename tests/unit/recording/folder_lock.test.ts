/** One recorder at a time: the second one is refused with who is there, and what a crash left does not count for ever. */
import assert from "node:assert/strict";
import { FolderLock, LOCK } from "../../../src/recording/folder_lock.ts";
import { RecordingError } from "../../../src/shared/errors.ts";
import { CONNECTION, readAll, startRecorder, tempFolder } from "../../support/recording.ts";
import { waitFor } from "../../support/wait.ts";

/** Writes what another recorder would have left, so many seconds ago. */
async function leave(folder: string, holder: unknown, secondsAgo: number): Promise<void> {
  const text = typeof holder === "string" ? holder : JSON.stringify(holder);
  await Deno.writeTextFile(`${folder}/${LOCK}`, text);
  const at = Date.now() / 1000 - secondsAgo;
  await Deno.utime(`${folder}/${LOCK}`, at, at);
}

Deno.test("a folder that is recorded into is refused with who does, until that one lets go", async () => {
  await using folder = await tempFolder();
  const lock = await FolderLock.take(folder.path);
  await assert.rejects(FolderLock.take(folder.path), (error) => {
    assert.ok(error instanceof RecordingError);
    assert.match(
      error.message,
      new RegExp(`another okws records into .*process ${Deno.pid} on .*, since 20`),
    );
    return true;
  });
  await lock.keep();
  await lock.release();
  const next = await FolderLock.take(folder.path);
  // What is not one's own is left alone.
  await lock.release();
  assert.equal(await next.isOwn(), true);
  await next.release();
  assert.deepEqual(await Array.fromAsync(Deno.readDir(folder.path)), []);
});

Deno.test("what a crash left counts no longer once it was not touched for a while", async (t) => {
  const holder = { id: "x", pid: 4711, host: "elsewhere", since: "2026-11-28T12:00:00Z" };
  const table: [string, unknown, number, boolean][] = [
    ["touched lately", holder, 10, false],
    ["touched long ago", holder, 21, true],
    ["being written", "half of", 1, false],
    ["written by halves, long ago", "half of", 21, true],
    ["of a clock that was set back", holder, -3600, true],
  ];
  for (const [name, holder, secondsAgo, isTaken] of table) {
    await t.step(name, async () => {
      await using folder = await tempFolder();
      await leave(folder.path, holder, secondsAgo);
      const taking = FolderLock.take(folder.path);
      if (!isTaken) return await assert.rejects(taking, RecordingError);
      const lock = await taking;
      assert.equal(await lock.isOwn(), true);
      await lock.release();
    });
  }
});

Deno.test("a second recorder writes nothing into the folder, says why, and goes on when the first has ended", async () => {
  await using folder = await tempFolder();
  await using first = startRecorder(folder.path);
  const one = first.recorder.open(CONNECTION);
  one.onReceived('{"first":1}');
  await waitFor("the first frame", () => first.recorder.counts.bytes > 0);
  await using second = startRecorder(folder.path);
  await assert.rejects(second.recorder.prepare(), /another okws records into/);
  second.recorder.open({ ...CONNECTION, connection: "other" }).onReceived('{"second":1}');
  await waitFor("the reason", () => second.said.troubles.length > 0);
  assert.match(second.said.troubles.join(), /another okws records into/);
  assert.equal(second.recorder.counts.bytes, 0);
  await first.stop();
  await waitFor("its turn", () => second.recorder.counts.bytes > 0);
  await second.stop();
  const { texts } = await readAll(folder.path);
  assert.deepEqual(texts, ['{"first":1}', '{"second":1}']);
  const names = (await Array.fromAsync(Deno.readDir(folder.path))).map(({ name }) => name);
  assert.ok(!names.includes(LOCK), names.join());
  assert.equal(second.said.troubles.length, 1);
});
