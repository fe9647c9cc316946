/** How much a flood of commands can cost. */
import assert from "node:assert/strict";
import { MAX_COMMANDS, RateLimit } from "../../../src/control/rate_limit.ts";

Deno.test("Pace refuses the commands of a second that are too many, and none of the next", () => {
  const pace = new RateLimit(600_000);
  for (let i = 0; i < MAX_COMMANDS; i++) assert.equal(pace.refusal(100), undefined);
  assert.match(pace.refusal(1099) ?? "", /More than 2000 commands/);
  assert.equal(pace.refusal(1100), undefined);
});

Deno.test("Pace refuses commands when the replies of a second are too long together", () => {
  const pace = new RateLimit(600_000);
  assert.equal(pace.refusal(0), undefined);
  pace.keepFor(17 * 1024 * 1024, 0);
  assert.match(pace.refusal(1) ?? "", /too long together/);
  assert.equal(pace.refusal(1000), undefined);
});

Deno.test("Pace keeps replies for their whole time until they are too many, then for a short one", () => {
  const pace = new RateLimit(600_000);
  assert.equal(pace.keepFor(40 * 1024 * 1024, 0), 600_000);
  assert.equal(pace.keepFor(40 * 1024 * 1024, 1000), 10_000);
  assert.equal(pace.keepFor(10, 2000), 10_000);
  assert.equal(pace.keepFor(10, 600_000), 600_000);
  assert.equal(new RateLimit(1000).keepFor(100 * 1024 * 1024, 0), 1000);
});
