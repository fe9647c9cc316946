/** When one connection has taken the place of another. */
import assert from "node:assert/strict";
import type { SubscriptionState } from "../../../../src/model/events.ts";
import type { ReconnectingConnection } from "../../../../src/session/connection/reconnecting_connection.ts";
import { Replacement } from "../../../../src/session/handover/replacement.ts";
import { DEFAULT_TIMING } from "../../../../src/session/connection/timing.ts";
import { waitFor } from "../../../support/wait.ts";

type States = Readonly<Record<string, SubscriptionState>>;

/** A connection with nothing but the states of its subscriptions. */
function connectionOf(states: States): ReconnectingConnection {
  return {
    topics: new Map(Object.keys(states).map((key) => [key, []])),
    ...{ connected: true, bookSeqId: () => "", waitForBook: () => {} },
    subscriptions: { stateOf: (key: string) => ({ state: states[key] }) },
  } as unknown as ReconnectingConnection;
}

/** Returns whether a replacement ends before it is looked at for the second time. */
async function ends(old: States, fresh: States): Promise<boolean> {
  let looks = 0;
  let done = false;
  const connection = connectionOf(fresh);
  Object.defineProperty(connection, "connected", { get: () => (looks += 1, true) });
  const replacement = new Replacement({
    old: connectionOf(old),
    fresh: connection,
    timing: { ...DEFAULT_TIMING, overlapMs: 0, handoverMs: Infinity },
    emit: () => {},
    onDone: () => done = true,
  });
  try {
    await waitFor("two looks", () => done || looks >= 2);
    return done;
  } finally {
    replacement.end();
  }
}

Deno.test("a replacement waits for what flowed before, and not for what was silent already", async () => {
  assert.equal(await ends({ a: "live", b: "live" }, { a: "live", b: "live" }), true);
  assert.equal(await ends({ a: "live", b: "live" }, { a: "live", b: "sent" }), false);
  assert.equal(await ends({ a: "live", b: "live" }, { a: "live", b: "syncing" }), false);
  // Silent for good: it stays stale wherever it is subscribed.
  assert.equal(await ends({ a: "live", b: "stale" }, { a: "live", b: "stale" }), true);
  // A list that cannot be had is had no sooner on the other connection.
  assert.equal(await ends({ a: "live", b: "syncing" }, { a: "live", b: "syncing" }), true);
  assert.equal(await ends({ a: "live", b: "stale" }, { a: "live", b: "sent" }), false);
});
