/**
 * Commands as they arrive: order, answers, waiting, and what a stop does with those under way. The file is long
 * because each rule of commands is one short test over the same played service.
 */
import assert from "node:assert/strict";
import { configure, type LogRecord, reset } from "@logtape/logtape";
import { Queue } from "../../../src/shared/async/queue.ts";
import type { CommandReply } from "../../../src/control/command.ts";
import { OPS } from "../../../src/shared/ops.ts";
import { runControl } from "../../../src/control/control.ts";
import { createCommandHandler, type PathAnswer, type Servers } from "../../../src/control/handler.ts";
import { CODES, CommandError, StoreError } from "../../../src/shared/errors.ts";
import { parseTopic } from "../../../src/okx/topic.ts";
import type { ChannelMessage, Listening, Store } from "../../../src/store/store.ts";
import type { Applied } from "../../../src/store/write/applied.ts";
import type { Write } from "../../../src/store/write/write.ts";
import { waitFor } from "../../support/wait.ts";

const SECRET = "22582BD0CFF14C41EDBF1AB98506286D";

type Sent = { readonly channel: string; readonly reply: CommandReply; readonly ttlMs: number | undefined };

/** The two members of a store that the control plane uses. */
class LiteralStore implements Pick<Store, "listen" | "apply"> {
  readonly commands = new Queue<ChannelMessage>(1000);
  readonly sent: Sent[] = [];
  listened: readonly string[] = [];
  away = false;
  /** Writes that came while it was away. */
  failed = 0;
  #changed = Promise.withResolvers<void>();

  listen(what: readonly string[], signal: AbortSignal): Promise<Listening> {
    this.listened = what;
    const close = () => this.commands.close();
    signal.addEventListener("abort", close, { once: true });
    return Promise.resolve({
      [Symbol.asyncIterator]: () => this.commands[Symbol.asyncIterator](),
      [Symbol.asyncDispose]: () => (signal.removeEventListener("abort", close), Promise.resolve()),
    });
  }

  apply(writes: readonly Write[]): Promise<Applied> {
    if (this.away) {
      this.failed += 1;
      return Promise.reject(new StoreError("away"));
    }
    const text = writes.find((write) => write.kind === "text");
    const publish = writes.find((write) => write.kind === "publish");
    assert.ok(publish !== undefined);
    if (text !== undefined) assert.deepEqual([text.key, text.value], [publish.channel, publish.message]);
    const reply = JSON.parse(publish.message) as CommandReply;
    this.sent.push({ channel: publish.channel, reply, ttlMs: text?.ttlMs });
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
    return Promise.resolve({ commands: writes.length, rejected: 0 });
  }

  say(command: unknown): void {
    const message = typeof command === "string" ? command : JSON.stringify(command);
    this.commands.push({ channel: "trade-ws", message });
  }

  /** The replies, as soon as there are so many. */
  async replies(count: number): Promise<Sent[]> {
    while (this.sent.length < count) await this.#changed.promise;
    return this.sent;
  }
}

const GONE = { path: "tickers:A", state: "gone", error: null };

const unused = (): never => assert.fail("not expected to be called");

function serversOf(some: Partial<Servers>): Servers {
  return {
    open: unused,
    close: unused,
    names: unused,
    parse: (_name, arg) => parseTopic(arg),
    subscribe: unused,
    unsubscribe: unused,
    answers: unused,
    status: unused,
    reload: unused,
    quit: unused,
    ...some,
  };
}

type Running = AsyncDisposable & { readonly store: LiteralStore };

function start(
  some: Partial<Servers>,
  more: { allowed?: readonly (typeof OPS)[number][]; stopping?: AbortSignal } = {},
): Running {
  const store = new LiteralStore();
  const controller = new AbortController();
  const running = runControl({
    store,
    handler: createCommandHandler({
      servers: serversOf(some),
      replyTtlMs: 600_000,
      stopping: controller.signal,
      allowed: OPS,
      onCommand: () => {},
      ...more,
    }),
    listenChannel: "trade-ws",
    infoKey: "trade-ws/info",
    onReady: () => {},
  }, controller.signal);
  return {
    store,
    [Symbol.asyncDispose]: () => {
      controller.abort();
      return running;
    },
  };
}

