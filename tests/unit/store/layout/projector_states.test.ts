/** States of servers and subscriptions as writes. */
import assert from "node:assert/strict";
import type { ConnectionName, SessionEvent } from "../../../../src/model/events.ts";
import { Projector } from "../../../../src/store/layout/projector.ts";
import { STATUS_TTL_MS } from "../../../../src/store/layout/server_status.ts";
import type { SubRecord } from "../../../../src/store/layout/subscription_record.ts";
import type { Write } from "../../../../src/store/write/write.ts";
import { AT, only, published, rowsOf, stateOf } from "./events.ts";
import { topicOf } from "../../../support/topics.ts";

const P = "okex/test";

function projector(): Projector {
  return new Projector({ keyPrefix: "okex", server: "test", maxRow: 10 });
}

const opened: SessionEvent = { kind: "opened", at: AT };
const closed: SessionEvent = { kind: "closed", at: AT };
const up = (connection: ConnectionName): SessionEvent => ({ kind: "up", connection, at: AT });
const idle = (connection: ConnectionName): SessionEvent => ({ kind: "idle", connection, at: AT });
const down = (connection: ConnectionName, desired = true): SessionEvent => {
  return { kind: "down", connection, at: AT, reason: "closed by the exchange", desired };
};
const rows = rowsOf("tickers:X", [{ instId: "X", ts: String(AT - 40) }]);

/** What each event announces as status; "" for nothing. */
function statuses(project: Projector, events: readonly SessionEvent[]): string[] {
  return events.map((event) => statusOf(project.project(event)));
}

function statusOf(writes: readonly Write[]): string {
  const texts = only(writes, "text").filter(({ key }) => key === `${P}/status`).map(({ value }) => value);
  const reported = published(writes).filter(([channel]) => channel === `${P}/status`).map(([, message]) =>
    message
  );
  assert.deepEqual(reported, texts);
  return texts.join(" ");
}

function recordOf(writes: readonly Write[], path: string): SubRecord | undefined {
  const write = only(writes, "field").find(({ key, field }) => key === `${P}/subs` && field === path);
  return write === undefined ? undefined : JSON.parse(write.value) as SubRecord;
}

Deno.test("project() announces a status at its key, on its channel and on the event channel", () => {
  const writes = projector().project(opened);
  assert.deepEqual(writes, [
    { kind: "text", key: `${P}/status`, value: "READY", ttlMs: STATUS_TTL_MS },
    { kind: "publish", channel: `${P}/status`, message: "READY" },
    { kind: "publish", channel: `${P}/event`, message: '{"op":"READY"}' },
  ]);
});

Deno.test("project() goes from READY over CONNECTED to EXIT, and EXIT stays", () => {
  const project = projector();
  assert.deepEqual(statuses(project, [opened, up("public")]), ["READY", "CONNECTED"]);
  const writes = project.project(closed);
  assert.equal(statusOf(writes), "EXIT");
  assert.equal(only(writes, "text")[0]?.ttlMs, 0);
});

Deno.test("project() says why a server is disconnected", () => {
  const project = projector();
  statuses(project, [opened, up("public")]);
  const events = published(project.project(down("public"))).filter(([channel]) => channel === `${P}/event`);
  assert.deepEqual(events.map(([, message]) => JSON.parse(message)), [
    { op: "DISCONNECTED", reason: "closed by the exchange" },
  ]);
});

