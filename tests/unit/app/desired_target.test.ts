/** What the file and commands ask for together, from the same words always the same. */
import assert from "node:assert/strict";
import { desiredTarget } from "../../../src/app/desired_target.ts";
import { type Config, parseConfig } from "../../../src/config/schema.ts";
import { NOTHING_PERSISTED, type Persisted } from "../../../src/control/persisted_subscriptions.ts";

const SERVER = { endpoint: "ws://127.0.0.1:1", protocol: "v5" };

function configOf(servers: readonly string[], channels: readonly string[]): Config {
  const parsed = parseConfig({
    settings: { REDIS_URL: "redis://localhost" },
    servers: servers.map((name) => ({ name, ...SERVER })),
    subscribes: servers.map((server) => ({ server, channels })),
  });
  if ("issues" in parsed) throw new Error(parsed.issues.map(({ message }) => message).join());
  return parsed.config;
}

function textOf(config: Config, persisted: Partial<Persisted>): string[] {
  return [...desiredTarget(config, { ...NOTHING_PERSISTED, ...persisted })].map(([name, { topics }]) =>
    [name, ...[...topics].map(([path, { owners }]) => `${path} ${[...owners].join("+")}`)].join(", ")
  );
}

Deno.test("the file's and those of commands are desired, each with who asked for it", () => {
  const config = configOf(["one"], ["tickers:A-USDT", "tickers:B-USDT"]);
  assert.deepEqual(textOf(config, {}), ["one, tickers:A-USDT file, tickers:B-USDT file"]);
  assert.deepEqual(
    textOf(config, {
      servers: [{ name: "two", ...SERVER }],
      paths: [
        { server: "one", paths: ["tickers:B-USDT", "tickers:C-USDT"] },
        { server: "two", paths: ["tickers:D/E"] },
      ],
    }),
    [
      "one, tickers:A-USDT file, tickers:B-USDT file+command, tickers:C-USDT command",
      "two, tickers:D%2FE command",
    ],
  );
});

Deno.test("what a command took away of the file is not desired", () => {
  const config = configOf(["one", "two"], ["tickers:A-USDT"]);
  assert.deepEqual(
    textOf(config, {
      unsubscribed: new Map([["one", new Set(["tickers:A-USDT"])]]),
      closed: new Set(["two", "three"]),
      paths: [{ server: "two", paths: ["tickers:B-USDT"] }],
    }),
    ["one"],
  );
});

Deno.test("a server of a command under a name of the file begins without what the file subscribes", () => {
  const config = configOf(["one"], ["tickers:A-USDT"]);
  const servers = [{ name: "one", endpoint: "ws://127.0.0.1:2", protocol: "v5" }];
  const paths = [{ server: "one", paths: ["tickers:B-USDT"] }];
  const target = desiredTarget(config, { ...NOTHING_PERSISTED, servers, paths });
  assert.equal(target.get("one")?.server.endpoint, "ws://127.0.0.1:2");
  assert.deepEqual([...target.get("one")?.topics.keys() ?? []], ["tickers:B-USDT"]);
});

Deno.test("what cannot be had is left out: unknown, without a login, of no server, no server at all", () => {
  const config = configOf(["one"], []);
  assert.deepEqual(
    textOf(config, {
      servers: [
        { name: "bad", endpoint: "file:///etc", protocol: "v5" },
        { name: "worse", endpoint: "", protocol: "" },
      ],
      paths: [
        { server: "one", paths: ["no-such:X", "orders:SWAP", "tickers:", "newchan", ""] },
        { server: "none", paths: ["tickers:A-USDT"] },
        { server: "bad", paths: ["tickers:A-USDT"] },
      ],
    }),
    ["one, newchan command"],
  );
});
