/** Rows of the live views in full, and the columns that are asked for on the command line. */
import assert from "node:assert/strict";
import { readServiceView } from "../../../src/client/service_view.ts";
import { parseColumns } from "../../../src/cli/shared/columns.ts";
import { UsageError } from "../../../src/cli/shared/exit.ts";
import { english, loadLanguage } from "../../../src/cli/i18n/translate.ts";
import { connectionKey, subscriptionKey, topDetail, topTarget } from "../../../src/cli/top/detail.ts";
import { figuresOf } from "../../../src/cli/top/sample.ts";
import { TOP_TITLES } from "../../../src/cli/top/tables.ts";
import { watchDetail } from "../../../src/cli/watch/detail.ts";
import { titlesOf } from "../../../src/cli/watch/tables.ts";
import { addRow, createWatchState } from "../../../src/cli/watch/watch_state.ts";
import { watchView } from "../../../src/cli/watch/view.ts";
import { newRecord } from "../../../src/store/layout/subscription_record.ts";
import { createPaint } from "../../../src/cli/terminal/live/style.ts";

const NOW = Date.parse("2026-11-28T12:00:00Z");
const PATH = "tickers:BTC-USDT";

Deno.test("a row of watch has every member, safe for a terminal, and what Redis says of its subscription", () => {
  const watch = createWatchState("test", [PATH, "trades:X"], NOW);
  addRow(watch, PATH, { instId: "BTC-USDT", last: "1\x1b[2J", deep: { a: [1] } }, {
    cached: false,
    now: NOW,
  });
  addRow(watch, "trades:X", { instId: "X", px: "1" }, { cached: false, now: NOW });
  addRow(watch, "trades:X", { instId: "X", px: "2" }, { cached: false, now: NOW });
  const error = { code: "60018", message: "there is none", nextAt: NOW + 5000 };
  watch.records = new Map([[PATH, { ...newRecord("stale", NOW - 60_000), error, receivedAt: NOW - 2500 }]]);
  const { grids, targetOf } = watchView(watch, NOW, createPaint(false));
  const [key = "", ...others] = grids[0]?.keys ?? [];
  assert.deepEqual(others, []);
  const detail = watchDetail(watch, key, NOW, english);
  assert.deepEqual(detail?.sections[0]?.fields, [
    ["instId", "BTC-USDT"],
    ["last", "1\\x1b[2J"],
    ["deep", '{"a":[1]}'],
  ]);
  const record = new Map(detail?.sections[1]?.fields);
  assert.equal(record.get("state"), "stale");
  assert.equal(record.get("error"), "60018 there is none; next attempt in 5 s");
  assert.equal(record.get("since"), "2026-11-28T11:59:00.000Z (1 min ago)");
  assert.equal(record.get("receivedAt"), "2026-11-28T11:59:57.500Z (2.5 s ago)");
  assert.equal(record.get("exchangeAt"), "never");
  assert.deepEqual(targetOf?.(key), { server: "test", path: PATH });
  // Each event is a row of its own; what is not subscribed cannot be unsubscribed.
  const trades = grids.at(-1)?.keys ?? [];
  assert.equal(new Set(trades).size, 2);
  assert.equal(
    new Map(watchDetail(watch, trades[0] ?? "", NOW, english)?.sections[0]?.fields).get("px"),
    "2",
  );
  assert.equal(targetOf?.(trades[0] ?? ""), undefined);
  assert.equal(watchDetail(watch, "trades:X\n#99", NOW, english), undefined);
});

Deno.test("a row of top is a subscription or a connection, in full", () => {
  const path = { path: PATH, state: "live", error: null, since: NOW - 1000, receivedAt: 0, rows: 7 };
  const view = readServiceView({
    servers: [{
      name: "test",
      clockSkewMs: null,
      connections: [{
        endpoint: "public",
        url: "wss://x/",
        state: "waiting",
        lastError: "gone",
        attempts: 3,
      }],
      subscriptions: [{ ...path, owners: ["file", "command"], connection: "public", everyMs: 60_000 }],
    }],
  });
  const figures = figuresOf(undefined, { at: NOW, steadyMs: 0, view, memory: {} });
  const key = subscriptionKey({ server: "test", path: PATH });
  const fields = new Map(topDetail(figures, key, NOW, english)?.sections[0]?.fields);
  assert.deepEqual(
    ["state", "error", "receivedAt", "rows", "everyMs", "owners"].map((name) => fields.get(name)),
    ["live", "-", "never", "7", "1 min", "file, command"],
  );
  assert.deepEqual(topTarget(figures, key), { server: "test", path: PATH });
  const connection = connectionKey({ server: "test", endpoint: "public" });
  const known = new Map(topDetail(figures, connection, NOW, english)?.sections[0]?.fields);
  assert.deepEqual(["state", "lastError", "attempts"].map((name) => known.get(name)), [
    "waiting",
    "gone",
    "3",
  ]);
  assert.equal(topTarget(figures, connection), undefined);
  assert.equal(topDetail(figures, "test\nnothing", NOW, english), undefined);
});

Deno.test("--columns takes titles in English and in the reader's language, and names what there is", async () => {
  const t = await loadLanguage("zh");
  const only = parseColumns(" State,年龄 ", { titles: TOP_TITLES, isOpen: false, t });
  assert.deepEqual([...only ?? []].sort(), [t("heading.age"), t("heading.state")].sort());
  assert.equal(parseColumns(undefined, { titles: TOP_TITLES, isOpen: false, t }), undefined);
  for (const value of ["", " , ", "stat"]) {
    assert.throws(() => parseColumns(value, { titles: TOP_TITLES, isOpen: false, t: english }), UsageError);
  }
  const { isOpen, titles } = titlesOf([PATH, "orders:SPOT"]);
  assert.equal(isOpen, false);
  assert.ok(parseColumns("last, Filled", { titles, isOpen, t: english }));
  // What rows of other channels have is known when they come.
  const open = titlesOf(["funding-rate:BTC-USDT-SWAP"]);
  assert.deepEqual([...parseColumns("fundingRate", { ...open, t: english }) ?? []], ["fundingrate"]);
});
