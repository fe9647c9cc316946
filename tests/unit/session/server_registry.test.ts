/** Servers by their names, and who waits for what the exchange answers. Nothing listens where they dial. */
import assert from "node:assert/strict";
import type { SessionEvent, SubscriptionState } from "../../../src/model/events.ts";
import { createStats } from "../../../src/model/stats.ts";
import { findExchange, type FoundExchange } from "../../../src/okx/endpoints.ts";
import { ServerRegistry } from "../../../src/session/server_registry.ts";
import { CODES, CommandError } from "../../../src/shared/errors.ts";
import { freePort } from "../../support/free_port.ts";
import { topicOf } from "../../support/topics.ts";

const TOPIC = topicOf("tickers:A-USDT");

/** Servers that are open, and what is said of them; they end with the scope. */
function start(...names: readonly string[]) {
  const said: string[] = [];
  const servers = new ServerRegistry({
    stats: createStats(0),
    sinks: [{ onEvent: (server, event) => void said.push(shown(server, event)) }],
    onBroken: (error) => assert.fail(String(error)),
  });
  const endpoint = `ws://127.0.0.1:${freePort()}`;
  const exchange = findExchange(endpoint) as FoundExchange;
  const open = (name: string) =>
    servers.open({ name, endpoint, protocol: "v5", credentials: undefined, exchange });
  names.forEach(open);
  return { servers, said, open, [Symbol.asyncDispose]: () => servers.closeAll() };
}

function shown(server: string, event: SessionEvent): string {
  if (event.kind === "subscription") return `${server} ${event.topic.path} ${event.state}`;
  return `${server} ${event.kind}${event.kind === "closed" && event.forGood === true ? " for good" : ""}`;
}

/** The exchange has answered. */
function answerOf(state: SubscriptionState): SessionEvent {
  return { kind: "subscription", topic: TOPIC, state, refusal: undefined, at: Date.now() };
}

function codeOf(action: () => unknown): [string, string] {
  try {
    action();
  } catch (error) {
    if (error instanceof CommandError) return [String(error.errorCode), error.message];
    throw error;
  }
  throw new Error("nothing was thrown");
}

Deno.test("a name is taken once, and one that is not there is suggested", async () => {
  await using run = start("okx", "other");
  const { servers, open } = run;
  assert.deepEqual([servers.names(), servers.has("okx"), servers.has("no")], [["okx", "other"], true, false]);
  assert.equal(codeOf(() => open("okx"))[0], String(CODES.openAlready));
  const [code, text] = codeOf(() => servers.view("okxx"));
  assert.equal(code, String(CODES.noServer));
  assert.match(text, /okx\b/);
});

Deno.test("who waits for an answer has it as soon as the last one is there", async () => {
  await using run = start("okx");
  const { servers } = run;
  servers.subscribe("okx", [TOPIC], "command");
  const waiting = servers.answers("okx", [TOPIC.path, "never:desired"], 3_600_000);
  servers.onEvent("other", answerOf("live"));
  servers.onEvent("okx", answerOf("sent"));
  let isThere = false;
  waiting.then(() => isThere = true);
  await Promise.resolve();
  assert.equal(isThere, false, "neither another server's answer nor a request is one");
  servers.onEvent("okx", answerOf("live"));
  assert.deepEqual((await waiting).map(({ path }) => path), [TOPIC.path]);
});

Deno.test("who waits gets what is known when the time is up, or the server is closed", async () => {
  await using run = start("okx");
  const { servers } = run;
  servers.subscribe("okx", [TOPIC], "command");
  assert.deepEqual((await servers.answers("okx", [TOPIC.path], 1)).map(({ state }) => state), ["wanted"]);
  const waiting = servers.answers("okx", [TOPIC.path], 3_600_000);
  await servers.close("okx");
  assert.deepEqual(await waiting, []);
});

Deno.test("a server that is closed has its paths gone, one of a service that stops has not", async () => {
  const { servers, said } = start("okx", "other");
  for (const name of ["okx", "other"]) servers.subscribe(name, [TOPIC], "file");
  await servers.close("okx");
  assert.deepEqual(said.filter((text) => text.startsWith("okx")).slice(-2), [
    "okx tickers:A-USDT gone",
    "okx closed for good",
  ]);
  await servers.closeAll();
  assert.equal(said.at(-1), "other closed");
  assert.ok(!said.includes("other tickers:A-USDT gone"));
  assert.deepEqual(servers.names(), []);
});

Deno.test("nothing is asked of a server that is not there any more, where nobody can wait for one", async () => {
  await using run = start();
  const { servers } = run;
  assert.equal(servers.named("okx", TOPIC.path), undefined);
  servers.onGone("okx", TOPIC.path, ["1"], 0);
  servers.resumeFrom("okx", new Map());
  assert.deepEqual(await servers.answers("okx", [TOPIC.path], 3_600_000), []);
});
