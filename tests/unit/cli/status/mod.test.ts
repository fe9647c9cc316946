/** What `okws client status` shows of servers, faults and who writes. */
import assert from "node:assert/strict";
import { createPaint } from "../../../../src/cli/terminal/live/style.ts";
import {
  renderFaults,
  renderLease,
  renderServers,
  renderShards,
  type StatusView,
} from "../../../../src/cli/status/mod.ts";
import { loadLanguage } from "../../../../src/cli/i18n/translate.ts";
import { widthOf } from "../../../../src/cli/terminal/text.ts";
import type { SubRecord } from "../../../../src/store/layout/subscription_record.ts";

/** Any moment. */
const NOW = Date.parse("2026-11-22T12:00:00Z");

const RECORD = { state: "live", since: 0, receivedAt: NOW - 500, exchangeAt: 0, rows: 9, error: null };

function viewOf(more: Record<string, unknown> = {}): StatusView {
  const link = { endpoint: "public", url: "wss://x", state: "connected", since: NOW - 60_000, attempts: 0 };
  return {
    name: "test",
    clockSkewMs: null,
    connections: [{ ...link, lastError: "old", receivedAt: NOW - 40, subscriptions: 1 }],
    subscriptions: [{
      path: "tickers:A",
      state: "live",
      error: null,
      owners: ["file"],
      connection: "public",
    }],
    records: { "tickers:A": RECORD as SubRecord },
    ...more,
  };
}

Deno.test("renderServers() has a table of connections and one of subscriptions for each server", () => {
  assert.deepEqual(renderServers([viewOf()], NOW), [
    "server  connection  state      for    age    url      last error",
    "------  ----------  ---------  -----  -----  -------  ----------",
    "test    public      connected  1 min  40 ms  wss://x",
    "",
    "path       state  age     rows  connection  desired by",
    "---------  -----  ------  ----  ----------  ----------",
    "tickers:A  live   500 ms     9  public      file",
  ]);
});

Deno.test("renderServers() says what is wrong, and lets no text of the exchange act", () => {
  const lines = renderServers([viewOf({
    clockSkewMs: 5000,
    subscriptions: [{ path: "tickers:A", state: "refused", error: { code: "1", message: "no\x1b[2J" } }],
    records: {},
  })], NOW);
  const text = lines.join("\n");
  assert.match(text, /clock is 5\.0 s ahead of this/);
  assert.match(text, /^tickers:A +refused +- +0$/m);
  assert.match(text, /^tickers:A is refused: 1 no\\x1b\[2J$/m);
});

Deno.test("renderServers() lists connections whose error has no room in 80 columns, in either language", async () => {
  const link = { endpoint: "public", url: "wss://127.0.0.1:8443/ws/v5/public", state: "connecting" };
  const lastError = "closed by the other side with code 1006, and then no answer in 10 s";
  const view = viewOf({ connections: [{ ...link, since: NOW - 60_000, receivedAt: 0, lastError }] });
  for (const language of ["en", "zh"] as const) {
    const t = await loadLanguage(language);
    const lines = renderServers([view], NOW, createPaint(false), t, 80);
    const list = lines.slice(0, lines.indexOf(""));
    assert.equal(list.length, 7, lines.join("\n"));
    assert.match(list[5] ?? "", /^(?:URL|url|地址) +wss:\S+public$/);
    assert.match(list[6] ?? "", /closed by the other side with code 1006/);
    for (const line of lines) assert.ok(widthOf(line) <= 80, line);
  }
});

Deno.test("renderServers() colours states without moving columns", () => {
  const plain = renderServers([viewOf()], NOW);
  const coloured = renderServers([viewOf()], NOW, createPaint(true));
  assert.ok(coloured.join("").includes("\x1b[32mlive\x1b[0m"));
  // deno-lint-ignore no-control-regex
  assert.deepEqual(coloured.map((line) => line.replace(/\x1b\[[0-9;]*m/g, "")), plain);
});

Deno.test("renderServers() says how to begin where nothing is open or subscribed", () => {
  assert.match(renderServers([], NOW).join(), /okws client open/);
  assert.match(renderServers([viewOf({ subscriptions: [] })], NOW).join("\n"), /No subscriptions\./);
});

Deno.test("renderFaults() has a line for each fault of the service itself, and lets no text act", () => {
  assert.deepEqual(renderFaults({ outage: "", faults: ["Redis does not let okws read"] }), [
    "Redis does not let okws read",
  ]);
  const [outage, ...others] = renderFaults({ outage: "Redis is\u001b[2J away" });
  assert.deepEqual([outage?.includes("\u001b"), others], [false, []]);
  assert.deepEqual([renderFaults(undefined), renderFaults({ faults: [7, ""] })], [[], []]);
});

Deno.test("renderShards() says who has each shard, and which nobody has", () => {
  const holder = { instance: "a", host: "one", pid: 7, url: "http://127.0.0.1:8787", epoch: 1, since: 0 };
  const shards = [{ shard: "1/2", holder }, { shard: "2/2", holder: null }];
  assert.deepEqual(renderShards({ shard: "1/2", shards }), [
    "Shard 1/2: pid 7 on one, pages at http://127.0.0.1:8787",
    "Shard 2/2: nobody, its paths are not kept up",
  ]);
  assert.deepEqual([renderShards({}), renderShards(undefined)], [[], []]);
});

Deno.test("renderLease() says who writes, and nothing where that takes no lease", () => {
  assert.deepEqual(renderLease({ lease: { role: "active", epoch: 3, ageMs: 1200 } }), [
    "Writes as epoch 3, lease renewed 1.2 s ago",
  ]);
  assert.match(renderLease({ lease: { role: "waiting", epoch: 0, ageMs: null } })[0] ?? "", /writes nothing/);
  assert.match(renderLease({ lease: { role: "unprotected", epoch: 0, ageMs: null } })[0] ?? "", /redis-acl/);
  assert.deepEqual(renderLease({ lease: null }), []);
  assert.deepEqual(renderLease(undefined), []);
});
