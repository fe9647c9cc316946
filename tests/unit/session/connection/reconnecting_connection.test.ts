/** A connection that is made again and again, against a scripted exchange on the loopback. */
import assert from "node:assert/strict";
import { mock } from "node:test";
import type { SessionEvent } from "../../../../src/model/events.ts";
import { createStats } from "../../../../src/model/stats.ts";
import { CODECS } from "../../../../src/okx/codec.ts";
import { createSigner } from "../../../../src/okx/sign.ts";
import {
  type AdmitDial,
  ReconnectingConnection,
} from "../../../../src/session/connection/reconnecting_connection.ts";
import { DEFAULT_TIMING, type Timing } from "../../../../src/session/connection/timing.ts";
import { BookMarks } from "../../../../src/session/recovery/book_marks.ts";
import { OpenRows } from "../../../../src/session/recovery/open_rows.ts";
import { createPacer, type Pacer } from "../../../../src/shared/async/pacer.ts";
import { type FakeConnection, type Plan, startFakeOkx } from "../../../support/fake_okx.ts";
import { freePort } from "../../../support/free_port.ts";
import { topicOf } from "../../../support/topics.ts";
import { waitFor, withTimeout } from "../../../support/wait.ts";

const LOGIN = { apiKey: "key-of-test", secret: "secret-of-test", passphrase: "phrase-of-test" };
const PATH = "tickers:A-USDT";

/** As short as a loopback allows. */
const BACKOFF = { baseMs: 8, capMs: 20 };

/** Longer than any test may take: a wait that is not cut short is noticed. */
const AGES_MS = 3_600_000;

type Given = {
  readonly timing?: Partial<Timing>;
  readonly eager?: boolean;
  readonly login?: boolean;
  readonly dials?: Pacer & { readonly admit?: AdmitDial };
  readonly onEvent?: (event: SessionEvent) => void;
};

/** A connection to the public endpoint of `url`; disposing ends it. */
function connect(url: string, given: Given = {}) {
  const { timing = {}, eager = false, login = false, dials = createPacer(100, 1), onEvent = () => {} } =
    given;
  const events: SessionEvent[] = [];
  const lost: string[] = [];
  const broken: unknown[] = [];
  const stats = createStats(0);
  const connection = new ReconnectingConnection({
    ...{ name: "public", group: "public", server: "test", eager, dials, stats },
    ...{ url: `${url}/ws/v5/public`, rest: { url: "http://none", headers: {} }, codec: CODECS.v5 },
    sink: { onEvent: (_, event) => (events.push(event), onEvent(event)) },
    signer: login ? createSigner(LOGIN) : undefined,
    ...{ requestSigner: undefined, mask: (text: string) => text, clock: () => 1_700_000_000_000 },
    timing: { ...DEFAULT_TIMING, backoff: BACKOFF, ...timing },
    ...{ congested: () => false, room: () => undefined, restPacer: createPacer(1, 1000) },
    ...{ missingSince: () => Infinity, openRows: new OpenRows(), bookMarks: new BookMarks() },
    onLost: (topics) => void lost.push(...topics.map(({ path }) => path)),
    ...{ onStuck: () => {}, onCrowded: () => {}, onBroken: (error) => void broken.push(error) },
  });
  connection.start();
  return {
    ...{ connection, events, lost, broken, stats },
    /** What has happened, but for what the exchange said. */
    steps: () =>
      events.flatMap((event) => {
        if (event.kind === "subscription") return [event.state];
        return event.kind === "notice" ? [] : [event.kind];
      }),
    desire(path = PATH) {
      connection.add(topicOf(path));
      connection.scheduleRequests();
    },
    /** The states that say when it is dialled again. */
    pauses: () =>
      events.filter((event) => event.kind === "subscription" && event.refusal?.nextAt !== undefined),
    [Symbol.asyncDispose]: () => connection.end(),
  };
}

function codeOf(event: SessionEvent | undefined): string | undefined {
  return event?.kind === "subscription" ? event.refusal?.code : undefined;
}

/** How long after it was said the next dial was to be made, ms. */
function pauseOf(event: SessionEvent | undefined): number {
  assert.ok(event?.kind === "subscription" && event.refusal?.nextAt !== undefined);
  return event.refusal.nextAt - event.at;
}

Deno.test("it dials when something is desired, and not before", async () => {
  await using okx = startFakeOkx();
  await using run = connect(okx.url);
  assert.deepEqual([run.connection.view().state, run.connection.connected], ["idle", false]);
  run.desire();
  await waitFor("it is live", () => run.steps().at(-1) === "live");
  assert.deepEqual(run.steps(), ["up", "sent", "live"]);
  assert.deepEqual(okx.connections.map((each) => each.asked("subscribe")), [[
    { channel: "tickers", instId: "A-USDT" },
  ]]);
  const { state, attempts, lastError, connId, subscriptions } = run.connection.view();
  assert.deepEqual([state, attempts, lastError, connId, subscriptions], ["connected", 0, "", "a4d3ae55", 1]);
  assert.deepEqual([run.stats.dials, run.stats.connects, run.stats.disconnects], [1, 1, 0]);
});

