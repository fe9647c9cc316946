import assert from "node:assert/strict";
import fc from "fast-check";
import { parseRedisUrl } from "../../src/redis_url.ts";

function optionsOf(url: string): Record<string, unknown> {
  const target = parseRedisUrl(url);
  assert.equal(target.kind, "redis", url);
  return target.kind === "redis" ? { ...target.options } : {};
}

Deno.test("parseRedisUrl() reads host, port, database and login", async (t) => {
  const table: [string, Record<string, unknown>][] = [
    ["redis://localhost", { host: "localhost", port: 6379, db: 0 }],
    ["redis://10.0.0.5:6380/2", { host: "10.0.0.5", port: 6380, db: 2 }],
    ["redis://host?db=3", { host: "host", port: 6379, db: 3 }],
    ["redis://:s3cret@host", { host: "host", port: 6379, db: 0, password: "s3cret" }],
    ["redis://okws:p%40ss%2F@host:1/0", {
      ...{ host: "host", port: 1, db: 0, username: "okws", password: "p@ss/" },
    }],
    ["redis://[::1]:6379", { host: "::1", port: 6379, db: 0 }],
    ["redis://", { host: "localhost", port: 6379, db: 0 }],
    ["rediss://host:6390", { host: "host", port: 6390, db: 0, tls: {} }],
    ["unix:/run/redis/redis.sock", { path: "/run/redis/redis.sock", db: 0 }],
    ["unix:///run/redis.sock?db=4", { path: "/run/redis.sock", db: 4 }],
    ["unix:/run/redis.sock?password=s3cret", { path: "/run/redis.sock", db: 0, password: "s3cret" }],
  ];
  for (const [url, options] of table) {
    await t.step(url, () => assert.deepEqual(optionsOf(url), options));
  }
});

Deno.test("parseRedisUrl() answers a fault for what is no Redis URL", () => {
  const wrong = [
    "",
    "localhost",
    "http://host",
    "redis:host:x",
    "redis://host:99999",
    "redis://h/x",
    "redis://h/-1",
  ];
  for (const url of [...wrong, "unix:redis.sock", "unix:/s?db=x"]) {
    assert.equal(parseRedisUrl(url).kind, "fault", url);
  }
});

Deno.test("parseRedisUrl() answers a fault for a login that is not percent-coded", () => {
  assert.equal(parseRedisUrl("redis://user:100%@host").kind, "fault");
});

Deno.test("parseRedisUrl() never shows a password", () => {
  const password = fc.stringMatching(/^[A-Za-z0-9]{8,20}$/).map((text) => `Zq${text}`);
  const form = fc.constantFrom(
    (p: string) => `redis://u:${p}@host:6379/1`,
    (p: string) => `rediss://:${p}@host`,
    (p: string) => `unix:/s?password=${p}`,
    (p: string) => `redis://u:${p}@host/x`,
    (p: string) => `http://u:${p}@host`,
    (p: string) => `redis://u:${p}@ho st`,
    (p: string) => `unix:s?password=${p}`,
    (p: string) => `redis://u:12/${p}@host`,
    (p: string) => `redis://u:${p}%@host`,
  );
  fc.assert(fc.property(password, form, (secret, url) => {
    const { options: _, ...told } = { options: undefined, ...parseRedisUrl(url(secret)) };
    assert.ok(!JSON.stringify(told).includes(secret), JSON.stringify(told));
  }));
});
