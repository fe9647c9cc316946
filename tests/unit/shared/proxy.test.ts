/** The proxy variables that the runtime takes, those that it does not, and since when WebSockets go through one. */
import assert from "node:assert/strict";
import { proxyRule, usesProxies } from "../../../src/shared/proxy.ts";

function shown(url: string, environment: Record<string, string>): string {
  const { proxy, excepted, ignored } = proxyRule(new URL(url), environment);
  return [
    proxy === undefined ? "direct" : `${proxy.variable} ${proxy.url.host}`,
    excepted ? "excepted" : "",
    ...ignored,
  ]
    .filter((part) => part !== "").join(" ");
}

Deno.test("proxyRule() takes the variable that the runtime takes, and names those that it does not", async (t) => {
  const table: [string, Record<string, string>, string][] = [
    ["wss://ws.okx.com", {}, "direct"],
    ["wss://ws.okx.com", { HTTPS_PROXY: "http://proxy:3128" }, "HTTPS_PROXY proxy:3128"],
    ["https://openapi.okx.com", { https_proxy: "proxy:3128" }, "https_proxy proxy:3128"],
    ["wss://ws.okx.com", { ALL_PROXY: "socks5://p:1080", HTTPS_PROXY: "http://q:1" }, "ALL_PROXY p:1080"],
    ["wss://ws.okx.com", { HTTP_PROXY: "http://proxy:3128" }, "direct HTTP_PROXY"],
    ["ws://host", { HTTP_PROXY: "http://proxy:3128" }, "HTTP_PROXY proxy:3128"],
    ["ws://host", { HTTPS_PROXY: "http://proxy:3128" }, "direct HTTPS_PROXY"],
    ["wss://ws.okx.com", { WSS_PROXY: "http://proxy:3128" }, "direct WSS_PROXY"],
    ["wss://ws.okx.com", { HTTPS_PROXY: "socks4://proxy:1" }, "direct HTTPS_PROXY"],
    ["wss://ws.okx.com", { HTTPS_PROXY: "" }, "direct"],
    ["wss://ws.okx.com", { HTTPS_PROXY: "http://p:1", NO_PROXY: "okx.com" }, "direct excepted"],
    ["wss://ws.okx.com", { HTTPS_PROXY: "http://p:1", no_proxy: "a, .okx.com" }, "direct excepted"],
    ["wss://ws.okx.com", { HTTPS_PROXY: "http://p:1", NO_PROXY: "*" }, "direct excepted"],
    ["wss://ws.okx.com", { HTTPS_PROXY: "http://p:1", NO_PROXY: "kx.com" }, "HTTPS_PROXY p:1"],
  ];
  for (const [url, environment, wanted] of table) {
    await t.step(
      `${url} ${JSON.stringify(environment)}`,
      () => assert.equal(shown(url, environment), wanted),
    );
  }
});

Deno.test("usesProxies() knows since when WebSockets go through a proxy", () => {
  for (const version of ["2.5.1", "2.5.10", "2.9.6", "3.0.0"]) assert.ok(usesProxies(version), version);
  for (const version of ["1.46.3", "2.4.2", "2.5.0"]) assert.ok(!usesProxies(version), version);
});