Deno.test("one that is eager dials once though nothing is desired, and is idle when that one ends", async () => {
  await using okx = startFakeOkx();
  await using run = connect(okx.url, { eager: true });
  await waitFor("it is open", () => okx.current()?.open);
  assert.deepEqual(run.steps(), ["up"]);
  okx.current()?.close();
  await waitFor("it is idle", () => run.steps().at(-1) === "idle");
  assert.deepEqual([run.steps(), okx.connections.length], [["up", "down", "idle"], 1]);
  run.desire();
  await waitFor("it is live", () => run.steps().at(-1) === "live");
  assert.equal(okx.connections.length, 2);
});

Deno.test("one that is kept is made again though nothing is desired, until it is not kept any more", async () => {
  await using okx = startFakeOkx();
  await using run = connect(okx.url);
  run.connection.keep(true);
  await waitFor("it is open", () => okx.current()?.open);
  okx.current()?.drop();
  await waitFor("it is open again", () => okx.connections.length === 2 && okx.current()?.open);
  run.connection.keep(false);
  okx.current()?.drop();
  await waitFor("it is idle", () => run.connection.view().state === "idle");
  assert.equal(okx.connections.length, 2);
});

Deno.test("one that ends is made again, with all that is desired, after its owner knows what was lost", async () => {
  await using okx = startFakeOkx();
  let knownAtStale: readonly string[] = [];
  await using run = connect(okx.url, {
    onEvent(event) {
      if (event.kind === "subscription" && event.state === "stale") knownAtStale = [...run.lost];
    },
  });
  run.desire();
  await waitFor("it is live", () => run.steps().at(-1) === "live");
  okx.current()?.close(4004, "No data received in 30s");
  await waitFor("it is live again", () => run.steps().filter((step) => step === "live").length === 2);
  assert.deepEqual(run.steps(), ["up", "sent", "live", "down", "stale", "up", "sent", "live"]);
  const down = run.events.find((event) => event.kind === "down");
  assert.ok(down?.desired === true && /4004.*No data received/.test(down.reason), down?.reason);
  assert.equal(codeOf(run.pauses()[0]), "closed");
  assert.deepEqual([run.lost, knownAtStale], [[PATH], [PATH]]);
  assert.deepEqual([run.stats.dials, run.stats.connects, run.stats.disconnects], [2, 2, 1]);
});

Deno.test("pauses double up to their cap while the exchange refuses, and begin again after a useful connection", async () => {
  const refuse: Plan = { handshake: "refuse" };
  await using okx = startFakeOkx(({ index }) => index < 4 ? refuse : {});
  const random = mock.method(Math, "random", () => 0);
  try {
    await using run = connect(okx.url);
    run.desire();
    await waitFor("it is live", () => run.steps().at(-1) === "live");
    okx.current()?.drop();
    await waitFor("it is live again", () => run.steps().filter((step) => step === "live").length === 2);
    const pauses = run.pauses();
    assert.deepEqual(pauses.map(codeOf), ["handshake", "handshake", "handshake", "handshake", "closed"]);
    // Without chance a pause is half of what doubling gives.
    const expectedMs = [4, 8, 10, 10, 4];
    for (const [i, event] of pauses.entries()) {
      const { dialledAt } = okx.connections[i] as FakeConnection;
      const gapMs = (okx.connections[i + 1] as FakeConnection).dialledAt - dialledAt;
      // A timer may fire within the millisecond before its time; a machine that is busy is late, never early.
      assert.ok(gapMs >= (expectedMs[i] as number) - 1, `dial ${i + 1} after ${gapMs} ms`);
      assert.ok(pauseOf(event) <= (expectedMs[i] as number), `pause ${i} of ${pauseOf(event)} ms`);
    }
  } finally {
    random.mock.restore();
  }
});

Deno.test("attempts are counted, with the last reason, until something useful is received", async () => {
  // What closes before it has said anything is as good as none.
  await using okx = startFakeOkx({ onOpen: (dial) => dial.close(4001, "Login failed") });
  await using run = connect(okx.url);
  run.desire();
  await waitFor("it is open a third time", () => run.stats.disconnects === 3);
  const { attempts, lastError } = run.connection.view();
  assert.ok(attempts >= 3 && lastError.includes("Login failed"), `${attempts} ${lastError}`);
  okx.plan({});
  await waitFor("it is live", () => run.steps().at(-1) === "live");
  assert.equal(run.connection.view().attempts, 0);
});

