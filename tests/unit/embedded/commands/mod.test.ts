/** Commands of the embedded store where they depend on time, database, transaction, login or subscription. */
import assert from "node:assert/strict";
import { Client } from "../../../../src/embedded/client.ts";
import type { Engine } from "../../../../src/embedded/commands/command.ts";
import { createEngine, execute } from "../../../../src/embedded/execute.ts";

type Session = { client: Client; run: (line: string) => string };

function createStore(options: { password?: string; maxQueuedCommands?: number } = {}) {
  const clock = { now: 1_700_000_000_000 };
  const engine = createEngine({ now: () => clock.now, ...options });
  return { engine, clock, open: (maxOutputBytes = 1_000_000) => open(engine, maxOutputBytes) };
}

/** A client without a connection: words in, the encoded reply out on one line. */
function open(engine: Engine, maxOutputBytes: number): Session {
  const id = engine.clients.size + 1;
  const client = new Client({
    ...{ id, address: `127.0.0.1:${id}`, localAddress: "127.0.0.1:6379", maxOutputBytes, now: engine.now() },
    authenticated: engine.password === undefined,
    onOutput: () => {},
  });
  engine.clients.set(id, client);
  const run = (line: string) => {
    execute(engine, client, line.split(" "));
    return client.takeOutput().replaceAll("\r\n", " ").trim();
  };
  return { client, run };
}

Deno.test("keys go at their time, by the clock that was passed in", () => {
  const { clock, open } = createStore();
  const { run } = open();
  run("SET a 1 PX 1500");
  assert.equal(run("TTL a"), ":2");
  assert.equal(run("PTTL a"), ":1500");
  clock.now += 1501;
  assert.equal(run("GET a"), "$-1");
  assert.equal(run("TTL a"), ":-2");
});

Deno.test("EXPIRE GT and LT compare with a key that never goes as with infinity", () => {
  const { run } = createStore().open();
  run("SET a 1");
  assert.equal(run("EXPIRE a 10 GT"), ":0");
  assert.equal(run("EXPIRE a 10 LT"), ":1");
  assert.equal(run("EXPIRE a 20 GT"), ":1");
  assert.equal(run("EXPIRE a 30 LT"), ":0");
});

Deno.test("WATCH takes an expiry since then for a change, and one before it for none", () => {
  const { clock, open } = createStore();
  const { run } = open();
  run("SET a 1 PX 10");
  run("WATCH a");
  clock.now += 11;
  run("MULTI");
  assert.equal(run("EXEC"), "*-1");
  run("SET b 1 PX 10");
  clock.now += 11;
  run("WATCH b");
  run("MULTI");
  assert.equal(run("EXEC"), "*0");
});

Deno.test("databases are separate, WATCH included", () => {
  const { open } = createStore();
  const [one, two] = [open(), open()];
  one.run("SET a 1");
  one.run("WATCH a");
  two.run("SELECT 1");
  assert.equal(two.run("GET a"), "$-1");
  two.run("SET a 2");
  one.run("MULTI");
  assert.equal(one.run("EXEC"), "*0");
  assert.equal(two.run("FLUSHDB"), "+OK");
  assert.equal(one.run("DBSIZE"), ":1");
});

Deno.test("a transaction changes database for the commands after SELECT", () => {
  const { run } = createStore().open();
  for (const line of ["MULTI", "SELECT 1", "SET a 1", "SELECT 0", "EXISTS a"]) run(line);
  assert.equal(run("EXEC"), "*4 +OK +OK +OK :0");
});

Deno.test("a transaction takes no more commands than its limit and then refuses to run", () => {
  const { run } = createStore({ maxQueuedCommands: 2 }).open();
  run("MULTI");
  run("PING");
  run("PING");
  assert.equal(run("PING"), "-ERR MULTI queue is full");
  assert.equal(run("EXEC"), "-EXECABORT Transaction discarded because of previous errors.");
});

Deno.test("nothing but logging in is answered before the password", () => {
  const { run } = createStore({ password: "secret" }).open();
  assert.equal(run("GET a"), "-NOAUTH Authentication required.");
  assert.match(run("HELLO 3"), /^-NOAUTH HELLO must be called/);
  assert.equal(run("AUTH wrong"), "-WRONGPASS invalid username-password pair or user is disabled.");
  assert.equal(run("AUTH nobody secret"), "-WRONGPASS invalid username-password pair or user is disabled.");
  assert.match(run("HELLO 3 AUTH default secret SETNAME me"), /^%7/);
  assert.equal(run("CLIENT GETNAME"), "$2 me");
  run("RESET");
  assert.equal(run("GET a"), "-NOAUTH Authentication required.");
  assert.equal(run("AUTH secret"), "+OK");
});

