/** How long it is waited for where series stood before, and what becomes of what came too late. */
import assert from "node:assert/strict";
import { type ResumePoints, ResumeReader } from "../../../src/app/resume_reader.ts";
import { StoreError, WrittenMeanwhileError } from "../../../src/shared/errors.ts";

const NOTHING: ResumePoints = { seen: new Map(), refused: [], reason: "", writtenAgoMs: Infinity };

/** A reader whose Redis answers when the test says so, and what was resumed late. */
function start(): { reader: ResumeReader; answers: PromiseWithResolvers<ResumePoints>[]; late: string[] } {
  const answers: PromiseWithResolvers<ResumePoints>[] = [];
  const late: string[] = [];
  const reader = new ResumeReader({
    servers: { resumeFrom: (server) => void late.push(server) },
    readAll() {
      answers.push(Promise.withResolvers());
      return (answers.at(-1) as PromiseWithResolvers<ResumePoints>).promise;
    },
    patienceMs: 0,
  });
  return { reader, answers, late };
}

Deno.test("who begins without knowing where series stood is notified when Redis answers", async () => {
  const { reader, answers, late } = start();
  assert.equal(await reader.readOrLater("test", []), undefined);
  assert.ok(reader.isReadDue);
  const recalled = reader.readDue();
  answers[1]?.resolve(NOTHING);
  await recalled;
  assert.deepEqual(late, ["test"]);
  assert.ok(!reader.isReadDue);
});

Deno.test("what was read late is passed on with its topics, once it was resumed", async () => {
  const order: string[] = [];
  const answers = [Promise.reject(new StoreError("away")), Promise.resolve(NOTHING)];
  const reader = new ResumeReader({
    servers: { resumeFrom: (server) => void order.push(`resumed ${server}`) },
    readAll: () => answers.shift() as Promise<ResumePoints>,
    onLate: (server, topics, seen) => void order.push(`late ${server} ${topics.length} ${seen.size}`),
    patienceMs: 3_600_000,
  });
  await reader.readOrLater("test", []);
  await reader.readDue();
  assert.deepEqual(order, ["resumed test", "late test 0 0"]);
});

Deno.test("who has more patience begins with it, and with nothing where Redis is away", async () => {
  const { reader, answers, late } = start();
  const reading = reader.readOrLater("test", [], 3_600_000);
  setTimeout(() => answers[0]?.resolve(NOTHING), 1);
  assert.equal(await reading, NOTHING.seen);
  assert.ok(!reader.isReadDue);
  const away = reader.readOrLater("test", [], 3_600_000);
  answers[1]?.reject(new StoreError("away"));
  assert.equal(await away, undefined);
  assert.ok(reader.isReadDue);
  assert.deepEqual(late, []);
});

Deno.test("what another one has written since it was begun here is not gone on with", async () => {
  let now = 1000;
  let writtenAgoMs = 0;
  let resumed = 0;
  const reader = new ResumeReader({
    servers: { resumeFrom: () => void (resumed += 1) },
    readAll: () =>
      now < 2000 ? Promise.reject(new StoreError("away")) : Promise.resolve({ ...NOTHING, writtenAgoMs }),
    patienceMs: 3_600_000,
    now: () => now,
  });
  await reader.readOrLater("test", []);
  now = 5000;
  writtenAgoMs = 3999;
  await assert.rejects(reader.readDue(), WrittenMeanwhileError);
  assert.ok(reader.isReadDue);
  assert.equal(resumed, 0);
  writtenAgoMs = 4000;
  await reader.readDue();
  assert.equal(resumed, 1);
});
