/** What a connection has to pass before it writes, command by command. */
import assert from "node:assert/strict";
import type { RedisCommand } from "../../../../../src/store/redis/commands.ts";
import { clientName, hasLongBeenUsed, othersOf } from "../../../../../src/store/redis/lease/client_name.ts";
import { Gate } from "../../../../../src/store/redis/lease/gate.ts";
import type { SendCommands } from "../../../../../src/store/redis/lease/lease_keys.ts";
import type { Lease } from "../../../../../src/store/redis/lease/lease.ts";
import { type RedisReply, ReplyError } from "../../../../../src/store/redis/resp.ts";

const NAME = clientName({ keyPrefix: "okex", db: 0, instance: "mine" });
const OTHER = clientName({ keyPrefix: "okex", db: 0, instance: "theirs" });
const CLIENTS = [
  `id=3 addr=127.0.0.1:1 laddr=127.0.0.1:2 fd=8 name=${NAME} db=0`,
  `id=4 addr=127.0.0.1:1 laddr=127.0.0.1:2 fd=9 name=${OTHER} db=0`,
  `id=5 addr=127.0.0.1:1 laddr=127.0.0.1:2 fd=10 name=okws db=0`,
  `id=6 addr=127.0.0.1:1 laddr=127.0.0.1:2 fd=11 name= db=0`,
  `id=7 addr=127.0.0.1:1 laddr=127.0.0.1:2 fd=12 name=${OTHER} db=0`,
  "",
].join("\n");

/** A lease that is as a test says, and a connection that notes what it is sent. */
function play(state: Partial<Lease>, { clustered = false, refused = "" } = {}) {
  const sent: string[] = [];
  let unfenced = "";
  const lease = {
    ...{ error: undefined, isRefused: false, isOverdue: false, settlingMs: 0, ageMs: 0 },
    holder: { instance: "mine" },
    check: () => {
      sent.push("check");
      return Promise.resolve();
    },
    ...state,
  } as Lease;
  const ask: SendCommands = (commands: readonly RedisCommand[]) =>
    Promise.resolve(commands.map((command): RedisReply => {
      const text = command.join(" ").replace(NAME, "MINE");
      sent.push(text);
      if (refused !== "" && text.startsWith(refused)) return new ReplyError(`NOPERM may not ${refused}`);
      return text === "CLIENT LIST" ? CLIENTS : "OK";
    }));
  const gate = new Gate({ lease, name: NAME, clustered, onUnfenced: (reason) => unfenced = reason });
  return { gate, ask, sent, unfenced: () => unfenced };
}

const NEVER = new AbortController().signal;

Deno.test("a name says which prefix, database and process, in what a list of clients can hold", () => {
  assert.match(
    clientName({ keyPrefix: "ma*ket [x]", db: 0, instance: "ab" }),
    /^okws:maketx-[0-9a-f]{12}:ab$/,
  );
  const names = [["okex", 0], ["okex", 1], ["okex*", 0]].map(([keyPrefix, db]) =>
    clientName({ keyPrefix: String(keyPrefix), db: Number(db), instance: "a" })
  );
  assert.equal(new Set(names).size, 3);
  assert.deepEqual(othersOf(CLIENTS, NAME), ["4", "7"]);
  assert.deepEqual(othersOf(CLIENTS, clientName({ keyPrefix: "okex", db: 1, instance: "mine" })), []);
});

Deno.test("connections of the same shard and of every other number are others', those of its siblings are not", () => {
  const of = (instance: string, index?: number, count = 3, keyPrefix = "okex") =>
    clientName({
      ...{ keyPrefix, instance, db: 0 },
      ...(index === undefined ? {} : { shard: { index, count } }),
    });
  const names = [
    of("mine", 2),
    of("next", 2),
    of("sibling", 1),
    of("old", 2, 2),
    of("whole"),
    of("x", 2, 3, "other"),
  ];
  const list = names.map((name, i) => `id=${i} addr=127.0.0.1:1 name=${name} db=0`).join("\n");
  assert.deepEqual(othersOf(list, names[0] as string), ["1", "3", "4"]);
  assert.deepEqual(othersOf(list, of("alone")), ["0", "1", "2", "3", "4"]);
  assert.match(names[0] as string, /^okws:okex-[0-9a-f]{12}\/2-3:mine$/);
});

Deno.test("a connection of another is that of somebody who may have had the lease once it is old enough", () => {
  const list = (name: string, age: number) => `id=4 addr=127.0.0.1:1 name=${name} age=${age} idle=0 db=0\n`;
  assert.equal(hasLongBeenUsed(list(OTHER, 30), NAME), true);
  assert.equal(hasLongBeenUsed(list(OTHER, 1), NAME), false);
  assert.equal(hasLongBeenUsed(list(NAME, 30), NAME), false);
  assert.equal(hasLongBeenUsed(list("", 30), NAME), false);
});

Deno.test("a connection is named, then the lease is checked, then those of others are ended", async () => {
  const { gate, ask, sent } = play({});
  await gate.admit(ask, NEVER, assert.fail);
  await gate.first;
  const ends = ["CLIENT KILL ID 4", "CLIENT KILL ID 7"];
  assert.deepEqual(sent, ["CLIENT SETNAME MINE", "check", "CLIENT LIST", ...ends]);
  assert.equal(gate.fault(), undefined);
});

Deno.test("where connections cannot be ended that is said, and the time of the holder before passes", async () => {
  for (const refused of ["CLIENT SETNAME", "CLIENT LIST", "CLIENT KILL"]) {
    const start = performance.now();
    const { gate, ask, unfenced } = play({ settlingMs: 120 }, { refused });
    await gate.admit(ask, NEVER, assert.fail);
    assert.match(unfenced(), /NOPERM/, refused);
    assert.ok(performance.now() - start >= 100, refused);
  }
});

Deno.test("a lease that may be over lets nothing through, but to the other nodes of a cluster", async () => {
  const overdue = { isOverdue: true, ageMs: 9000 };
  const { gate, ask, sent } = play(overdue);
  assert.match(gate.fault()?.english ?? "", /9000 ms/);
  await gate.confirmed(ask);
  assert.deepEqual(sent, ["check"]);
  const node = play(overdue, { clustered: true });
  assert.equal(node.gate.fault(), undefined);
  assert.equal(node.gate.confirmed(node.ask), undefined);
  // Nobody can end its connections there.
  const open = play(overdue, { clustered: true, refused: "CLIENT" });
  await open.gate.admit(open.ask, NEVER, assert.fail);
  assert.match(open.gate.fault()?.english ?? "", /9000 ms/);
});

Deno.test("nothing goes before the lease is held, nor after another has it", () => {
  assert.match(play({ holder: undefined }).gate.fault()?.english ?? "", /not known yet/);
  const text = { key: "k", params: {}, english: "another has it" };
  const error = Object.assign(new Error("another has it"), { text }) as unknown as NonNullable<
    Lease["error"]
  >;
  const { gate } = play({ error });
  assert.equal(gate.isClosed, true);
  assert.equal(gate.fault()?.english, "another has it");
  // An account that may not have it writes as before there was one.
  assert.equal(play({ holder: undefined, isRefused: true }).gate.fault(), undefined);
});