/** What one command is answered with. */
async function ask(some: Partial<Servers>, command: Record<string, unknown>): Promise<CommandReply> {
  await using control = start(some);
  control.store.say({ id: 1, ...command });
  const [sent] = await control.store.replies(1);
  return sent?.reply as CommandReply;
}

const live = (path: string): PathAnswer => ({ path, state: "live", error: null });
const no = (code: number, message: string) => () => {
  throw new CommandError(code, message);
};

Deno.test("runControl() listens on the configured channel and says when it does", async () => {
  const store = new LiteralStore();
  const controller = new AbortController();
  let ready = 0;
  let received = 0;
  const running = runControl({
    store,
    handler: createCommandHandler({
      servers: serversOf({ names: () => [] }),
      replyTtlMs: 1000,
      stopping: controller.signal,
      allowed: OPS,
      onCommand: () => received++,
    }),
    listenChannel: "orders-for-okws",
    infoKey: "answers",
    onReady: () => ready++,
  }, controller.signal);
  store.say({ id: "x", op: "servers" });
  assert.deepEqual(await store.replies(1), [{
    channel: "answers/x",
    reply: { event: "info", message: [], errorCode: 80000 },
    ttlMs: 1000,
  }]);
  controller.abort();
  await running;
  assert.deepEqual([store.listened, ready, received], [["orders-for-okws"], 1, 1]);
});

Deno.test("a command that comes while the service stops is refused, and not carried out", async () => {
  await using control = start({}, { stopping: AbortSignal.abort() });
  control.store.say({ id: "late", op: "subscribe", name: "test", args: ["tickers:BTC-USDT"] });
  const [sent] = await control.store.replies(1);
  assert.equal(sent?.reply.errorCode, CODES.notAllowed);
  assert.match(String(sent?.reply.message), /stops and carries out nothing more; send the command again/);
});

Deno.test("runControl() answers each op with the documented code", async (t) => {
  const done = (message: unknown): CommandReply => ({ event: "info", message, errorCode: CODES.done });
  const error = (errorCode: number, message: string): CommandReply => ({
    event: "error",
    message,
    errorCode,
  });
  const none = no(CODES.noServer, "There is no server test");
  const close = () => Promise.resolve("");
  const table: [string, Partial<Servers>, Record<string, unknown>, CommandReply][] = [
    ["open", { open: () => {} }, { op: "open", name: "test", args: {} }, done("")],
    ["open of a taken name", { open: no(CODES.openAlready, "test is open already") }, {
      ...{ op: "open", name: "test" },
    }, error(80001, "test is open already")],
    ["close", { close }, { op: "close", name: "test" }, done("")],
    ["close that is not whole", { close: () => Promise.resolve("not yet") }, { op: "close", name: "test" }, {
      ...{ event: "warn", message: "not yet", errorCode: CODES.done },
    }],
    ["close of nothing", { close: () => Promise.reject(new CommandError(CODES.noServer, "There is none")) }, {
      ...{ op: "close", name: "test" },
    }, error(80011, "There is none")],
    ["servers", { names: () => ["a", "b"] }, { op: "servers" }, done(["a", "b"])],
    ["status", { status: (name) => ({ name }) }, { op: "status", name: "a" }, done({ name: "a" })],
    ["quit_server", { quit: () => {} }, { op: "quit_server" }, done("")],
    ["subscribe", { subscribe: () => {} }, { op: "subscribe", name: "a", args: ["tickers:A"] }, {
      ...done("sent to the exchange"),
    }],
    ["subscribe without a server", { subscribe: none }, {
      ...{ op: "subscribe", name: "test", args: ["tickers:A"] },
    }, error(80011, "There is no server test")],
    ["subscribe without a login", { subscribe: no(CODES.notAllowed, "needs a login") }, {
      ...{ op: "subscribe", name: "test", args: ["account"] },
    }, error(80014, "needs a login")],
    ["unsubscribe", { unsubscribe: () => [GONE] }, {
      op: "unsubscribe",
      name: "a",
      args: ["tickers:A"],
    }, {
      ...done("sent to the exchange"),
    }],
    ["unsubscribe of nothing", { unsubscribe: () => [] }, {
      ...{ op: "unsubscribe", name: "a", args: ["tickers:A"] },
    }, error(80013, "Not subscribed: tickers:A")],
  ];
  for (const [title, some, command, reply] of table) {
    await t.step(title, async () => assert.deepEqual(await ask(some, command), reply));
  }
});

