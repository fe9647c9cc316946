/** How much a flood of commands can cost. */
import assert from "node:assert/strict";
import { MAX_COMMANDS, RateLimit } from "../../../src/control/rate_limit.ts";

Deno.test("Pace refuses the commands of a second that are too many, and none of the next", () => {
  const rateLimit = new RateLimit(600_000);
  for (let i = 0; i < MAX_COMMANDS; i++) assert.equal(rateLimit.refusal(100), undefined);
  assert.match(rateLimit.refusal(1099) ?? "", /More than 2000 commands/);
  assert.equal(rateLimit.refusal(1100), undefined);
});

Deno.test("Pace refuses commands when the replies of a second are too long together", () => {
  const rateLimit = new RateLimit(600_000);
  assert.equal(rateLimit.refusal(0), undefined);
  rateLimit.keepFor(17 * 1024 * 1024, 0);
  assert.match(rateLimit.refusal(1) ?? "", /too long together/);
  assert.equal(rateLimit.refusal(1000), undefined);
});

Deno.test("Pace keeps replies for their whole time until they are too many, then for a short one", () => {
  const rateLimit = new RateLimit(600_000);
  assert.equal(rateLimit.keepFor(40 * 1024 * 1024, 0), 600_000);
  assert.equal(rateLimit.keepFor(40 * 1024 * 1024, 1000), 10_000);
  assert.equal(rateLimit.keepFor(10, 2000), 10_000);
  assert.equal(rateLimit.keepFor(10, 600_000), 600_000);
  assert.equal(new RateLimit(1000).keepFor(100 * 1024 * 1024, 0), 1000);
});
