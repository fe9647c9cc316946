/**
 * A start with many deep books, at an exchange that refuses what is beyond its limits. That dials are three a second is
 * tested with the pacer (`tests/unit/async/pacer.test.ts`): between here and there a busy machine moves them together.
 */
import assert from "node:assert/strict";
import { startMock } from "../support/mock.ts";
import { startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

Deno.test("deep books are spread over connections of 30, and all become whole", async () => {
  await using mock = await startMock({ rate: 1, limits: true, coins: 200 });
  const channels = Array.from({ length: 200 }, (_, i) => `books:C${String(i + 1).padStart(3, "0")}-USDT`);
  await using run = await startService({ endpoint: mock.url, channels });
  const states = () => run.service.view().servers[0]?.subscriptions ?? [];
  const live = () => states().filter(({ state }) => state === "live").length;
  await waitFor("every book", () => live() === channels.length, { deadlineMs: 60_000 });
  const connections = run.service.view().servers[0]?.connections ?? [];
  assert.equal(connections.length, 7);
  const byConnection = Map.groupBy(states(), ({ connection }) => connection);
  for (const [name, list] of byConnection) assert.ok(list.length <= 30, `${name} carries ${list.length}`);
});