Deno.test("project() calls a server with several connections connected when none that is needed is missing", async (t) => {
  const table: [string, SessionEvent[], string[]][] = [
    ["a second connection changes nothing", [up("public"), up("business")], ["CONNECTED", ""]],
    ["one lost of two is a loss", [up("public"), up("business"), down("business")], [
      ...["CONNECTED", "", "DISCONNECTED"],
    ]],
    ["and the other one's rows are no recovery", [
      ...[up("public"), up("business"), down("business"), up("public")],
    ], ["CONNECTED", "", "DISCONNECTED", ""]],
    ["the lost one's return is", [up("public"), up("business"), down("business"), up("business")], [
      ...["CONNECTED", "", "DISCONNECTED", "CONNECTED"],
    ]],
    ["both lost are reported once", [up("public"), up("business"), down("public"), down("business")], [
      ...["CONNECTED", "", "DISCONNECTED", ""],
    ]],
    ["and both have to come back", [
      ...[up("public"), up("business"), down("public"), down("business"), up("public"), up("business")],
    ], ["CONNECTED", "", "DISCONNECTED", "", "", "CONNECTED"]],
    ["one that nothing is wanted of is not missed", [up("public"), up("business"), down("business", false)], [
      ...["CONNECTED", "", ""],
    ]],
    ["one that became idle is no longer missed", [
      ...[up("public"), up("business"), down("business"), idle("business")],
    ], ["CONNECTED", "", "DISCONNECTED", "CONNECTED"]],
    ["the only one is missed even though nothing is wanted of it", [up("public"), down("public", false)], [
      ...["CONNECTED", "DISCONNECTED"],
    ]],
  ];
  for (const [name, events, expected] of table) {
    await t.step(name, () => assert.deepEqual(statuses(projector(), events), expected));
  }
});

Deno.test("flush() announces ON_DATA at most once for what came since the last one", () => {
  const project = projector();
  statuses(project, [opened, up("public")]);
  assert.equal(statusOf(project.flush(true, Infinity)), "");
  for (let i = 0; i < 3; i++) assert.equal(statusOf(project.project(rows)), "");
  assert.equal(statusOf(project.flush(true, Infinity)), "ON_DATA");
  assert.equal(statusOf(project.flush(true, Infinity)), "");
});

Deno.test("flush() does not announce data after the connection was lost or the server closed", () => {
  for (const end of [down("public"), closed]) {
    const project = projector();
    statuses(project, [opened, up("public"), rows, end]);
    assert.equal(statusOf(project.flush(true, Infinity)), "");
  }
});

Deno.test("project() publishes what the exchange says on the event channel", () => {
  const event = { event: "error", code: "60018", msg: "no such channel" };
  const writes = projector().project({ kind: "notice", event, at: AT });
  assert.deepEqual(published(writes), [[`${P}/event`, JSON.stringify(event)]]);
});

Deno.test("project() records the state of a subscription with its reason at once", () => {
  const project = projector();
  assert.deepEqual(recordOf(project.project(stateOf("tickers:X", "wanted")), "tickers:X"), {
    ...{ state: "wanted", since: AT, receivedAt: 0, exchangeAt: 0, rows: 0, error: null },
    ...{ owners: [], connection: "", generation: 0, epoch: 0 },
  });
  const refusal = { code: "60018", message: "doesn't exist" };
  const topic = topicOf("tickers:X");
  const holding = { owners: ["file"], connection: "public#2", generation: 3 } as const;
  const event = { kind: "subscription", topic, state: "refused", refusal, at: AT + 5, holding } as const;
  assert.deepEqual(recordOf(project.project(event), "tickers:X"), {
    ...{ state: "refused", since: AT + 5, receivedAt: 0, exchangeAt: 0, rows: 0, error: refusal },
    ...holding,
    epoch: 0,
  });
});

Deno.test("project() keeps the time of entering a state while the state stays", () => {
  const project = projector();
  project.project(stateOf("tickers:X", "live", AT));
  assert.equal(recordOf(project.project(stateOf("tickers:X", "live", AT + 9)), "tickers:X")?.since, AT);
});

Deno.test("flush() records rows with the two clocks, once for each path that has changed", () => {
  const project = projector();
  project.project(stateOf("tickers:X", "live", AT - 100));
  for (const n of [1, 2]) assert.equal(recordOf(project.project(rows), "tickers:X"), undefined, String(n));
  assert.deepEqual(recordOf(project.flush(true, Infinity), "tickers:X"), {
    state: "live",
    since: AT - 100,
    receivedAt: AT,
    exchangeAt: AT - 40,
    rows: 2,
    error: null,
    owners: [],
    connection: "",
    generation: 0,
    epoch: 0,
  });
  assert.equal(recordOf(project.flush(true, Infinity), "tickers:X"), undefined);
});

