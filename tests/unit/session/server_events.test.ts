/** The last stage before the events leave a server: new rows alone, states with who is served by what. */
import assert from "node:assert/strict";
import type { SessionEvent } from "../../../src/model/events.ts";
import type { DataFrame } from "../../../src/okx/frame.ts";
import type { Topic } from "../../../src/okx/topic.ts";
import type { ReconnectingConnection } from "../../../src/session/connection/reconnecting_connection.ts";
import type { DesiredSubscription } from "../../../src/session/desired_subscription.ts";
import { ServerEvents } from "../../../src/session/server_events.ts";
import { StandbyBuffer } from "../../../src/session/standby/standby_buffer.ts";
import { Subscriptions } from "../../../src/session/subscriptions/subscriptions.ts";
import { topicOf } from "../../support/topics.ts";

const TRADES = topicOf("trades:A-USDT");
const TICKER = topicOf("tickers:A-USDT");
const NOW = Date.now();

/** Events of a server on which trades and a ticker are desired; of series ids above `known` alone are new. */
function start({ known = 0, buffer }: { readonly known?: number; readonly buffer?: StandbyBuffer } = {}) {
  const subscriptions = new Subscriptions(Date.now);
  const connection = { name: "public#2", subscriptions } as unknown as ReconnectingConnection;
  const desired = new Map<string, DesiredSubscription>();
  for (const topic of [TRADES, TICKER]) {
    subscriptions.add(topic);
    desired.set(topic.path, { topic, owners: new Set(["command"]), connection });
  }
  const said: string[] = [];
  const passed: SessionEvent[] = [];
  const events = new ServerEvents({
    server: "okx",
    sinks: [{ onEvent: (server, event) => (passed.push(event), said.push(`${server} ${event.kind}`)) }],
    desired,
    gaps: {
      onLive: ({ path }: Topic) => void said.push(`gaps ${path}`),
      onRows(_, frame) {
        const rows = frame.rows.filter((row) => Number((row as { tradeId: string }).tradeId) > known);
        if (rows.length === 0) return undefined;
        return rows.length === frame.rows.length ? frame : { ...frame, rows };
      },
    },
    history: {
      onLive: ({ path }: Topic) => void said.push(`history ${path}`),
      onRows: () => void said.push("history rows"),
    },
    listings: { onRows: () => void said.push("listings") },
    buffer,
  });
  return { events, connection, passed, said };
}

function pushOf(topic: Topic, ids: readonly number[], more: Partial<DataFrame> = {}): SessionEvent {
  const rows = ids.map((id) => ({ instId: "A-USDT", tradeId: String(id), px: "1" }));
  const frame = { kind: "data", arg: topic.arg, rows, action: undefined, text: "", ...more } as const;
  return { kind: "rows", topics: [topic], frame, at: NOW };
}

function idsOf(passed: readonly SessionEvent[]): unknown[] {
  return passed.map((event) =>
    event.kind === "rows"
      ? event.frame.rows.map((row) => Number((row as { tradeId: string }).tradeId))
      : event.kind
  );
}

Deno.test("of a series what came before by any connection is left out, of latest rows nothing", () => {
  const { events, connection, passed } = start({ known: 5 });
  events.onEvent(connection, pushOf(TRADES, [4, 5]));
  events.onEvent(connection, pushOf(TRADES, [5, 6]));
  const whole = pushOf(TRADES, [7]);
  events.onEvent(connection, whole);
  events.onEvent(connection, pushOf(TICKER, [1]));
  assert.deepEqual(idsOf(passed), [[6], [7], [1]]);
  assert.equal(passed[1], whole, "what is all new is passed on as it is");
});

Deno.test("what was fetched for a series, and rows of something else, are no repetition", () => {
  const { events, connection, passed } = start({ known: 5 });
  for (const action of ["backfill", "list", "foreign"]) {
    events.onEvent(connection, pushOf(TRADES, [1], { action }));
  }
  assert.deepEqual(idsOf(passed), [[1], [1], [1]]);
});

Deno.test("a state says by which connection, for whom, and with which request a path is served", () => {
  const { events, connection, passed } = start();
  events.onChanges(connection, [{ topic: TRADES, state: "stale", refusal: undefined }]);
  const [event] = passed;
  assert.ok(event?.kind === "subscription");
  const generation = connection.subscriptions.generationOf(TRADES.upstream);
  assert.deepEqual(event.holding, { connection: "public#2", owners: ["command"], generation });
});

Deno.test("a series begins when it is live, after every sink was called", () => {
  const { events, connection, said } = start();
  for (const state of ["sent", "live"] as const) {
    events.onChanges(connection, [{ topic: TRADES, state, refusal: undefined }]);
  }
  assert.deepEqual(said, [
    ...["okx subscription", "okx subscription"],
    ...["gaps trades:A-USDT", "history trades:A-USDT"],
  ]);
});

Deno.test("what is buffered is passed on when it is released, in its order, without what is written already", () => {
  const { events, connection, passed, said } = start({
    buffer: new StandbyBuffer({ keepMs: 1e9, maxBytes: 1e6 }),
  });
  events.emit({ kind: "opened", at: NOW });
  events.onEvent(connection, pushOf(TRADES, [1]));
  events.onEvent(connection, pushOf(TRADES, [2]));
  assert.deepEqual([passed, said], [[], []]);
  assert.ok(events.buffer !== undefined);
  events.release((event) => JSON.stringify(event.frame.rows).includes(`"tradeId":"1"`) ? undefined : event);
  assert.deepEqual(idsOf(passed), ["opened", [2]]);
  assert.equal(events.buffer, undefined);
  events.onEvent(connection, pushOf(TRADES, [3]));
  assert.deepEqual(idsOf(passed), ["opened", [2], [3]]);
});
