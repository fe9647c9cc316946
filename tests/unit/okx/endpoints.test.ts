import assert from "node:assert/strict";
import { EXCHANGE_NAMES, findExchange, isNamed, socketUrl } from "../../../src/okx/endpoints.ts";

function urlOf(endpoint: string): string | undefined {
  const exchange = findExchange(endpoint);
  return exchange === undefined ? undefined : socketUrl(exchange, "public");
}

Deno.test("findExchange() knows the documented hosts, without the retired port", async (t) => {
  const hosts = {
    okx: ["wss://ws.okx.com/ws/v5/public", "https://openapi.okx.com"],
    "okx-eea": ["wss://wseea.okx.com/ws/v5/public", "https://eea.okx.com"],
    "okx-us": ["wss://wsus.okx.com/ws/v5/public", "https://us.okx.com"],
    "okx-demo": ["wss://wspap.okx.com/ws/v5/public", "https://openapi.okx.com"],
  };
  assert.deepEqual([...EXCHANGE_NAMES].sort(), Object.keys(hosts).sort());
  for (const [name, [url, rest]] of Object.entries(hosts)) {
    await t.step(name, () => {
      assert.equal(urlOf(name), url);
      assert.equal(findExchange(name)?.rest, rest);
    });
  }
});

Deno.test("findExchange() takes a socket URL and finds REST on the same host", () => {
  assert.deepEqual(findExchange("ws://127.0.0.1:9000"), {
    ws: "ws://127.0.0.1:9000",
    rest: "http://127.0.0.1:9000",
  });
  assert.equal(findExchange("wss://proxy.example/okx/")?.rest, "https://proxy.example/okx");
  assert.equal(urlOf("wss://proxy.example/okx///"), "wss://proxy.example/okx/ws/v5/public");
  assert.equal(urlOf("ws://[::1]:9000"), "ws://[::1]:9000/ws/v5/public");
});

Deno.test("findExchange() takes nothing else", () => {
  const wrong = ["", "OKX", "okx.com", "https://ws.okx.com", "ws://", "ws://u:p@h", "ws://h?x=1", "ws://h#x"];
  for (const endpoint of wrong) assert.equal(findExchange(endpoint), undefined, endpoint);
});

Deno.test("socketUrl() has the one path of v3", () => {
  assert.equal(socketUrl({ ws: "ws://h/base", rest: "http://h/base" }, "v3"), "ws://h/base/ws/v3");
});

Deno.test("isNamed() knows exchanges by their names alone", () => {
  assert.deepEqual(EXCHANGE_NAMES.filter((name) => !isNamed(name)), []);
  assert.ok(!isNamed("ws://127.0.0.1:8080"));
});

Deno.test("socketUrl() has the three paths of v5", () => {
  const exchange = { ws: "ws://h", rest: "http://h" };
  const urls = (["public", "private", "business"] as const).map((endpoint) => socketUrl(exchange, endpoint));
  assert.deepEqual(urls, ["ws://h/ws/v5/public", "ws://h/ws/v5/private", "ws://h/ws/v5/business"]);
});