Deno.test("a RESP2 subscriber may do little else, a RESP3 one anything", () => {
  const { run } = createStore().open();
  assert.equal(run("SUBSCRIBE c"), "*3 $9 subscribe $1 c :1");
  assert.equal(
    run("GET a"),
    "-ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context",
  );
  assert.equal(run("PING"), "*2 $4 pong $0");
  run("UNSUBSCRIBE");
  run("HELLO 3");
  assert.equal(run("SUBSCRIBE c"), ">3 $9 subscribe $1 c :1");
  assert.equal(run("GET a"), "_");
});

Deno.test("PUBLISH counts a client once for its channel and once for each pattern", () => {
  const { open } = createStore();
  const [listener, other] = [open(), open()];
  listener.run("SUBSCRIBE news");
  listener.run("PSUBSCRIBE n* *s");
  assert.equal(other.run("PUBLISH news hi"), ":3");
  assert.equal(listener.client.takeOutput().match(/message/g)?.length, 3);
  assert.equal(other.run("PUBLISH other hi"), ":0");
});

Deno.test("a client that does not read is marked for the end once its output passes the limit", () => {
  const { open } = createStore();
  const [slow, other] = [open(100), open()];
  slow.run("SUBSCRIBE c");
  for (let i = 0; i < 3; i++) other.run("PUBLISH c 0123456789");
  assert.equal(slow.client.overflowed, true);
  assert.equal(slow.client.killed, true);
});

Deno.test("XREAD BLOCK is answered by the write it waits for", () => {
  const { engine, open } = createStore();
  const [reader, writer] = [open(), open()];
  assert.equal(reader.run("XREAD BLOCK 0 STREAMS s t $ $"), "");
  assert.equal(engine.waiting.count, 1);
  writer.run("SET t 1");
  assert.equal(reader.client.takeOutput(), "");
  writer.run("XADD s 1-1 f v");
  assert.match(reader.client.takeOutput(), /1-1/);
  assert.deepEqual(engine.waiting.takeReleased(), [reader.client]);
  assert.equal(engine.waiting.count, 0);
});

Deno.test("XREAD BLOCK returns at once inside a transaction", () => {
  const { engine, open } = createStore();
  const { run } = open();
  run("MULTI");
  run("XREAD BLOCK 0 STREAMS s $");
  assert.equal(run("EXEC"), "*1 *-1");
  assert.equal(engine.waiting.count, 0);
});

Deno.test("INFO says what clients look for, and that this is not Redis", () => {
  const { run } = createStore().open();
  run("SET a 1");
  const text = run("INFO");
  for (
    const part of [
      "redis_version:7.",
      "redis_mode:standalone",
      "role:master",
      "loading:0",
      "connected_clients:1",
    ]
  ) {
    assert.ok(text.includes(part), part);
  }
  assert.match(text, /used_memory:\d+.*db0:keys=1,expires=0/);
  assert.match(text, /okws_store:embedded/);
  assert.equal(run("INFO replication").includes("redis_version"), false);
});

Deno.test("CLIENT KILL ends another connection by its id", () => {
  const { open } = createStore();
  const [one, two] = [open(), open()];
  assert.equal(one.run("CLIENT KILL ID 2"), ":1");
  assert.equal(two.client.killed, true);
  assert.equal(one.run("CLIENT KILL ID 1"), ":0");
});

Deno.test("COMMAND describes every command it counts", () => {
  const { engine, open } = createStore();
  const { run } = open();
  assert.equal(run("COMMAND COUNT"), `:${engine.table.size}`);
  assert.match(run("COMMAND"), new RegExp(`^\\*${engine.table.size} `));
  assert.match(run("COMMAND INFO get nope"), /^\*2 \*10 \$3 get :2 .*\*-1$|\$-1$/);
  assert.match(run("COMMAND DOCS get"), /summary/);
});

Deno.test("SRANDMEMBER may repeat members, but not without end", () => {
  const { run } = createStore().open();
  run("SADD s a");
  assert.equal(run("SRANDMEMBER s -3"), "*3 $1 a $1 a $1 a");
  assert.equal(run("SRANDMEMBER s -100000000000"), "-ERR value is out of range");
});
