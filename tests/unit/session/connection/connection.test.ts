/** One connection from open to close, on a socket that is none. */
import assert from "node:assert/strict";
import type { SessionEvent } from "../../../../src/model/events.ts";
import { createStats } from "../../../../src/model/stats.ts";
import { CODECS } from "../../../../src/okx/codec.ts";
import { createSigner } from "../../../../src/okx/sign.ts";
import { Connection } from "../../../../src/session/connection/connection.ts";
import type { SocketHandlers } from "../../../../src/session/connection/socket.ts";
import { BookMarks } from "../../../../src/session/recovery/book_marks.ts";
import { OpenRows } from "../../../../src/session/recovery/open_rows.ts";
import { Subscriptions } from "../../../../src/session/subscriptions/subscriptions.ts";
import { DEFAULT_TIMING, type Timing } from "../../../../src/session/connection/timing.ts";
import { createPacer } from "../../../../src/shared/async/pacer.ts";
import { topicOf } from "../../../support/topics.ts";
import { waitFor } from "../../../support/wait.ts";

const LOGIN = { apiKey: "key-of-test", secret: "secret-of-test", passphrase: "phrase-of-test" };

type Given = {
  readonly paths?: readonly string[];
  readonly login?: boolean;
  readonly timing?: Partial<Timing>;
  readonly onEvent?: (event: SessionEvent) => void;
};

/** A connection that is open and not run yet. */
async function open({ paths = [], login = false, timing = {}, onEvent = () => {} }: Given = {}) {
  const subscriptions = new Subscriptions(Date.now);
  for (const path of paths) subscriptions.add(topicOf(path));
  const events: SessionEvent[] = [];
  const sent: string[] = [];
  const lost: string[] = [];
  const state = { isClosed: false };
  const signer = login ? createSigner(LOGIN) : undefined;
  const connection = new Connection({
    ...{ url: "ws://none", rest: { url: "http://none", headers: {} }, codec: CODECS.v5, subscriptions },
    source: { name: "public" },
    sink: { onEvent: (_, event) => (events.push(event), onEvent(event)) },
    ...{ signer, requestSigner: undefined, mask: (text: string) => text, stats: createStats(0) },
    timing: { ...DEFAULT_TIMING, ...timing },
    ...{
      congested: () => false,
      room: () => undefined,
      restPacer: createPacer(1, 1000),
      missingSince: () => Infinity,
    },
    onLost: (topics) => void lost.push(...topics.map(({ path }) => path)),
    ...{ openRows: new OpenRows(), bookMarks: new BookMarks(), clock: () => 1_700_000_000_000 },
    ...{ onStuck: () => {}, onCrowded: () => {} },
  });
  const handlers: SocketHandlers[] = [];
  await connection.open(new AbortController().signal, false, (_, given) => {
    handlers.push(given);
    return Promise.resolve({
      send: (text) => (sent.push(text), true),
      close() {
        state.isClosed = true;
        return Promise.resolve();
      },
    });
  });
  const receive = (message: unknown) => handlers[0]?.onMessage(JSON.stringify(message));
  const states = () =>
    events.flatMap((event) => event.kind === "subscription" ? [`${event.topic.path} ${event.state}`] : []);
  const ops = () => sent.map((text) => text === "ping" ? text : (JSON.parse(text) as { op: string }).op);
  return { connection, subscriptions, events, sent, lost, state, receive, states, ops };
}

const { signal } = new AbortController();
const TICKER = { channel: "tickers", instId: "A-USDT" };
const PUSH = { arg: TICKER, data: [{ instId: "A-USDT", last: "1", ts: "1700000000000" }] };

/** What the exchange says to the newest request for a subscription. */
function acknowledgement(sent: readonly string[]): unknown {
  return { id: JSON.parse(sent.at(-1) ?? "").id, event: "subscribe", arg: TICKER, connId: "a4d3ae55" };
}

