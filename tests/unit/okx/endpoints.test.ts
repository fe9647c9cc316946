/** Addresses of the exchange: its names, hosts and regions, and whatever else may stand there. */
import assert from "node:assert/strict";
import { EXCHANGE_NAMES, exchangeName, findExchange, socketUrl } from "../../../src/okx/endpoints.ts";

function urlOf(endpoint: string): string | undefined {
  const exchange = findExchange(endpoint);
  return exchange === undefined ? undefined : socketUrl(exchange, "public");
}

/** WebSocket host, REST host, and whether it is demo trading. */
const HOSTS: Readonly<Record<string, readonly [string, string, boolean]>> = {
  okx: ["ws.okx.com", "openapi.okx.com", false],
  "okx-demo": ["wspap.okx.com", "openapi.okx.com", true],
  "okx-eea": ["wseea.okx.com", "eea.okx.com", false],
  "okx-eea-demo": ["wseeapap.okx.com", "eea.okx.com", true],
  "okx-us": ["wsus.okx.com", "us.okx.com", false],
  "okx-us-demo": ["wsuspap.okx.com", "us.okx.com", true],
  "okx-tr": ["ws.okx.com", "tr.okx.com", false],
  "okx-tr-demo": ["wspap.okx.com", "tr.okx.com", true],
};

/** What is asked of REST for an endpoint: its host, and whether demo trading is meant. */
function restOf(endpoint: string): readonly [string | undefined, boolean] {
  const rest = findExchange(endpoint)?.rest;
  return [rest?.url.replace("https://", ""), rest?.headers["x-simulated-trading"] === "1"];
}

Deno.test("findExchange() knows the documented hosts, without the retired port", async (t) => {
  assert.deepEqual([...EXCHANGE_NAMES].sort(), Object.keys(HOSTS).sort());
  for (const [name, [ws, rest, isDemo]] of Object.entries(HOSTS)) {
    await t.step(name, () => {
      assert.equal(urlOf(name), `wss://${ws}/ws/v5/public`);
      assert.deepEqual(restOf(name), [rest, isDemo]);
      assert.equal(findExchange(name)?.correction, undefined);
    });
  }
});

Deno.test("findExchange() finds REST of a host of the exchange where the exchange has it", () => {
  for (const [ws, rest, isDemo] of Object.values(HOSTS)) {
    if (rest === "tr.okx.com") continue;
    assert.deepEqual(restOf(`wss://${ws}`), [rest, isDemo], ws);
    assert.deepEqual(restOf(`wss://${ws}:8443/ws/v5/private`), [rest, isDemo], ws);
  }
  assert.deepEqual(restOf("wss://wseeabig.okx.com"), ["eea.okx.com", false]);
  assert.deepEqual(restOf("wss://wsbigpap.okx.com"), ["openapi.okx.com", true]);
  assert.deepEqual(restOf("wss://ws.okx.com.example"), ["ws.okx.com.example", false]);
});

Deno.test("findExchange() reads what the documentation shows, and says what it was read as", async (t) => {
  const read = {
    "wss://ws.okx.com:8443/ws/v5/public": "wss://ws.okx.com",
    "wss://ws.okx.com/ws/v5/business/": "wss://ws.okx.com",
    "WSS://WSEEA.OKX.COM:8443/ws/v5/private": "wss://wseea.okx.com",
    "wss://wspap.okx.com:8443/ws/v5/public?brokerId=9999": "wss://wspap.okx.com",
    "wss://ws.okx.com:8443/ws/v5/public?brokerId=9999": "wss://wspap.okx.com",
    "wss://wsaws.okx.com:8443/ws/v5/public": "wss://ws.okx.com",
    "wss://real.okex.com:8443/ws/v3": "wss://ws.okx.com",
    "ws://ws.okx.com": "wss://ws.okx.com",
    "ws://127.0.0.1:9000/ws/v5/public": "ws://127.0.0.1:9000",
    "wss://proxy.example:8443/okx/ws/v5": "wss://proxy.example:8443/okx",
  };
  for (const [written, ws] of Object.entries(read)) {
    await t.step(written, () => {
      const found = findExchange(written);
      assert.equal(found?.ws, ws);
      assert.ok(found?.correction?.english.startsWith(`is read as ${ws}: `), found?.correction?.english);
    });
  }
  for (
    const good of ["wss://ws.okx.com", "wss://ws.okx.com/", "wss://ws.okx.com:443", "ws://127.0.0.1:9000/okx"]
  ) {
    assert.equal(findExchange(good)?.correction, undefined, good);
  }
});

Deno.test("findExchange() takes a socket URL and finds REST on the same host", () => {
  assert.deepEqual(findExchange("ws://127.0.0.1:9000"), {
    ws: "ws://127.0.0.1:9000",
    rest: { url: "http://127.0.0.1:9000", headers: {} },
  });
  assert.equal(findExchange("wss://proxy.example/okx/")?.rest.url, "https://proxy.example/okx");
  assert.equal(urlOf("wss://proxy.example/okx///"), "wss://proxy.example/okx/ws/v5/public");
  assert.equal(urlOf("ws://[::1]:9000"), "ws://[::1]:9000/ws/v5/public");
});

Deno.test("findExchange() takes a place of somebody's own for demo trading where its URL says so", () => {
  assert.deepEqual(findExchange("ws://127.0.0.1:9000?brokerId=9999"), {
    ws: "ws://127.0.0.1:9000",
    rest: { url: "http://127.0.0.1:9000", headers: { "x-simulated-trading": "1" } },
  });
});

Deno.test("findExchange() takes nothing else", () => {
  const wrong = ["", "OKX", "okx.com", "https://ws.okx.com", "ws://", "ws://u:p@h", "ws://h?x=1", "ws://h#x"];
  for (const endpoint of wrong) assert.equal(findExchange(endpoint), undefined, endpoint);
});

Deno.test("socketUrl() has the one path of v3", () => {
  const exchange = { ws: "ws://h/base", rest: { url: "http://h/base", headers: {} } };
  assert.equal(socketUrl(exchange, "v3"), "ws://h/base/ws/v3");
});

Deno.test("exchangeName() knows exchanges by their names and their hosts", () => {
  assert.deepEqual(EXCHANGE_NAMES.filter((name) => exchangeName(name) !== name), []);
  assert.equal(exchangeName("https://eea.okx.com"), "okx-eea");
  assert.equal(exchangeName("wss://wsuspap.okx.com:8443/ws/v5/public"), "okx-us-demo");
  assert.equal(exchangeName("ws://127.0.0.1:8080"), undefined);
  assert.equal(exchangeName("wss://okx.com.example"), undefined);
});

Deno.test("socketUrl() has the three paths of v5", () => {
  const exchange = { ws: "ws://h", rest: { url: "http://h", headers: {} } };
  const urls = (["public", "private", "business"] as const).map((endpoint) => socketUrl(exchange, endpoint));
  assert.deepEqual(urls, ["ws://h/ws/v5/public", "ws://h/ws/v5/private", "ws://h/ws/v5/business"]);
});
