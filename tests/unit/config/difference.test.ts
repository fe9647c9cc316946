/** What a reload has to do. */
import assert from "node:assert/strict";
import { difference } from "../../../src/config/difference.ts";
import { type Config, parseConfig } from "../../../src/config/schema.ts";

function configOf(servers: unknown[], subscribes: unknown[] = [], settings = {}): Config {
  const parsed = parseConfig({ settings, servers, subscribes });
  if ("issues" in parsed) throw new SyntaxError(JSON.stringify(parsed.issues));
  return parsed.config;
}

function shown(
  { opened, closed, changed, removed, settings }: ReturnType<typeof difference>,
): unknown {
  const paths = (list: typeof removed) =>
    list.map(({ server, topics }) => [server, ...topics.map(({ path }) => path)]);
  return {
    opened: opened.map(({ name }) => name),
    closed,
    changed: changed.map(({ name }) => name),
    removed: paths(removed),
    settings,
  };
}

const NONE = { opened: [], closed: [], changed: [], removed: [], settings: [] };

Deno.test("difference() of equal configurations is nothing, however they are written", () => {
  const one = configOf([{ name: "a" }], [{ server: "a", channels: ["tickers:X", "trades:X"] }]);
  const other = configOf([{ name: "a", endpoint: "okx" }], [
    { server: "a", channels: [{ instId: "X", channel: "trades" }] },
    { server: "a", channels: ["tickers:X"] },
  ]);
  assert.deepEqual(shown(difference(one, other)), NONE);
});

Deno.test("difference() names servers that come, go and change, and paths that come and go", () => {
  const before = configOf([{ name: "a" }, { name: "b" }, { name: "c" }], [
    { server: "a", channels: ["tickers:X", "tickers:Y"] },
    { server: "b", channels: ["tickers:X"] },
  ]);
  const after = configOf([{ name: "a" }, { name: "c", endpoint: "okx-eea" }, { name: "d" }], [
    { server: "a", channels: ["tickers:Y", "tickers:Z"] },
    { server: "d", channels: ["tickers:X"] },
  ], { MAX_ROW: 5 });
  assert.deepEqual(shown(difference(before, after)), {
    opened: ["d"],
    closed: ["b"],
    changed: ["c"],
    removed: [["a", "tickers:X"]],
    settings: ["MAX_ROW"],
  });
});

Deno.test("difference() sees another login", () => {
  const login = { apiKey: "k", secret: "s", password: "p" };
  const before = configOf([{ name: "a", ...login }]);
  assert.deepEqual(shown(difference(before, configOf([{ name: "a", ...login, secret: "t" }]))), {
    ...NONE,
    changed: ["a"],
  });
});
