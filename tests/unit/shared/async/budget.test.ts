/** A number of things that may happen within a window. */
import assert from "node:assert/strict";
import { createBudget } from "../../../../src/shared/async/budget.ts";

Deno.test("createBudget() has room for no more than its count within any window", () => {
  const budget = createBudget(3, 1000);
  assert.equal(budget.room(0), 3);
  budget.spend(2, 0);
  budget.spend(1, 500);
  assert.equal(budget.room(999), 0);
  assert.equal(budget.room(1000), 2, "the first two are a window ago");
  assert.equal(budget.room(1500), 3);
});
