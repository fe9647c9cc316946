/** What is desired of a server, by whom, and what it leaves to another one. Nothing listens where it dials. */
import assert from "node:assert/strict";
import type { SessionEvent } from "../../../src/model/events.ts";
import { createStats } from "../../../src/model/stats.ts";
import { findExchange, type FoundExchange } from "../../../src/okx/endpoints.ts";
import { RestPace } from "../../../src/session/recovery/rest_pace.ts";
import { Server } from "../../../src/session/server.ts";
import type { ServerOptions } from "../../../src/session/server_parts.ts";
import { StandbyBuffer } from "../../../src/session/standby/standby_buffer.ts";
import { DEFAULT_TIMING } from "../../../src/session/connection/timing.ts";
import { createPacer } from "../../../src/shared/async/pacer.ts";
import { freePort } from "../../support/free_port.ts";
import { topicOf } from "../../support/topics.ts";

type Given = Partial<Pick<ServerOptions, "before" | "buffer">> & { readonly endpoint?: string };

/** A server without a login, with what it says; it ends with the scope. */
function start({ endpoint = `ws://127.0.0.1:${freePort()}`, ...options }: Given = {}) {
  const passed: SessionEvent[] = [];
  const restPacer = createPacer(1, 1000);
  const server = new Server({
    ...{ name: "okx", endpoint, protocol: "v5", credentials: undefined },
    exchange: findExchange(endpoint) as FoundExchange,
  }, {
    ...{ stats: createStats(0), timing: DEFAULT_TIMING, restPacer, dials: createPacer(100, 1) },
    ...{
      congested: () => false,
      room: () => undefined,
      mask: (text: string) => text,
      restPace: new RestPace(restPacer),
    },
    onBroken: (error) => assert.fail(String(error)),
    sinks: [{ onEvent: (_, event) => void passed.push(event) }],
    ...options,
  });
  const states = () =>
    passed.flatMap((event) => event.kind === "subscription" ? [`${event.topic.path} ${event.state}`] : []);
  return { server, passed, states, endpoint, [Symbol.asyncDispose]: () => server.end() };
}

Deno.test("a path is desired until everybody who desired it does so no longer", async () => {
  await using run = start();
  const { server, states } = run;
  const topic = topicOf("tickers:A-USDT");
  server.subscribe([topic], "file");
  server.subscribe([topic], "command");
  assert.deepEqual([...server.desired()].map(({ owners }) => [...owners]), [["file", "command"]]);
  assert.deepEqual(server.unsubscribe([topic], "file"), []);
  assert.deepEqual(server.states().map(({ path, state, owners }) => [path, state, owners]), [
    ["tickers:A-USDT", "wanted", ["command"]],
  ]);
  assert.deepEqual(server.unsubscribe([topic], "command"), ["tickers:A-USDT"]);
  assert.deepEqual([server.states(), states().at(-1)], [[], "tickers:A-USDT gone"]);
  assert.deepEqual(server.unsubscribe([topic]), [], "what is not desired cannot be taken back");
});

Deno.test("of topics of which one cannot be had none is desired", async () => {
  await using run = start();
  const topics = [topicOf("tickers:A-USDT"), topicOf("orders:ANY")];
  assert.throws(() => run.server.subscribe(topics, "file"), /orders:ANY/);
  assert.deepEqual([...run.server.desired()], []);
});

Deno.test("it leaves where its series and books stood, books to one of the same exchange alone", async () => {
  await using run = start();
  const { server, endpoint } = run;
  const topic = topicOf("trades:A-USDT");
  server.subscribe([topic], "file");
  const before = server.handoverState;
  await using same = start({ endpoint, before });
  await using other = start({ before });
  assert.equal(same.server.handoverState.bookMarks, before.bookMarks);
  assert.notEqual(other.server.handoverState.bookMarks, before.bookMarks);
  assert.ok(same.server.isResumed(topic) && other.server.isResumed(topic));
});

Deno.test("where a series stands has to be known, of latest rows nothing has", async () => {
  await using run = start();
  const { server } = run;
  const [trades, ticker] = [topicOf("trades:A-USDT"), topicOf("tickers:A-USDT")];
  assert.deepEqual([server.isResumed(trades), server.isResumed(ticker)], [false, true]);
  server.subscribe([trades], "file");
  assert.ok(server.isResumed(trades));
});

Deno.test("one that stands by says nothing, and begins no series, until it is to write", async () => {
  const buffer = new StandbyBuffer({ keepMs: 1e9, maxBytes: 1e6 });
  await using run = start({ buffer });
  const { server, passed } = run;
  const topic = topicOf("trades:A-USDT");
  server.subscribe([topic], "file");
  assert.deepEqual([passed, server.isResumed(topic)], [[], false]);
  server.resume(() => Date.now());
  server.subscribe([topic], "file");
  assert.ok(server.isResumed(topic));
  server.release();
  assert.deepEqual(passed.map(({ kind }) => kind).slice(0, 2), ["opened", "subscription"]);
});