Deno.test("runControl() answers an unknown path with 80013 and subscribes nothing of that command", async () => {
  const command = { op: "subscribe", name: "a", args: ["tickers:A", "ticker:B"] };
  const reply = await ask({}, command);
  assert.equal(reply.errorCode, 80013);
  assert.match(String(reply.message), /did you mean tickers\?/);
});

Deno.test("runControl() takes one path, several, and argument objects, each once", async () => {
  const paths: string[][] = [];
  const some = {
    subscribe: (_: string, topics: readonly { path: string }[]) => void paths.push(topics.map((t) => t.path)),
  };
  await ask(some, { op: "subscribe", name: "a", args: "tickers:A" });
  await ask(some, { op: "subscribe", name: "a", args: { channel: "tickers", instId: "A" } });
  await ask(some, {
    op: "subscribe",
    name: "a",
    args: ["tickers:A", { channel: "tickers", instId: "A" }, "trades:B"],
  });
  assert.deepEqual(paths, [["tickers:A"], ["tickers:A"], ["tickers:A", "trades:B"]]);
});

Deno.test("runControl() cannot read a subscribe command without args", async () => {
  for (const args of [undefined, []]) {
    const reply = await ask({}, { op: "subscribe", name: "a", args });
    assert.equal(reply.errorCode, 80010);
  }
});

Deno.test("runControl() answers a waiting subscribe with a result for each path", async (t) => {
  const refused: PathAnswer = {
    path: "tickers:B",
    state: "refused",
    error: { code: "60018", message: "no" },
  };
  const sent: PathAnswer = { path: "tickers:B", state: "sent", error: null };
  const table: [string, PathAnswer[], CommandReply["event"], number][] = [
    ["all live", [live("tickers:A"), live("tickers:B")], "info", 80000],
    ["one refused", [live("tickers:A"), refused], "error", 80012],
    ["one unanswered", [live("tickers:A"), sent], "warn", 80000],
    ["one unsubscribed meanwhile", [live("tickers:A")], "warn", 80000],
  ];
  for (const [title, answers, event, errorCode] of table) {
    await t.step(title, async () => {
      const asked: unknown[] = [];
      const reply = await ask({
        subscribe: () => {},
        answers: (...args) => (asked.push(args), Promise.resolve(answers)),
      }, { op: "subscribe", name: "a", args: ["tickers:A", "tickers:B"], wait: true, timeoutMs: 500 });
      assert.deepEqual(reply, { event, message: answers, errorCode });
      assert.deepEqual(asked, [["a", ["tickers:A", "tickers:B"], 500]]);
    });
  }
});

Deno.test("runControl() answers a waiting unsubscribe with what has gone", async () => {
  const command = { op: "unsubscribe", name: "a", args: ["tickers:A", "tickers:B"], wait: true };
  const reply = await ask({ unsubscribe: () => [GONE] }, command);
  assert.deepEqual(reply.message, [{ path: "tickers:A", state: "gone", error: null }]);
});

Deno.test("runControl() starts commands in the order in which they arrive, past one that waits", async () => {
  const answer = Promise.withResolvers<PathAnswer[]>();
  const started: string[] = [];
  await using control = start({
    open: (name) => void started.push(`open ${name}`),
    subscribe: (name) => void started.push(`subscribe ${name}`),
    answers: () => answer.promise,
    names: () => (started.push("servers"), ["a"]),
  });
  control.store.say({ id: 1, op: "open", name: "a" });
  control.store.say({ id: 2, op: "subscribe", name: "a", args: ["tickers:A"], wait: true });
  control.store.say({ id: 3, op: "servers" });
  await control.store.replies(2);
  answer.resolve([live("tickers:A")]);
  const replies = await control.store.replies(3);
  assert.deepEqual(started, ["open a", "subscribe a", "servers"]);
  assert.deepEqual(replies.map(({ channel }) => channel), [1, 3, 2].map((id) => `trade-ws/info/${id}`));
});

