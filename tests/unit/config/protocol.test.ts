/** Which protocol a server of the configuration speaks, and what v3 makes of its paths. */
import assert from "node:assert/strict";
import { planOf } from "../../../src/cli/check/plan.ts";
import { type Config, parseConfig, parseServer } from "../../../src/config/schema.ts";
import { CommandError } from "../../../src/shared/errors.ts";

const URL_ENDPOINT = "ws://127.0.0.1:8080";
const LOGIN = { apiKey: "k", secret: "s", password: "p" };

function configOf(value: unknown): Config {
  const parsed = parseConfig(value);
  assert.ok("config" in parsed, JSON.stringify(parsed));
  return parsed.config;
}

/** `path: message` of every fault. */
function faultsOf(value: unknown): string[] {
  const parsed = parseConfig(value);
  assert.ok("issues" in parsed, "no fault was found");
  return parsed.issues.map(({ path, message }) => `${path}: ${message}`);
}

Deno.test("a server speaks its own protocol, or that of the settings, or v5", () => {
  const servers = [{ name: "a" }, { name: "b", protocol: "v3" }, { name: "c", protocol: "v5" }];
  const protocols = (settings: Record<string, unknown>) =>
    configOf({ settings: { ENDPOINT: URL_ENDPOINT, ...settings }, servers }).servers.map((each) =>
      each.protocol
    );
  assert.deepEqual(protocols({}), ["v5", "v3", "v5"]);
  assert.deepEqual(protocols({ PROTOCOL: "v3" }), ["v3", "v3", "v5"]);
});

Deno.test("a protocol that there is not is a fault", () => {
  assert.deepEqual(faultsOf({ settings: { PROTOCOL: "v4" } }), ["settings.PROTOCOL: must be v5 or v3"]);
  assert.deepEqual(faultsOf({ servers: [{ name: "a", protocol: "v4" }] }), [
    "servers[0].protocol: must be v5 or v3",
  ]);
});

Deno.test("an exchange with a name of its own has no v3, and the fault says what is needed", () => {
  const message = (name: string) => `${name} has no v3 any more: v3 needs an endpoint that is a ws:// URL`;
  assert.deepEqual(
    faultsOf({
      servers: [
        { name: "a", protocol: "v3" },
        { name: "b", protocol: "v3", endpoint: "okx-eea" },
        { name: "c", protocol: "v3", endpoint: URL_ENDPOINT },
      ],
    }),
    [`servers[0].protocol: ${message("okx")}`, `servers[1].protocol: ${message("okx-eea")}`],
  );
  assert.deepEqual(faultsOf({ settings: { PROTOCOL: "v3" }, servers: [{ name: "a" }] }), [
    `servers[0]: ${message("okx")}`,
  ]);
});

Deno.test("paths are read as their server's protocol has them, also where the server has a fault", () => {
  const subscribes = [{ server: "old", channels: ["tickers:ETH-USDT", "spot/margin_account:BTC-USDT"] }];
  const faults = (server: Record<string, unknown>) =>
    faultsOf({ servers: [{ name: "old", ...server }], subscribes }).filter((text) =>
      text.startsWith("subscr")
    );
  const native = /^subscribes\[0\]\.channels\[0\]: A v3 server takes legacy paths only/;
  const [first, ...others] = faults({ protocol: "v3", endpoint: URL_ENDPOINT, ...LOGIN });
  assert.match(first ?? "", native);
  assert.deepEqual(others, []);
  assert.match(faults({ protocol: "v3" })[0] ?? "", native);
  assert.match(faults({})[0] ?? "", /^subscribes\[0\]\.channels\[1\]: spot\/margin_account/);
});

Deno.test("a v3 path that needs a login is a fault without credentials", () => {
  const config = {
    servers: [{ name: "old", protocol: "v3", endpoint: URL_ENDPOINT }],
    subscribes: [{ server: "old", channels: ["spot/account:USDT"] }],
  };
  assert.match(faultsOf(config)[0] ?? "", /spot\/account:USDT needs a login/);
});

Deno.test("parseServer() takes the protocol of an open command", () => {
  assert.equal(parseServer("a", {}, "okx").protocol, "v5");
  assert.equal(parseServer("a", {}, URL_ENDPOINT, "v3").protocol, "v3");
  assert.equal(parseServer("a", { protocol: "v3" }, URL_ENDPOINT).protocol, "v3");
  assert.throws(
    () => parseServer("a", { protocol: "v3" }, "okx"),
    (error) => error instanceof CommandError && /^open: protocol: okx has no v3/.test(error.message),
  );
});

Deno.test("the plan has one v3 connection for everything of a server", () => {
  const channels = ["spot/ticker:ETH-USDT", "spot/account:USDT", "swap/candle60s:BTC-USD-SWAP"];
  const server = { name: "old", protocol: "v3", endpoint: URL_ENDPOINT };
  const plan = planOf(configOf({
    servers: [{ ...server, ...LOGIN }],
    subscribes: [{ server: "old", channels }],
  }));
  const link = { server: "old", name: "v3", url: `${URL_ENDPOINT}/ws/v3`, deepBooks: 0 };
  assert.deepEqual(plan.connections, [{ ...link, login: true, paths: channels }]);
  assert.deepEqual(planOf(configOf({ servers: [server] })).connections, [
    { ...link, login: false, paths: [] },
  ]);
});
