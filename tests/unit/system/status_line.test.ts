/** The line of state for the service manager, and the pulse of its watchdog. */
import assert from "node:assert/strict";
import { createPulse, type Glance, renderStatusLine } from "../../../src/system/status_line.ts";

function glance(states: readonly string[], other: Partial<Glance> = {}): Glance {
  const subscriptions = states.map((state) => ({ state }));
  return {
    stopping: false,
    outage: "",
    stats: { writingSince: 0, batches: 0, retries: 0 },
    servers: [{ subscriptions }],
    ...other,
  };
}

Deno.test("renderStatusLine() counts subscriptions by state and names only those there are", () => {
  const states = [...Array.from({ length: 12 }, () => "live"), "stale"];
  assert.equal(renderStatusLine(glance(states)), "12 subscriptions live, 1 stale, Redis ok");
  assert.equal(renderStatusLine(glance(["live"])), "1 subscription live, Redis ok");
  assert.equal(
    renderStatusLine(glance(["wanted", "sent", "syncing", "refused"])),
    "0 subscriptions live, 1 syncing, 1 refused, 2 waiting, Redis ok",
  );
  assert.equal(renderStatusLine(glance([])), "no subscriptions, Redis ok");
});

Deno.test("renderStatusLine() shows an outage of Redis, and a stop", () => {
  const away = glance(["live"], { outage: "Cannot reach Redis at 127.0.0.1:6379" });
  assert.equal(
    renderStatusLine(away),
    "1 subscription live, Redis away: Cannot reach Redis at 127.0.0.1:6379",
  );
  assert.equal(renderStatusLine(glance(["live"], { stopping: true })), "stopping");
});

Deno.test("createPulse() stops when a batch is neither written nor tried again, and goes on after that", () => {
  const isAlive = createPulse(1000);
  const at = (batches: number, retries: number, writingSince: number) =>
    glance([], { stats: { batches, retries, writingSince } });
  assert.equal(isAlive(at(1, 0, 5), 0), true);
  assert.equal(isAlive(at(1, 0, 5), 999), true);
  assert.equal(isAlive(at(1, 0, 5), 1000), false, "the batch is under way for too long");
  assert.equal(isAlive(at(1, 1, 5), 1500), true, "it was tried again");
  assert.equal(isAlive(at(2, 1, 0), 2000), true);
  assert.equal(isAlive(at(2, 1, 0), 90_000), true, "a quiet service writes nothing and is alive");
  assert.equal(isAlive(at(2, 1, 90_000), 90_500), true, "a batch that has only begun");
});
