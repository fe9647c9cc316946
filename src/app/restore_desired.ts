/** What commands had asked for before the last stop is desired again. */
import { CODES, CommandError } from "../shared/errors.ts";
import { roomLogger } from "../logging/log.ts";
import type { TopicFault } from "../okx/path_text.ts";
import type { Topic } from "../okx/topic.ts";
import type { Write } from "../store/write/write.ts";
import type { DesiredState, DesiredStateOptions } from "./desired_state.ts";

const log = roomLogger("service");

/** Rejects with StoreError. What cannot be had any more is forgotten, with a line in the log. */
export async function restoreDesired(
  { desired, persisted, registry, resume, write }: Omit<DesiredStateOptions, "config"> & {
    readonly desired: DesiredState;
  },
): Promise<void> {
  const ofFile = desired.config.servers.map(({ name }) => name);
  // A Redis that has lost it has it again before the first command.
  write(await persisted.restore(ofFile));
  // A start that reads the file is a word against what commands took away of it; one that replaces another service is none.
  if (!desired.isStandby) write(persisted.fileRead(ofFile));
  const { servers, paths } = persisted.current();
  write(persisted.stamp());
  const orForget = (what: string, action: () => void, forget: () => Write[]) => {
    try {
      action();
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      log.warn("What an earlier command asked for cannot be had any more, it is forgotten", {
        what,
        reason: error.message,
      });
      write(forget());
    }
  };
  for (const { name, endpoint, protocol } of servers) {
    if (registry.has(name)) continue;
    orForget(name, () => desired.open(name, { endpoint, protocol }), () => persisted.forgetServer(name));
  }
  let restored = 0;
  for (const { server, paths: kept } of paths) {
    const topics = kept.map((path) => desired.parsePersisted(server, path));
    const asked = new Set(
      registry.has(server)
        ? [...registry.desired(server)].filter(({ owners }) => owners.has("command")).map(({ topic }) =>
          topic.path
        )
        : [],
    );
    const known = topics.filter((topic) => topic.kind === "topic").filter(({ path }) => !asked.has(path));
    const seen = await resume.readOrLater(server, known);
    for (const [i, path] of kept.entries()) {
      orForget(`${server} ${path}`, () => {
        const topic = topics[i] as Topic | TopicFault;
        if (topic.kind === "fault") throw new CommandError(CODES.unknownPath, topic.text);
        if (asked.has(topic.path)) write(persisted.subscribed(server, [topic.path], Date.now()));
        else desired.subscribe(server, [topic], seen);
        // Persisted in another spelling: by an earlier version, or by hand.
        if (topic.path !== path) write(persisted.forgetPath(server, path));
        restored += 1;
      }, () => persisted.forgetPath(server, path));
    }
  }
  if (restored > 0) log.info("Commands' subscriptions are desired again", { subscriptions: restored });
}
