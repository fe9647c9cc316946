/**
 * What a service that stands by buffers: what its file and what commands ask for of the one that writes, as that changes. It
 * looks for changes itself, so that none can be lost on its way. Nothing is written.
 */
import type { PersistedSubscriptions } from "../control/persisted_subscriptions.ts";
import type { Topic } from "../okx/topic.ts";
import { type BufferOptions, isBufferable, StandbyBuffer } from "../session/standby/standby_buffer.ts";
import type { Store } from "../store/store.ts";
import type { DesiredState } from "./desired_state.ts";
import { followCommands } from "./follow_commands.ts";
import type { DesiredServer, DesiredTarget, DesiredTopic } from "./desired_target.ts";

/** What is followed, and where. */
export type FollowedStateOptions = {
  readonly persisted: PersistedSubscriptions;
  readonly desired: Pick<DesiredState, "assume" | "config" | "target">;
  /** Reads without a right to write. */
  readonly reader: Pick<Store, "row" | "text" | "fieldCount">;
  readonly buffer: BufferOptions;
  /** Called when all of it is desired here, for the first time and then again and again. */
  readonly onKnown: () => void;
};

/** Buffers what the file asks for, then follows what commands do until the signal is aborted. */
export async function followDesired(options: FollowedStateOptions, signal: AbortSignal): Promise<void> {
  const { persisted, desired, reader, buffer, onKnown } = options;
  const { config } = desired;
  const names = config.servers.map(({ name }) => name);
  const assume = () => {
    const target = desired.target();
    return desired.assume(bufferable(target), target, () => new StandbyBuffer(buffer));
  };
  await assume();
  await followCommands({ persisted, reader, names: () => names, onChange: assume, onKnown }, signal);
}

/** Returns what of it can be buffered. Paths of one subscription are buffered together, or not at all. */
function bufferable(target: DesiredTarget): DesiredTarget {
  return new Map([...target].map(([name, { server, topics }]): [string, DesiredServer] => {
    const all = [...topics.values()].map(({ topic }) => topic);
    const others = new Set(all.filter((topic) => !isBufferable(topic)).map(upstreamOf));
    const kept = [...topics].filter(([, { topic }]: [string, DesiredTopic]) => !others.has(topic.upstream));
    return [name, { server, topics: new Map(kept) }];
  }));
}

function upstreamOf({ upstream }: Topic): string {
  return upstream;
}