Deno.test("runControl() waits for what is under way when it is stopped", async () => {
  const answer = Promise.withResolvers<PathAnswer[]>();
  const asked = Promise.withResolvers<void>();
  const control = start({ subscribe: () => {}, answers: () => (asked.resolve(), answer.promise) });
  control.store.say({ id: 1, op: "subscribe", name: "a", args: ["tickers:A"], wait: true });
  await asked.promise;
  const ended = control[Symbol.asyncDispose]();
  answer.resolve([live("tickers:A")]);
  await ended;
  assert.equal(control.store.sent.length, 1);
});

Deno.test("runControl() answers what it cannot read, on the bare channel where there is no id", async () => {
  await using control = start({});
  control.store.say("hello");
  control.store.say({ id: "q1", op: "sbscribe" });
  const [bare, named] = await control.store.replies(2);
  assert.deepEqual([bare?.channel, bare?.reply.errorCode, bare?.ttlMs], ["trade-ws/info", 80010, undefined]);
  assert.deepEqual([named?.channel, named?.reply.errorCode, named?.ttlMs], [
    "trade-ws/info/q1",
    80010,
    600_000,
  ]);
});

Deno.test("runControl() answers what configuration does not allow with 80014", async () => {
  await using control = start({}, { allowed: ["servers", "status"] });
  control.store.say({ id: 1, op: "quit_server" });
  const [sent] = await control.store.replies(1);
  assert.equal(sent?.reply.errorCode, 80014);
  assert.match(String(sent?.reply.message), /quit_server/);
});

Deno.test("runControl() goes on after a fault of its own and after a reply that could not be sent", async () => {
  await using control = start({
    status: () => {
      throw new TypeError("a fault of ours");
    },
    names: () => ["a"],
  });
  control.store.say({ id: 1, op: "status" });
  const [sent] = await control.store.replies(1);
  assert.equal(sent?.reply.event, "error");
  assert.ok(!String(sent?.reply.message).includes("a fault of ours"));
  control.store.away = true;
  control.store.say({ id: 2, op: "servers" });
  await waitFor("the reply that cannot be sent", () => control.store.failed > 0);
  control.store.away = false;
  control.store.say({ id: 3, op: "servers" });
  const replies = await control.store.replies(2);
  assert.equal(replies.at(-1)?.channel, "trade-ws/info/3");
});

Deno.test("runControl() shows no secret in a reply or in a log", async () => {
  const records: LogRecord[] = [];
  await configure({
    reset: true,
    sinks: { records: (record) => void records.push(record) },
    loggers: [
      { category: ["okws"], lowestLevel: "trace", sinks: ["records"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["records"] },
    ],
  });
  try {
    const args = { apiKey: SECRET, secret: SECRET, password: SECRET };
    const open = (_: string, given: unknown) => {
      if ((given as { endpoint?: string }).endpoint === "x") throw new TypeError("broken");
    };
    await using control = start({ open });
    control.store.say({ id: 1, op: "open", name: "a", args });
    control.store.say({ id: 2, op: "open", name: "a", args: { ...args, endpoint: "x" } });
    control.store.say({ id: 3, op: "open", name: `a/b`, args });
    control.store.say({ id: 4, op: "opne", name: "a", args });
    control.store.say({ id: 5, op: "subscribe", name: "a", args: [args] });
    control.store.say(`{"id":6,"op":"open","args":{"secret":"${SECRET}"`);
    const replies = await control.store.replies(6);
    assert.ok(!JSON.stringify(replies).includes(SECRET), JSON.stringify(replies));
    assert.ok(records.length > 0);
    assert.ok(!JSON.stringify(records).includes(SECRET), JSON.stringify(records));
  } finally {
    await reset();
  }
});