Deno.test("where nothing listens it goes on dialling, and finds a server that listens there later", async () => {
  const port = freePort();
  await using run = connect(`ws://127.0.0.1:${port}`);
  run.desire();
  await waitFor("it was refused twice", () => run.pauses().length >= 2);
  assert.deepEqual(
    run.pauses().map((event) => event.kind === "subscription" && event.refusal?.code).slice(0, 2),
    [
      "connect",
      "connect",
    ],
  );
  const { promise: opened, resolve } = Promise.withResolvers<void>();
  await using _ = Deno.serve({ hostname: "127.0.0.1", port, onListen: () => {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onopen = () => resolve();
    return response;
  });
  await withTimeout("the dial to the server that listens now", opened);
  await waitFor("it is up", () => run.steps().includes("up"));
  await run.connection.end();
});

Deno.test("an address that stays silent is given up in time, and dialled the same way again", async () => {
  await using okx = startFakeOkx({ handshake: "hang" });
  await using run = connect(okx.url, { timing: { dialMs: 5 } });
  run.desire();
  await waitFor("it was given up twice", () => run.pauses().length >= 2);
  for (const event of run.pauses()) {
    assert.ok(event.kind === "subscription" && event.refusal?.code === "timeout");
    // It has no address of the other family that might answer.
    assert.match(event.refusal.message, /no answer within 5 ms from 127\.0\.0\.1/);
  }
  okx.plan({});
});

Deno.test("an end cuts a pause short, and nothing is dialled any more", async () => {
  await using okx = startFakeOkx({ handshake: "refuse" });
  await using run = connect(okx.url, { timing: { backoff: { baseMs: AGES_MS, capMs: AGES_MS } } });
  run.desire();
  await waitFor("it waits", () => run.connection.view().state === "waiting");
  await withTimeout("its end", run.connection.end());
  assert.deepEqual([run.connection.view().state, okx.connections.length], ["stopped", 1]);
});

Deno.test("an end cuts a dial short, of which nothing is said", async () => {
  await using okx = startFakeOkx({ handshake: "hang" });
  await using run = connect(okx.url, { timing: { dialMs: AGES_MS } });
  run.desire();
  await waitFor("it dials", () => okx.connections.length === 1);
  assert.equal(run.connection.view().state, "connecting");
  await withTimeout("its end", run.connection.end());
  assert.deepEqual([run.connection.view().state, run.steps()], ["stopped", []]);
});

Deno.test("an end while it waits for its turn, or for leave of others, dials nothing", async () => {
  await using okx = startFakeOkx();
  let isAsked = false;
  const admit: AdmitDial = (signal) => {
    isAsked = true;
    return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
  };
  await using late = connect(okx.url, { eager: true, dials: { take: () => AGES_MS } });
  await using asking = connect(okx.url, { eager: true, dials: { take: () => 0, admit } });
  await waitFor("leave is asked for", () => isAsked);
  await withTimeout("both ends", Promise.all([late.connection.end(), asking.connection.end()]));
  assert.deepEqual([late.stats.dials, asking.stats.dials, okx.connections.length], [0, 0, 0]);
});

Deno.test("an end of an open connection is its last word: stopped, and not made again", async () => {
  await using okx = startFakeOkx();
  await using run = connect(okx.url);
  run.desire();
  await waitFor("it is live", () => run.steps().at(-1) === "live");
  await withTimeout("its end", run.connection.end());
  assert.deepEqual(run.steps(), ["up", "sent", "live", "down", "stale"]);
  assert.equal(codeOf(run.events.at(-1)), "stopped");
  assert.deepEqual([run.connection.view().state, okx.connections.length], ["stopped", 1]);
});

Deno.test("what is not desired any more is not dialled for after the pause", async () => {
  await using okx = startFakeOkx({ handshake: "refuse" });
  await using run = connect(okx.url);
  run.desire();
  await waitFor("it was refused", () => run.pauses().length > 0);
  run.connection.remove(topicOf(PATH));
  await waitFor("it is idle", () => run.steps().at(-1) === "idle");
  assert.deepEqual([run.connection.view().state, run.connection.topics.size], ["idle", 0]);
});

Deno.test("a login that is refused is tried again rarely, however short other pauses are", async () => {
  await using okx = startFakeOkx({
    answer: () => [{ event: "error", code: "60005", msg: "Invalid apiKey", connId: "a4d3ae55" }],
  });
  await using run = connect(okx.url, { login: true, timing: { loginRetryMs: AGES_MS } });
  run.desire();
  await waitFor("it waits", () => run.connection.view().state === "waiting");
  const last = run.events.at(-1);
  assert.ok(last?.kind === "subscription" && last.state === "refused" && last.refusal?.code === "60005");
  const pauseMs = pauseOf(last);
  // Two seconds for a machine that was busy between the plan and the event.
  assert.ok(pauseMs > AGES_MS - 2000 && pauseMs <= 2 * AGES_MS, `${pauseMs} ms`);
  assert.equal(okx.connections.length, 1);
});

Deno.test("a fault of the sink of its events ends it for good, and is reported once", async () => {
  await using okx = startFakeOkx();
  await using run = connect(okx.url, {
    onEvent(event) {
      if (event.kind === "up") throw new Error("a fault of ours");
    },
  });
  run.desire();
  await waitFor("it is reported", () => run.broken.length > 0);
  await withTimeout("its end", run.connection.end());
  assert.deepEqual([run.broken.map(String), okx.connections.length], [["Error: a fault of ours"], 1]);
});
