/** A start with many deep books, inside the exchange's limits. */
import assert from "node:assert/strict";
import { startMock } from "../support/mock.ts";
import { DEFAULT_TIMING } from "../../src/session/timing.ts";
import { startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

Deno.test("deep books are spread over connections of 30, dialled three a second, and all become whole", async () => {
  await using mock = await startMock({ rate: 1, limits: true, coins: 200 });
  const channels = Array.from({ length: 200 }, (_, i) => `books:C${String(i + 1).padStart(3, "0")}-USDT`);
  await using run = await startService({ endpoint: mock.url, channels, timing: DEFAULT_TIMING });
  const states = () => run.service.view().servers[0]?.subscriptions ?? [];
  const live = () => states().filter(({ state }) => state === "live").length;
  await waitFor("every book", () => live() === channels.length, { deadlineMs: 60_000 });
  const connections = run.service.view().servers[0]?.connections ?? [];
  assert.equal(connections.length, 7);
  const byConnection = Map.groupBy(states(), ({ connection }) => connection);
  for (const [name, list] of byConnection) assert.ok(list.length <= 30, `${name} carries ${list.length}`);
  assert.equal(run.service.view().stats.dials, connections.length, "no dial was refused");
});
