/**
 * A follower whose connections to Redis are cut a hundred times while rows flow gives each row once and in order, and says
 * what it missed; so does one that is too slow for what is kept.
 */
import assert from "node:assert/strict";
import { testWith } from "../../support/needs.ts";
import { waitFor } from "../../support/wait.ts";
import { type Environment, MAX_ROW, startEnvironment, ticker, trade } from "./environment.ts";
import { follow, type Followed, FOLLOWERS } from "./languages.ts";

const CUTS = 100;
const MINUTE = 60_000;

/** Cuts every connection of a follower; there is at least one. */
async function cut({ run: { redis } }: Environment, name: string): Promise<void> {
  await waitFor(
    `a connection of ${name}`,
    async () => Number(await redis.call("CLIENT", "KILL", "USER", name)) > 0,
  );
}

/** Asserts that ids follow each other, where what was missed counts as many as are said. */
function assertSequence(items: readonly Followed[]): void {
  let last = 0;
  for (const { row, missed } of items) {
    assert.notEqual(missed, null, "it is known how many were missed");
    const next = row === undefined ? last + (missed ?? 0) : Number(row.tradeId);
    if (row !== undefined) assert.equal(next, last + 1, `after ${last}`);
    last = next;
  }
}

for (const language of FOLLOWERS) {
  testWith(
    ["redis-server", ...language.needs],
    `${language.name}: of a stream every entry comes once and in order, whatever is cut`,
    async () => {
      await using environment = await startEnvironment();
      const name = "follower";
      const url = await environment.login("reader", name);
      await using follower = await follow(language, url, { server: "test" }, {
        path: "trades:BTC-USDT",
        after: "0-0",
      });
      let id = 0;
      const push = (count: number) => {
        for (let i = 0; i < count; i++) environment.push("trades", trade(++id));
      };
      const isShown = () => follower.items().at(-1)?.row?.tradeId === String(id);
      push(1);
      await waitFor("the first trade", isShown);
      for (let i = 0; i < CUTS; i++) {
        push(2);
        await cut(environment, name);
        push(1);
        await waitFor(`trade ${id} after cut ${i + 1}`, isShown, { everyMs: 2 });
      }
      assertSequence(follower.items());
      assert.ok(follower.items().some(({ why }) => why === "connection lost"), "a lost connection is said");

      // A follower that stands still while more comes than is kept.
      follower.child.kill("SIGSTOP");
      const before = follower.items().length;
      push(2 * MAX_ROW);
      await waitFor("trades that are gone", async () => {
        const newest = await environment.run.redis.call(
          "XREVRANGE",
          "okex/test/trades:BTC-USDT",
          "+",
          "-",
          "COUNT",
          "1",
        );
        return JSON.stringify(newest).includes(`"tradeId","${id}"`);
      });
      follower.child.kill("SIGCONT");
      await waitFor("the last trade", isShown);
      assertSequence(follower.items());
      assert.ok(
        follower.items().slice(before).some(({ missed }) => (missed ?? 0) > 0),
        "what was missed is said",
      );
    },
  );

  testWith(
    ["redis-server", ...language.needs],
    `${language.name}: a row and bars are followed across a hundred cuts, none twice and none older`,
    async () => {
      await using environment = await startEnvironment();
      const [rowUrl, barUrl] = [
        await environment.login("reader", "of-row"),
        await environment.login("reader", "of-bars"),
      ];
      await using rows = await follow(language, rowUrl, { server: "test" }, { path: "tickers:BTC-USDT" });
      await using bars = await follow(language, barUrl, { server: "test" }, { path: "candle1m:BTC-USDT" });
      const start = Math.floor(Date.now() / MINUTE) * MINUTE - CUTS * MINUTE;
      let last = 0;
      const push = () => {
        last += 1;
        environment.push("tickers", ticker(last));
        // Each bar changes once and is final then.
        const ts = String(start + Math.floor(last / 2) * MINUTE);
        const price = String(last);
        environment.okx.current("business")?.push(
          { channel: "candle1m", instId: "BTC-USDT" },
          [[ts, price, price, price, price, price, "1", "1", String(last % 2)]],
        );
      };
      const isShown = () =>
        rows.items().at(-1)?.row?.last === String(last) && bars.items().at(-1)?.row?.vol === String(last);
      push();
      await waitFor("the first rows", isShown);
      for (let i = 0; i < CUTS; i++) {
        await Promise.all([cut(environment, "of-row"), cut(environment, "of-bars")]);
        push();
        await waitFor(`row ${last} after cut ${i + 1}`, isShown, { everyMs: 2 });
      }
      const shown = rows.items().flatMap(({ row }) => row === undefined ? [] : [Number(row.last)]);
      assert.deepEqual(shown, [...new Set(shown)].toSorted((a, b) => a - b));
      const ofBars = bars.items().flatMap(({ row }) => row === undefined ? [] : [`${row.ts} ${row.confirm}`]);
      assert.deepEqual(ofBars, [...new Set(ofBars)].toSorted(), "bars in order, none twice");
      const final = new Set(ofBars.filter((each) => each.endsWith(" 1")));
      assert.equal(final.size, Math.ceil(last / 2), "every bar as it was in the end");
      for (const items of [rows.items(), bars.items()]) {
        assert.ok(items.some(({ why }) => why === "connection lost"), "a lost connection is said");
      }
    },
  );

  testWith(
    ["redis-server", ...language.needs],
    `${language.name}: a Redis that was emptied is followed on, and nobody knows how much is missing`,
    async () => {
      await using environment = await startEnvironment();
      const url = await environment.login("reader", "follower");
      await using follower = await follow(language, url, { server: "test" }, {
        path: "trades:BTC-USDT",
        after: "0-0",
      });
      const isShown = (id: number) => () => follower.items().at(-1)?.row?.tradeId === String(id);
      for (let id = 1; id <= 5; id++) environment.push("trades", trade(id));
      await waitFor("five trades", isShown(5));
      await environment.run.redis.flushall();
      await waitFor("what is said of it", () => follower.items().some(({ missed }) => missed === null));
      environment.push("trades", trade(6));
      await waitFor("the next trade", isShown(6));
      const shown = follower.items().map(({ row, missed }) => row?.tradeId ?? missed);
      assert.deepEqual(shown, ["1", "2", "3", "4", "5", null, "6"]);
    },
  );

  testWith(
    ["redis-server", ...language.needs],
    `${language.name}: trades from before the first one are put before a stream, and nothing is said to be missed`,
    async () => {
      const released = Promise.withResolvers<void>();
      await using environment = await startEnvironment({
        settings: { HISTORY: 50 },
        rest: (url) => url.pathname.endsWith("trades") ? later(released.promise) : [],
      });
      const url = await environment.login("reader", "follower");
      await using follower = await follow(language, url, { server: "test" }, {
        path: "trades:BTC-USDT",
        after: "0-0",
      });
      const isShown = (id: number) => () => follower.items().at(-1)?.row?.tradeId === String(id);
      for (const id of [101, 102]) environment.push("trades", trade(id));
      await waitFor("what was pushed", isShown(102));
      released.resolve();
      const { redis } = environment.run;
      await waitFor("the history", async () => await redis.xlen("okex/test/trades:BTC-USDT") === 52);
      environment.push("trades", trade(103));
      await waitFor("the next trade", isShown(103));
      const shown = follower.items().map(({ row, missed }) => row?.tradeId ?? `${missed} missed`);
      assert.deepEqual(shown, ["101", "102", "103"]);
    },
  );
}

/** The newest trades before those that are pushed, once they are released. */
function later(released: Promise<void>): Response {
  const data = Array.from(
    { length: 100 },
    (_, i) => ({ ...trade(100 - i), ts: String(1_700_000_000_000 - i) }),
  );
  const body = new ReadableStream({
    async start(controller) {
      await released;
      controller.enqueue(new TextEncoder().encode(JSON.stringify({ code: "0", msg: "", data })));
      controller.close();
    },
  });
  return new Response(body, { headers: { "content-type": "application/json" } });
}
