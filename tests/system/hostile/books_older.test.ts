/** What is live of an order book is never older than what okws itself had of it, whichever way it comes. */
import assert from "node:assert/strict";
import { startFakeOkx } from "../../support/fake_okx.ts";
import { startService } from "../../support/service.ts";
import { waitFor } from "../../support/wait.ts";

const BOOK = { channel: "books", instId: "X-Y" };
const SMALL = { channel: "books5", instId: "X-Y" };
const LEGACY = "spot/depth:X-Y";
const PATHS = ["books:X-Y", LEGACY, "books5:X-Y"];

function row(prevSeqId: number | undefined, seqId: number, ts: number) {
  const [bids, asks] = [[[String(seqId), "1", "0", "1"]], [["1001", "1", "0", "1"]]];
  return { bids, asks, ts: String(ts), seqId, ...(prevSeqId === undefined ? {} : { prevSeqId }) };
}

Deno.test("books are as new as they were after a lost connection and from a REST that lags, or syncing", async () => {
  await using okx = startFakeOkx();
  let asked = 0;
  let seed = row(undefined, 15, 1500);
  okx.rest = ({ pathname }) => {
    if (pathname !== "/api/v5/market/books") return [];
    asked += 1;
    return [seed];
  };
  await using run = await startService({
    endpoint: okx.url,
    channels: PATHS,
    timing: { tickMs: 20, books: { snapshotMs: 100, silentMs: 60_000 } },
  });
  const stateOf = (path: string) => run.redis.hget(`okex/test/${path}`, "state");
  const seqIdOf = (path: string) => run.redis.hget(`okex/test/${path}`, "seqId");
  const connect = (than?: unknown) =>
    waitFor("a connection", () => {
      const current = okx.current("public");
      return current === than || current?.asked("subscribe").length !== 2 ? undefined : current;
    });

  const first = await connect();
  first.push(BOOK, [row(-1, 10, 1000)], { action: "snapshot" });
  first.push(BOOK, [row(10, 20, 2000)], { action: "update" });
  first.push(SMALL, [row(undefined, 20, 2000)]);
  await waitFor(
    "20",
    async () => await seqIdOf("books:X-Y") === "20" && await seqIdOf("books5:X-Y") === "20",
  );

  // An older frame of the same connection, and a newer one behind it.
  first.push(SMALL, [row(undefined, 19, 1900)]);
  first.push(BOOK, [row(-1, 10, 1000)], { action: "snapshot" });
  first.push(BOOK, [row(20, 21, 2100)], { action: "update" });
  await waitFor("21", async () => await seqIdOf("books:X-Y") === "21");
  assert.deepEqual([await seqIdOf("books5:X-Y"), await stateOf("books5:X-Y")], ["20", "live"]);
  assert.equal(run.service.view().stats.gaps, 0);

  first.drop();
  const second = await connect(first);
  second.push(SMALL, [row(undefined, 15, 1500)]);
  await waitFor("REST", () => asked > 1);
  assert.deepEqual(await Promise.all([stateOf("books:X-Y"), seqIdOf("books:X-Y")]), ["stale", "21"]);
  assert.deepEqual(await Promise.all([stateOf("books5:X-Y"), seqIdOf("books5:X-Y")]), ["stale", "20"]);
  assert.equal((await run.sub(LEGACY))?.state, "syncing");

  // A snapshot that is older is left when it does not catch up, and asked for again.
  second.push(BOOK, [row(-1, 18, 1800)], { action: "snapshot" });
  await waitFor("syncing", async () => await stateOf("books:X-Y") === "syncing");
  await waitFor("the end of that", () => second.asked("unsubscribe").length === 1);
  assert.deepEqual(await Promise.all([stateOf(LEGACY), seqIdOf("books:X-Y")]), ["syncing", "21"]);

  seed = row(undefined, 21, 2100);
  second.push(SMALL, [row(undefined, 21, 2100)]);
  for (const path of PATHS) await waitFor(path, async () => await stateOf(path) === "live");
  assert.deepEqual(await Promise.all([seqIdOf("books:X-Y"), seqIdOf("books5:X-Y")]), ["21", "21"]);
  for (const path of PATHS) assert.equal((await run.sub(path))?.state, "live");
});
