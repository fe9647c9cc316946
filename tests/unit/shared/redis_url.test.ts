/** Every form of the address of a Redis, and what is said of one that is wrong. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { isCluster, parseRedisUrl, withFiles } from "../../../src/shared/redis_url.ts";

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
    ["unix:/run/redis.sock?user=okws&password=a%2Bb", {
      ...{ path: "/run/redis.sock", db: 0, username: "okws", password: "a+b" },
    }],
    ["rediss://host?servername=redis.example", {
      ...{ host: "host", port: 6379, db: 0, tls: { servername: "redis.example" } },
    }],
    ["redis+sentinel://a,b:26380,[::1]:26381/mymaster", {
      sentinels: [{ host: "a", port: 26379 }, { host: "b", port: 26380 }, { host: "::1", port: 26381 }],
      ...{ name: "mymaster", db: 0 },
    }],
    ["redis+sentinel://okws:pw@a/mymaster/2?sentinel_user=s&sentinel_password=t%26u", {
      ...{ sentinels: [{ host: "a", port: 26379 }], name: "mymaster", db: 2 },
      ...{ username: "okws", password: "pw", sentinelUsername: "s", sentinelPassword: "t&u" },
    }],
    ["rediss+sentinel://a/m", {
      ...{ sentinels: [{ host: "a", port: 26379 }], name: "m", db: 0, tls: {} },
      ...{ enableTLSForSentinelMode: true, sentinelTLS: {} },
    }],
    ["redis+cluster://okws:p%3Aw@a:7000,b", { username: "okws", password: "p:w" }],
    ["rediss+cluster://a", { tls: {} }],
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
    "redis://a,b",
    "redis://h?nothing=1",
    "redis://h?password_file=",
    "redis://h?ca=/ca.pem",
    "rediss://h?cert=/cert.pem",
    "redis+sentinel://a:26379",
    "redis+sentinel://a/two words",
    "redis+sentinel://a:99999/m",
    "redis+sentinel://a/m/x",
    "redis+sentinel://a/m?db=1",
    "redis+cluster://a/1",
    "redis+cluster://a?sentinel_password=x",
    "redis+ring://a",
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
    (p: string) => `redis+sentinel://u:${p}@a,b/m`,
    (p: string) => `redis+sentinel://a/m?sentinel_password=${p}`,
    (p: string) => `redis+sentinel://u:${p}@a`,
    (p: string) => `redis+cluster://u:${p}@a,b/${p}`,
    (p: string) => `redis+cluster://u:p/${p}@a,b`,
    (p: string) => `redis://h?${p}=1`,
    (p: string) => `redis://h?pasword=${p}`,
  );
  fc.assert(fc.property(password, form, (secret, url) => {
    const { options: _, ...reported } = { options: undefined, ...parseRedisUrl(url(secret)) };
    assert.ok(!JSON.stringify(reported).includes(secret), JSON.stringify(reported));
  }));
});

Deno.test("parseRedisUrl() names the nodes of a cluster and the files of every form", () => {
  const target = parseRedisUrl("rediss+cluster://a:7000,b?ca=/ca&cert=/c&key=/k&password_file=/run/p%20w");
  assert.ok(target.kind === "redis");
  assert.equal(target.mode, "cluster");
  assert.deepEqual(target.nodes, [{ host: "a", port: 7000 }, { host: "b", port: 6379 }]);
  assert.deepEqual(target.files, { ca: "/ca", cert: "/c", key: "/k", password: "/run/p w" });
  assert.equal(target.shown, "rediss+cluster://a:7000,b:6379");
  assert.ok(isCluster("redis+cluster://a") && !isCluster("redis://a") && !isCluster(undefined));
});

Deno.test("withFiles() adds what a URL has a use for and does not say itself", () => {
  const files = { ca: "/a b", passwordFile: "/p" };
  assert.equal(withFiles("redis://h", files), "redis://h?password_file=%2Fp");
  assert.equal(withFiles("rediss://h?ca=/own", files), "rediss://h?ca=/own&password_file=%2Fp");
  assert.equal(withFiles("rediss://:pw@h", files), "rediss://:pw@h?ca=%2Fa%20b");
  assert.equal(withFiles("unix:/s?db=1", files), "unix:/s?db=1&password_file=%2Fp");
  assert.equal(withFiles("embedded", files), "embedded");
  assert.equal(withFiles("redis://h", {}), "redis://h");
});
