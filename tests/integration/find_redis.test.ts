/** Which Redis a service takes when it starts. */
import assert from "node:assert/strict";
import { selectRedis } from "../../src/app/select_redis.ts";
import { freePort } from "../support/free_port.ts";

Deno.test("a Redis that was named is never replaced by the embedded store", async () => {
  // Nothing listens at any of them.
  for (
    const url of [
      `redis://127.0.0.1:${freePort()}`,
      "unix:/nonexistent/redis.sock",
      "redis+sentinel://127.0.0.1:1/m",
    ]
  ) {
    await using stack = new AsyncDisposableStack();
    const choice = await selectRedis(url, stack);
    assert.deepEqual([choice.url, choice.embedded], [url, false]);
  }
});
