/**
 * Removes rows with their members. While a slot of a cluster is being moved its keys are on two nodes, and no command may name
 * several of them: then rows are removed one by one, and only the members of those that are.
 */
import { isRejected, replyAt } from "../replies.ts";
import { addRemoval, type Removal, removedKeys, unlisting } from "./removals.ts";
import { type RedisReply, ReplyError } from "../resp.ts";
import type { Batch, RedisTransport, TransportError } from "../transport.ts";

/** What became of removals. Whatever was not removed is found again by the next trim. */
export type Removed = { readonly commands: number; readonly rejected: number };

/** Adds removals to a batch; what is returned takes the replies to it. */
export function addRemovals(
  batch: Batch,
  removals: readonly Removal[],
): (transport: RedisTransport, replies: readonly (RedisReply | TransportError)[]) => Promise<Removed> {
  const last: number[] = [];
  const before = batch.size;
  for (const removal of removals) {
    addRemoval(batch, removal);
    last.push(batch.size - 1);
  }
  return async (transport, replies) => {
    const parted: Removal[] = [];
    let rejected = 0;
    for (const [i, removal] of removals.entries()) {
      const reply = replyAt(replies, last[i] as number, (last[i - 1] ?? before - 1) + 1);
      if (isParted(reply)) parted.push(removal);
      else if (isRejected(reply)) rejected += 1;
    }
    const commands = parted.length === 0 ? 0 : await removeOneByOne(transport, parted);
    return { commands, rejected };
  };
}

/** Returns whether the keys of a command are on two nodes. */
function isParted(reply: RedisReply | TransportError): boolean {
  return reply instanceof ReplyError && reply.message.startsWith("TRYAGAIN");
}

async function removeOneByOne(transport: RedisTransport, removals: readonly Removal[]): Promise<number> {
  const rows = transport.batch();
  for (const removal of removals) for (const row of removedKeys(removal)) rows.add(["DEL", row]);
  const replies = await transport.send(rows);
  const lists = transport.batch();
  let next = 0;
  for (const removal of removals) {
    const members = removal.members.filter(() => !(replies[next++] instanceof Error));
    for (const command of unlisting({ ...removal, members })) lists.add(command);
  }
  await transport.send(lists);
  return rows.size + lists.size;
}
