/** Logins in the address of a Redis: how signs of a password are written, said without showing it. */
import assert from "node:assert/strict";
import { parseRedisUrl } from "../../../src/shared/redis_url.ts";

Deno.test("parseRedisUrl() says how a sign of a password is written, and does not show the password", () => {
  const signs = ["a?b", "a/b", "a@b", "a?b=c&d", "a/1", "w?rd/x@y", "?", "#a?b", "a?password_file=/x"];
  for (const sign of signs) {
    for (const scheme of ["redis", "rediss", "redis+sentinel", "redis+cluster"]) {
      const target = parseRedisUrl(
        `${scheme}://:${sign}@host:6379${scheme.endsWith("sentinel") ? "/m" : ""}`,
      );
      assert.equal(target.kind, "fault", sign);
      const message = target.kind === "fault" ? target.message : "";
      assert.match(
        message,
        /@ is written %40, \/ %2F, \? %3F, # %23 and % %25/,
        `${scheme} ${sign}: ${message}`,
      );
      assert.ok(sign.length < 3 || !message.includes(sign), message);
    }
  }
});

Deno.test("parseRedisUrl() keeps to the matter where the login is good", () => {
  for (const url of ["redis://:pw@host:99999", "redis://:pw@host/x", "redis://host?nothing=1"]) {
    const target = parseRedisUrl(url);
    assert.ok(target.kind === "fault" && !target.message.includes("%40"), url);
  }
  const target = parseRedisUrl("redis://:a%3Fb%2Fc%40%23@host");
  assert.equal(target.kind === "redis" ? target.options.password : "", "a?b/c@#");
});
