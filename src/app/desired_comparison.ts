/**
 * What commands asked for, as Redis has it, against what it is known to be: what others have put there or taken away counts
 * like a command, what Redis has lost is written again.
 */
import type { Edits, PersistedSubscriptions } from "../control/persisted_subscriptions.ts";
import { isMark, readServer } from "../control/persisted_subscriptions.ts";
import type { FieldChange } from "../control/versioned_hash.ts";
import { roomLogger, sparseWarning } from "../logging/log.ts";
import { isEqual } from "../config/difference.ts";
import { CODES, CommandError } from "../shared/errors.ts";
import { message } from "../shared/messages/message.ts";
import type { ServerRegistry } from "../session/server_registry.ts";
import { createKeys } from "../store/layout/keys.ts";
import { isRefusal, isWrongType } from "../shared/redis_errors.ts";
import type { Store } from "../store/store.ts";
import type { Write } from "../store/write/write.ts";
import type { InLane, WriteQueues } from "../store/write/write_queues.ts";
import type { DesiredState } from "./desired_state.ts";

/** What is compared, and what acts on it. */
export type DesiredComparisonOptions = {
  readonly store: Store;
  readonly keyPrefix: string;
  readonly persisted: PersistedSubscriptions;
  readonly desired: DesiredState;
  readonly registry: ServerRegistry;
  readonly queues: Pick<WriteQueues, "add" | "isAway" | "isRefused">;
};

const log = roomLogger("service");
const warn = sparseWarning(log);

/** Compares once, when all that was queued before is written; rejects with StoreError. */
export async function compareDesired(options: DesiredComparisonOptions): Promise<void> {
  const { store, keyPrefix, persisted, desired, registry, queues } = options;
  const names = registry.names().filter((name) =>
    desired.isRemembered(name) && !queues.isAway(createKeys(keyPrefix, name, store.clustered).prefix)
  );
  const { edits, writes } = await persisted.compare(
    names,
    readerOf(store),
    (write) => queues.isRefused(write),
  );
  queues.add(writes);
  await followEdits(options, edits);
}

/**
 * Returns what has to be written, before anything else, where Redis came back without the last of what commands asked
 * for; rejects with StoreError. What it does not let be read is left to the comparison.
 */
export async function recoverDesired(
  { store, persisted }: Pick<DesiredComparisonOptions, "store" | "persisted">,
  inLane: InLane,
): Promise<Write[]> {
  try {
    return await persisted.recover(readerOf(store), inLane);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return [];
  }
}

/** Returns a reader that takes a key of another type for an empty one: it is nothing that commands asked for. */
export function readerOf(store: Store): Pick<Store, "row" | "text" | "fieldCount"> {
  return {
    row: async (key) => (await store.rows([key]))[0] ?? {},
    fieldCount: (key) => store.fieldCount(key),
    text: (key) => store.text(key).catch(nothingIfWrongType),
  };
}

async function followEdits(options: DesiredComparisonOptions, { servers, paths }: Edits): Promise<void> {
  const { persisted } = options;
  for (const change of servers) {
    const { field: name } = change;
    const undo = () => persisted.setServer(name, change.before);
    await orForget(name, () => followServer(options, change), undo, options);
  }
  for (const [name, changes] of paths) {
    for (const change of changes) {
      const what = `${name} ${change.field}`;
      const forget = () => persisted.forgetPath(name, change.field);
      await orForget(what, () => followPath(options, name, change), forget, options);
    }
  }
}

async function followServer(
  { desired, registry, persisted, queues }: DesiredComparisonOptions,
  { field: name, after }: FieldChange,
): Promise<void> {
  const open = desired.serverOf(name);
  const isOpen = registry.has(name);
  const ofFile = desired.config.servers.find((server) => server.name === name);
  if (after !== undefined && !isMark(after)) {
    const server = desired.parseServer(name, readServer(name, after));
    // One of the file is closed first, as for a command; one that was opened with a login is not given up for one without.
    if (isOpen && (ofFile !== undefined || open?.credentials !== undefined)) {
      throw new CommandError(CODES.openAlready, message("command.open_already", { name }));
    }
    if (!isOpen) desired.openServer(server);
    else if (!isEqual(server, open)) await desired.reopen(server);
    // Nothing else that stands there, such as a login.
    return queues.add(persisted.opened(server));
  }
  if (after === undefined && ofFile !== undefined) {
    if (!isOpen) desired.openServer(ofFile);
    else if (!isEqual(ofFile, open)) await desired.reopen(ofFile);
    await desired.resubscribeFile(name, desired.topicsOfFile(name));
  } else if (isOpen && desired.isRemembered(name)) await desired.close(name);
}

async function followPath(
  { desired, registry, persisted, queues }: DesiredComparisonOptions,
  name: string,
  { field: path, after }: FieldChange,
): Promise<void> {
  const topic = desired.parsePersisted(name, path);
  if (topic.kind === "fault") throw new CommandError(CODES.unknownPath, topic.text);
  if (!registry.has(name)) return;
  const ofFile = desired.topicsOfFile(name).filter((each) => each.path === topic.path);
  if (after === undefined) {
    registry.unsubscribe(name, [topic], "command");
    return await desired.resubscribeFile(name, ofFile);
  }
  if (isMark(after)) {
    if (ofFile.length === 0) queues.add(persisted.forgetPath(name, path));
    return void await desired.unsubscribe(name, [topic]);
  }
  await desired.request(name, [topic]);
  // In another spelling than that of the key.
  if (topic.path !== path) queues.add(persisted.forgetPath(name, path));
}

/** What cannot be had is removed, with a line in the log. */
async function orForget(
  what: string,
  work: () => Promise<void>,
  forget: () => Write[],
  { queues }: DesiredComparisonOptions,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    warn("What was put into Redis to be asked for cannot be had, it is removed", {
      ...{ what, reason: error.message },
    });
    queues.add(forget());
  }
}

function nothingIfWrongType(error: unknown): undefined {
  if (!isWrongType(error)) throw error;
  return undefined;
}
