/** Work that is given up when its time is over. */
import assert from "node:assert/strict";
import { withDeadline } from "../../../../src/shared/async/with_deadline.ts";

Deno.test("withDeadline() settles as the work does, and leaves no timer behind", async () => {
  const never = () => assert.fail("it is not late");
  assert.equal(await withDeadline(Promise.resolve(1), 3_600_000, never), 1);
  await assert.rejects(withDeadline(Promise.reject(new Error("no")), 3_600_000, never), { message: "no" });
});

Deno.test("withDeadline() gives what is said instead when the time is up", async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  assert.equal(await withDeadline(promise, 0, () => undefined), undefined);
  const late = withDeadline(promise, 0, () => {
    throw new Error("too late");
  });
  await assert.rejects(late, { message: "too late" });
  resolve(1);
});

Deno.test("withDeadline() leaves work that fails later to nobody", async () => {
  const { promise, reject } = Promise.withResolvers<number>();
  assert.equal(await withDeadline(promise, 0, () => 0), 0);
  // Unhandled, this would fail the test.
  reject(new Error("afterwards"));
  await new Promise((resolve) => setTimeout(resolve));
});