Deno.test("flush() writes a path at once, then once a second unless its state changes", () => {
  const project = projector();
  const counted = (at: number) => recordOf(project.flush(true, at), "tickers:X")?.rows;
  project.project(stateOf("tickers:X", "live"));
  project.project(rows);
  assert.equal(counted(0), 1);
  project.project(rows);
  assert.deepEqual([counted(1), counted(999)], [undefined, undefined]);
  assert.equal(counted(1000), 2);
  project.project(rows);
  assert.equal(recordOf(project.project(stateOf("tickers:X", "stale")), "tickers:X")?.rows, 3);
  project.project(stateOf("tickers:X", "live"));
  project.project(rows);
  assert.equal(counted(1001), 4);
});

Deno.test("flush() says once a second that data comes, and at once after another status", () => {
  const project = projector();
  const said = (at: number) => statusOf(project.flush(true, at));
  statuses(project, [opened, up("public"), rows]);
  assert.equal(said(0), "ON_DATA");
  project.project(rows);
  assert.deepEqual([said(1), said(999), said(1000)], ["", "", "ON_DATA"]);
  statuses(project, [down("public"), up("public"), rows]);
  assert.equal(said(1001), "ON_DATA");
});

Deno.test("flush() says nothing of data that came while a connection was missing", () => {
  const project = projector();
  statuses(project, [opened, up("public"), up("business"), down("business"), rows, up("business")]);
  assert.equal(statusOf(project.flush(true, 0)), "");
});

Deno.test("a record and a status are due until they are written, and again a second later where more came", () => {
  const project = projector();
  project.project(stateOf("tickers:X", "live"));
  assert.equal(project.hasDue(0), false);
  project.project(rows);
  assert.equal(project.hasDue(0), true);
  project.flush(true, 0);
  project.project(rows);
  assert.deepEqual([project.hasDue(999), project.hasDue(1000)], [false, true]);
  project.flush(true, 1000);
  assert.equal(project.hasDue(9000), false);
});

Deno.test("flush() never lets the exchange's time go backwards", () => {
  const project = projector();
  project.project(stateOf("tickers:X", "live"));
  project.project(rowsOf("tickers:X", [{ instId: "X", ts: "2000" }]));
  project.project(rowsOf("tickers:X", [{ instId: "X", ts: "1000" }, { instId: "X", ts: "" }]));
  assert.equal(recordOf(project.flush(true, Infinity), "tickers:X")?.exchangeAt, 2000);
});

Deno.test("project() removes the record of what is no longer desired, and nothing brings it back", () => {
  const project = projector();
  project.project(stateOf("tickers:X", "live"));
  const writes = project.project(stateOf("tickers:X", "gone"));
  assert.deepEqual(only(writes, "unfield"), [{ kind: "unfield", key: `${P}/subs`, field: "tickers:X" }]);
  assert.equal(recordOf(project.restate(), "tickers:X"), undefined);
  project.project(rows);
  assert.equal(recordOf(project.flush(true, Infinity), "tickers:X"), undefined);
});

Deno.test("restate() says the status and every subscription again", () => {
  const project = projector();
  const events = [opened, up("public"), stateOf("tickers:X", "live"), stateOf("trades:Y", "sent"), rows];
  for (const event of events) project.project(event);
  const writes = project.restate();
  assert.deepEqual(only(writes, "text").map(({ value, ttlMs }) => [value, ttlMs]), [[
    "CONNECTED",
    STATUS_TTL_MS,
  ]]);
  assert.equal(recordOf(writes, "tickers:X")?.state, "live");
  assert.equal(recordOf(writes, "tickers:X")?.rows, 1);
  assert.equal(recordOf(writes, "trades:Y")?.state, "sent");
  assert.deepEqual(published(writes), []);
});

Deno.test("the state of a lost subscription is written before the data of the next connection", () => {
  const project = projector();
  const book = { asks: [], bids: [], ts: "1" };
  for (const event of [opened, up("public"), stateOf("books5:X", "live"), rowsOf("books5:X", [book])]) {
    project.project(event);
  }
  const events = [down("public"), stateOf("books5:X", "stale"), up("public"), rowsOf("books5:X", [book])];
  const states = events.flatMap((event) => only(project.project(event), "row")).map(({ row }) => row.state);
  assert.deepEqual(states, ["stale", "live"]);
});
