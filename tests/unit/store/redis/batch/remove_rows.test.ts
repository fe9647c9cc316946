/** Rows and members are removed together; one by one where a slot is on two nodes. */
import assert from "node:assert/strict";
import type { RedisCommand } from "../../../../../src/store/redis/commands.ts";
import { addRemovals } from "../../../../../src/store/redis/batch/remove_rows.ts";
import { type RedisReply, ReplyError } from "../../../../../src/store/redis/resp.ts";
import { type RedisTransport, TransportError } from "../../../../../src/store/redis/transport.ts";
import type { Removal } from "../../../../../src/store/redis/batch/removals.ts";

const REMOVAL: Removal = {
  ...{ command: "ZREM", key: "i", also: "j", rows: "i/", members: ["1", "2"] },
};
const PARTED = new ReplyError("TRYAGAIN Multiple keys request during rehashing of slot");
const ABORTED = new ReplyError("EXECABORT Transaction discarded because of previous errors.");

class ListBatch {
  readonly commands: RedisCommand[] = [];
  add(command: RedisCommand): void {
    this.commands.push(command);
  }
  get size(): number {
    return this.commands.length;
  }
}

/** Sends removals to a Redis that answers their transaction so, and what follows by `answer`. */
async function remove(
  replies: readonly (RedisReply | TransportError)[],
  answer: (command: RedisCommand) => RedisReply = () => 1,
) {
  const first = new ListBatch();
  const settle = addRemovals(first, [REMOVAL]);
  const later: RedisCommand[] = [];
  const transport = {
    batch: () => new ListBatch(),
    send: ({ commands }: ListBatch) => {
      later.push(...commands);
      return Promise.resolve(commands.map(answer));
    },
  } as unknown as RedisTransport;
  return { first: first.commands, later, removed: await settle(transport, replies) };
}

Deno.test("members leave their indexes in one step with their rows", async () => {
  const { first, later, removed } = await remove(["OK", "QUEUED", "QUEUED", "QUEUED", [2, 2, 2]]);
  assert.deepEqual(first, [
    ["MULTI"],
    ["DEL", "i/1", "i/2"],
    ["ZREM", "j", "1", "2"],
    ["ZREM", "i", "1", "2"],
    ["EXEC"],
  ]);
  assert.deepEqual(later, []);
  assert.deepEqual(removed, { commands: 0, rejected: 0 });
});

Deno.test("while a slot is on two nodes rows go one by one, and only the members of those that went", async () => {
  for (
    const replies of [["OK", PARTED, "QUEUED", "QUEUED", ABORTED], [
      "OK",
      "QUEUED",
      "QUEUED",
      "QUEUED",
      PARTED,
    ]]
  ) {
    const { later, removed } = await remove(replies, (command) => command[1] === "i/2" ? PARTED : 1);
    assert.deepEqual(later, [["DEL", "i/1"], ["DEL", "i/2"], ["ZREM", "j", "1"], ["ZREM", "i", "1"]]);
    assert.deepEqual(removed, { commands: 4, rejected: 0 });
  }
});

Deno.test("what may not be removed is counted, and nothing of it is taken apart", async () => {
  const refused = new ReplyError("NOPERM No permissions to access a key");
  const { later, removed } = await remove(["OK", refused, "QUEUED", "QUEUED", ABORTED]);
  assert.deepEqual(later, []);
  assert.deepEqual(removed, { commands: 0, rejected: 1 });
});

Deno.test("a connection that is lost has the whole batch sent again", async () => {
  await assert.rejects(remove(new Array(5).fill(new TransportError("lost"))), /lost/);
});
