/** MULTI, EXEC, DISCARD, WATCH, UNWATCH. Queuing itself happens where commands are dispatched, in `execute.ts`. */
import { arg, type Call, type Command, CommandFault, commandGroup, OK } from "./command.ts";
import { encodeReply, type RespValue } from "../resp.ts";

export const transactionCommands: Command[] = commandGroup("transactions", [
  ["multi", 1, "fast", multi],
  ["exec", 1, "", exec],
  ["discard", 1, "fast", discard],
  ["watch", -2, "fast", watch, [1, -1, 1]],
  ["unwatch", 1, "fast", (call) => (call.client.unwatch(), OK)],
]);

function multi(call: Call): RespValue {
  if (call.client.queue !== undefined) throw new CommandFault("ERR MULTI calls can not be nested");
  call.client.queue = [];
  return OK;
}

function exec(call: Call): RespValue {
  const { client } = call;
  const { queue, queueFault } = client;
  if (queue === undefined) throw new CommandFault("ERR EXEC without MULTI");
  // A watched key that ran out since WATCH counts as changed; looking at it makes it go.
  for (const { space, key } of client.watched.values()) space.get(key);
  const { dirty } = client.watcher;
  client.unwatch();
  if (queueFault || dirty) {
    client.leaveTransaction();
    if (!queueFault) return { kind: "nullArray" };
    throw new CommandFault("EXECABORT Transaction discarded because of previous errors.");
  }
  // The queue stays in place while it runs: it shows a command that it must not wait.
  // Each reply is rendered at once, because HELLO in the middle changes the protocol for those that follow.
  const replies = queue.map((run): RespValue => ({
    kind: "encoded",
    text: encodeReply(run() ?? null, client.protocol),
  }));
  client.leaveTransaction();
  return replies;
}

function discard(call: Call): RespValue {
  if (call.client.queue === undefined) throw new CommandFault("ERR DISCARD without MULTI");
  call.client.leaveTransaction();
  return OK;
}

function watch(call: Call): RespValue {
  const { client, space } = call;
  if (client.queue !== undefined) throw new CommandFault("ERR WATCH inside MULTI is not allowed");
  for (let at = 1; at < call.args.length; at++) {
    const key = arg(call, at);
    // Drops the key when it is past its deadline, so that its going is not taken for a change later on.
    space.get(key);
    const name = `${client.database}:${key}`;
    if (client.watched.has(name)) continue;
    if (!client.holdName(key)) throw new CommandFault("ERR too many keys are watched");
    space.watch(key, client.watcher);
    client.watched.set(name, { space, key });
  }
  return OK;
}
