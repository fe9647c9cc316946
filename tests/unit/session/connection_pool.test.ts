/** Which connection of a server serves what, and whose events count. Nothing listens where they dial. */
import assert from "node:assert/strict";
import type { SessionEvent } from "../../../src/model/events.ts";
import { createStats } from "../../../src/model/stats.ts";
import { findExchange, type FoundExchange } from "../../../src/okx/endpoints.ts";
import type { Topic } from "../../../src/okx/topic.ts";
import { ConnectionPool } from "../../../src/session/connection_pool.ts";
import type { ReconnectingConnection } from "../../../src/session/connection/reconnecting_connection.ts";
import type { DesiredSubscription } from "../../../src/session/desired_subscription.ts";
import { MAX_DEEP_BOOKS } from "../../../src/session/placement.ts";
import { BookMarks } from "../../../src/session/recovery/book_marks.ts";
import { GapTracker } from "../../../src/session/recovery/gap_tracker.ts";
import { OpenRows } from "../../../src/session/recovery/open_rows.ts";
import { ServerEvents } from "../../../src/session/server_events.ts";
import { DEFAULT_TIMING } from "../../../src/session/connection/timing.ts";
import { createPacer } from "../../../src/shared/async/pacer.ts";
import { freePort } from "../../support/free_port.ts";
import { topicOf } from "../../support/topics.ts";

/** The pool of a server without a login. */
function start() {
  const desired = new Map<string, DesiredSubscription>();
  const passed: SessionEvent[] = [];
  const stats = createStats(0);
  const endpoint = `ws://127.0.0.1:${freePort()}`;
  const gaps = new GapTracker({ clock: () => 0, maxRow: Infinity, emit: () => {}, onGap: () => {} });
  const events = new ServerEvents({
    server: "okx",
    sinks: [{ onEvent: (_, event) => void passed.push(event) }],
    ...{ desired, gaps, buffer: undefined },
    history: { onRows: () => {}, onLive: () => {} },
    listings: { onRows: () => {} },
  });
  const pool = new ConnectionPool({
    spec: {
      ...{ name: "okx", endpoint, protocol: "v5", credentials: undefined },
      exchange: findExchange(endpoint) as FoundExchange,
    },
    shared: {
      ...{ stats, timing: DEFAULT_TIMING, restPacer: createPacer(1, 1000), dials: createPacer(100, 1) },
      ...{ congested: () => false, room: () => undefined, mask: (text: string) => text },
      onBroken: (error) => assert.fail(String(error)),
    },
    own: { openRows: new OpenRows(), bookMarks: new BookMarks(), clock: () => 0 },
    ...{ desired, gaps, events },
  });
  const desire = (path: string) => {
    const topic = topicOf(path);
    const connection = pool.pick(topic);
    desired.set(path, { topic, owners: new Set(["file"]), connection });
    connection.add(topic);
    return connection;
  };
  return { pool, desired, passed, desire };
}

function stateOf(topic: Topic, state: "live" | "refused", code = "64002"): SessionEvent {
  const refusal = state === "refused" ? { code, message: "wrong URL" } : undefined;
  return { kind: "subscription", topic, state, refusal, at: Date.now() };
}

function names(connections: readonly ReconnectingConnection[]): string[] {
  return connections.map(({ name }) => name);
}

Deno.test("a connection takes what has its endpoint, and another one is opened for order books it has no room for", async () => {
  const { pool, desire } = start();
  try {
    const light = ["tickers:A", "trades:A", "candle1m:A"].map(desire);
    assert.deepEqual(names(light), ["public", "public", "business"]);
    const books = Array.from({ length: MAX_DEEP_BOOKS + 1 }, (_, i) => desire(`books:B${i}`));
    assert.deepEqual([...new Set(names(books))], ["public", "public#2"]);
    assert.deepEqual(names(books).indexOf("public#2"), MAX_DEEP_BOOKS);
    assert.equal(desire("spot/depth:B0").name, "public", "what has the same argument stays together");
  } finally {
    await pool.end();
  }
});

Deno.test("what only its name has in common with a connection of the pool concerns nobody but their count", async () => {
  const { pool, passed, desire } = start();
  try {
    const { name } = desire("tickers:A");
    const at = Date.now();
    pool.onEvent({ name }, stateOf(topicOf("tickers:A"), "live"));
    pool.onEvent({ name }, { kind: "down", connection: name, at, reason: "over", desired: true });
    assert.deepEqual(passed, [{ kind: "down", connection: name, at, reason: "over", desired: false }]);
  } finally {
    await pool.end();
  }
});

Deno.test("a channel that the exchange has elsewhere is moved there, and is not said to be refused", async () => {
  const { pool, desired, passed, desire } = start();
  try {
    const connection = desire("candle1m:A");
    pool.onEvent(connection, stateOf(topicOf("candle1m:A"), "refused"));
    const moved = desired.get("candle1m:A");
    assert.deepEqual([moved?.connection.name, moved?.topic.endpoint], ["public", "public"]);
    assert.equal(connection.subscriptions.size, 0);
    const states = passed.map((event) => event.kind === "subscription" && event.state);
    assert.ok(states.length > 0 && !states.includes("refused"), states.join());
    // Where it is refused there too it stays, and that is said.
    pool.onEvent(
      moved?.connection as ReconnectingConnection,
      stateOf(topicOf("candle1m:A"), "refused", "64001"),
    );
    assert.ok(passed.some((event) => event.kind === "subscription" && event.state === "refused"));
  } finally {
    await pool.end();
  }
});

Deno.test("a further connection that carries nothing any more is ended, the first one stays", async () => {
  const { pool, desired, desire } = start();
  try {
    const books = Array.from({ length: MAX_DEEP_BOOKS + 1 }, (_, i) => desire(`books:B${i}`));
    assert.deepEqual(names(pool.all()), ["public", "public#2"]);
    const last = desired.get(`books:B${MAX_DEEP_BOOKS}`) as DesiredSubscription;
    assert.deepEqual(pool.remove(last).map(({ state }) => state), ["gone"]);
    for (const connection of new Set(books)) pool.retireIfSpare(connection);
    assert.deepEqual(names(pool.all()), ["public"]);
  } finally {
    await pool.end();
  }
});