Deno.test("what is desired is asked for when it is run, live by the exchange's answer, and ends with the socket", async () => {
  const { connection, sent, state, receive, states } = await open({ paths: ["tickers:A-USDT"] });
  const running = connection.run(signal);
  assert.deepEqual(states(), ["tickers:A-USDT sent"]);
  assert.equal(connection.useful, false);
  receive(acknowledgement(sent));
  assert.deepEqual(states(), ["tickers:A-USDT sent", "tickers:A-USDT live"]);
  assert.deepEqual([connection.useful, connection.connId], [true, "a4d3ae55"]);
  connection.onClose("1006");
  await running;
  assert.deepEqual([connection.reason, state.isClosed], ["1006", true]);
});

Deno.test("what comes before it is run is taken then, and nothing that comes after its end", async () => {
  const { connection, events, receive } = await open({ paths: ["tickers:A-USDT"] });
  receive(PUSH);
  assert.deepEqual(events, []);
  const running = connection.run(signal);
  const rows = () => events.filter(({ kind }) => kind === "rows").length;
  assert.equal(rows(), 1);
  connection.onClose("over");
  receive(PUSH);
  await running;
  assert.equal(rows(), 1);
});

Deno.test("with a login nothing is asked for before the exchange has taken it", async () => {
  const { connection, sent, receive, ops } = await open({ paths: ["tickers:A-USDT"], login: true });
  const running = connection.run(signal);
  assert.deepEqual(ops(), ["login"]);
  assert.ok(!sent.join().includes(LOGIN.secret));
  receive({ event: "login", code: "0", msg: "", connId: "1" });
  assert.deepEqual(ops(), ["login", "subscribe"]);
  connection.onClose("over");
  await running;
});

Deno.test("a login that is refused ends it, with what the exchange said and without the key", async () => {
  const { connection, receive, states } = await open({ paths: ["tickers:A-USDT"], login: true });
  const running = connection.run(signal);
  receive({ event: "error", code: "60005", msg: `Invalid apiKey ${LOGIN.apiKey}`, connId: "1" });
  await running;
  assert.deepEqual([connection.loginRefused, connection.loginCode], [true, "60005"]);
  assert.ok(connection.reason.includes("60005") && !connection.reason.includes(LOGIN.apiKey));
  assert.deepEqual(states(), ["tickers:A-USDT refused"]);
});

Deno.test("what the exchange ends on a connection that goes on is lost from then on", async () => {
  const { connection, sent, lost, receive, states } = await open({ paths: ["tickers:A-USDT"] });
  const running = connection.run(signal);
  receive(acknowledgement(sent));
  receive({ event: "unsubscribe", arg: TICKER, connId: "1" });
  assert.deepEqual([states().at(-1), lost], ["tickers:A-USDT stale", ["tickers:A-USDT"]]);
  connection.onClose("over");
  await running;
});

Deno.test("requests for what is desired at once go out together", async () => {
  const { connection, subscriptions, sent, ops } = await open();
  const running = connection.run(signal);
  for (const path of ["tickers:A-USDT", "trades:A-USDT"]) {
    subscriptions.add(topicOf(path));
    connection.scheduleRequests();
  }
  await Promise.resolve();
  assert.deepEqual([ops(), JSON.parse(sent[0] ?? "").args.length], [["subscribe"], 2]);
  connection.onClose("over");
  await running;
});

Deno.test("a ping that is not answered ends it", async () => {
  const { connection, ops } = await open({ timing: { tickMs: 1, idleMs: 0, pongMs: 0 } });
  await connection.run(signal);
  assert.deepEqual(ops(), ["ping"]);
  assert.match(connection.reason, /no answer to a ping/);
});

Deno.test("a stop ends it", async () => {
  const { connection, state } = await open();
  const controller = new AbortController();
  const running = connection.run(controller.signal);
  controller.abort();
  await running;
  assert.deepEqual([connection.reason, state.isClosed], ["stopped", true]);
});

Deno.test("a fault of the sink of its events ends it as a fault", async () => {
  const { connection, state } = await open({
    paths: ["tickers:A-USDT"],
    onEvent: () => {
      throw new Error("a fault of ours");
    },
  });
  await assert.rejects(connection.run(signal), /a fault of ours/);
  await waitFor("the socket is closed", () => state.isClosed);
});
