/** What is compared with Redis after a loss of the connection, and what becomes of it. */
import assert from "node:assert/strict";
import { createRecovery } from "../../../src/app/recovery.ts";
import { parseTopic, type Topic } from "../../../src/okx/topic.ts";
import { createKeys } from "../../../src/store/layout/keys.ts";
import { Projector } from "../../../src/store/layout/projector.ts";
import { RecentEntries } from "../../../src/store/write/recent_entries.ts";

const AT = 1_795_363_200_000;
const topic = parseTopic("trades:A-USDT") as Topic;
const key = createKeys("okex", "m").path(topic.path);

/** A process that has written trades, one a second, and remembers those of the last two seconds. */
function start(last: string | undefined) {
  const projector = new Projector({ keyPrefix: "okex", server: "m", maxRow: 100 });
  const recent = new RecentEntries({ keepMs: 2000 });
  for (let i = 0; i < 10; i++) {
    const rows = [{ instId: "A-USDT", tradeId: String(i), px: "1" }];
    const frame = { arg: { channel: "trades", instId: "A-USDT" }, rows, text: "", action: undefined };
    const at = AT + i * 1000;
    const writes = projector.project({ kind: "rows", topics: [topic], frame, at } as never);
    recent.note(writes, at);
  }
  const recovery = createRecovery({
    store: { lastIds: (keys) => Promise.resolve(new Map(keys.map((each) => [each, last]))) },
    recent,
    layout: { lostEntries: (lost) => projector.losses.recordEntries(lost, AT + 20_000) },
  });
  return { recovery, projector };
}

Deno.test("what is lacking and remembered is added again, without a record", async () => {
  const { recovery } = start(`${AT + 7000}-0`);
  assert.ok(!recovery.isCompared(key));
  const writes = await recovery.recover(() => true);
  assert.deepEqual(writes.map((write) => write.kind === "append" && write.id), [
    `${AT + 8000}-0`,
    `${AT + 9000}-0`,
  ]);
  assert.ok(recovery.isCompared(key));
  recovery.markCompared([key]);
  assert.ok(!recovery.isCompared(key));
});

Deno.test("what is lacking and forgotten is recorded from the last entry that is there", async () => {
  const { recovery } = start(`${AT + 3000}-0`);
  const writes = await recovery.recover(() => true);
  const record = writes.find((write) => write.kind === "append" && write.key !== key);
  assert.ok(record?.kind === "append");
  const { path, from, to, outcome } = record.row;
  assert.deepEqual([path, Number(from), Number(to), outcome], ["trades:A-USDT", AT + 3000, AT + 6000, "not"]);
  assert.equal(writes.filter((write) => write.kind === "append" && write.key === key).length, 3);
});

Deno.test("nothing is written where Redis has everything, and an empty stream lacks it from the beginning", async () => {
  assert.deepEqual(await start(`${AT + 9000}-0`).recovery.recover(() => true), []);
  const writes = await start(undefined).recovery.recover(() => true);
  const record = writes.find((write) => write.kind === "append" && write.key !== key);
  assert.equal(record?.kind === "append" && Number(record.row.from), AT);
});

Deno.test("what an earlier process has written and is lacking is recorded once, also where nothing came since", async () => {
  const projector = new Projector({ keyPrefix: "okex", server: "m", maxRow: 100 });
  projector.resumeSeries(topic.path);
  const recent = new RecentEntries();
  recent.inherit(new Map([[key, `${AT + 9000}-0`]]));
  const recovery = createRecovery({
    store: { lastIds: (keys) => Promise.resolve(new Map(keys.map((each) => [each, `${AT + 3000}-0`]))) },
    recent,
    layout: { lostEntries: (lost) => projector.losses.recordEntries(lost, AT + 20_000) },
  });
  const [record] = await recovery.recover(() => true);
  assert.ok(record?.kind === "append");
  const { path, from, to, outcome } = record.row;
  assert.deepEqual([path, Number(from), Number(to), outcome], ["trades:A-USDT", AT + 3000, AT + 9000, "not"]);
  assert.ok(recovery.isCompared(key));
  assert.deepEqual(await recovery.recover(() => true), []);
});
