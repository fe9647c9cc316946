/** The status of a server, made of those of its shards. */
import assert from "node:assert/strict";
import { keepStatuses, leastOf } from "../../../src/app/shard_status.ts";
import type { Write } from "../../../src/store/write/write.ts";
import { waitFor } from "../../support/wait.ts";

Deno.test("a server is as its least shard is", () => {
  const cases: [string[], string][] = [
    [["CONNECTED", "CONNECTED"], "CONNECTED"],
    [["CONNECTED", "ON_DATA 7"], "ON_DATA"],
    [["ON_DATA 1", "DISCONNECTED"], "DISCONNECTED"],
    [["ON_DATA 1", ""], "DISCONNECTED"],
    [["ON_DATA 1", "EXIT"], "DISCONNECTED"],
    [["CONNECTED", "READY"], "READY"],
  ];
  for (const [texts, status] of cases) assert.equal(leastOf(texts), status, texts.join());
});

Deno.test("it is announced when it changes and when data comes, and is EXIT at the end", async () => {
  const texts = new Map([["okex/a/status/1-2", "CONNECTED"], ["okex/a/status/2-2", "CONNECTED"]]);
  const said: string[] = [];
  const ending = new AbortController();
  const keeping = keepStatuses({
    store: { text: (key) => Promise.resolve(texts.get(key)), clustered: false },
    ...{ keyPrefix: "okex", shard: { index: 1, count: 2 }, servers: () => ["a"], holders: () => [] },
    everyMs: 10,
    write: (writes: Write[]) => {
      for (const write of writes) if (write.kind === "publish") said.push(write.message);
    },
  }, ending.signal);
  const until = (length: number) => waitFor(`${length} messages`, () => said.length === length);
  await until(2);
  texts.set("okex/a/status/2-2", "ON_DATA 1");
  await until(4);
  texts.set("okex/a/status/2-2", "ON_DATA 2");
  await until(6);
  texts.delete("okex/a/status/2-2");
  await until(8);
  ending.abort();
  await keeping;
  assert.deepEqual(said, [
    ...["CONNECTED", '{"op":"CONNECTED"}', "ON_DATA", '{"op":"ON_DATA"}', "ON_DATA", '{"op":"ON_DATA"}'],
    "DISCONNECTED",
    '{"op":"DISCONNECTED","reason":"not connected, or not there: shard 2/2"}',
    ...["EXIT", '{"op":"EXIT"}'],
  ]);
});
