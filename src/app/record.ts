/** Recording without a Redis: connections as the service has them, whose rows go nowhere. */
import type { ServerConfig } from "../config/schema.ts";
import type { SessionEvent } from "../model/events.ts";
import { createStats } from "../model/stats.ts";
import type { Topic } from "../okx/topic.ts";
import type { Recorder } from "../recording/recorder.ts";
import { ServerRegistry } from "../session/server_registry.ts";

/** What is recorded, and how. */
export type RecordOptions = {
  readonly recorder: Recorder;
  readonly servers: readonly { readonly server: ServerConfig; readonly topics: readonly Topic[] }[];
  /** Called when the exchange refuses a path. */
  readonly onRefused: (server: string, path: string, reason: string) => void;
};

/** What came of it: whether the exchange took any subscription, and if none, what it said last. */
export type RecordOutcome = { readonly accepted: boolean; readonly reason: string };

/** Records until the signal is aborted. Rejects where a part of ours breaks. */
export async function record(
  { recorder, servers, onRefused }: RecordOptions,
  signal: AbortSignal,
): Promise<RecordOutcome> {
  let accepted = false;
  let reason = "";
  const onEvent = (server: string, event: SessionEvent) => {
    if (event.kind === "down" && !signal.aborted) reason = event.reason;
    if (event.kind !== "subscription") return;
    if (event.state === "live" || event.state === "syncing") accepted = true;
    if (event.state !== "refused") return;
    const { refusal, topic } = event;
    reason = refusal === undefined ? "" : `${refusal.code} ${refusal.message}`.trim();
    onRefused(server, topic.path, reason);
  };
  const ended = Promise.withResolvers<void>();
  const registry = new ServerRegistry({
    ...{ stats: createStats(Date.now()), sinks: [{ onEvent }], recorder },
    onBroken: ended.reject,
  });
  const recording = new AbortController();
  const writing = recorder.run(recording.signal);
  const onAbort = () => ended.resolve();
  signal.addEventListener("abort", onAbort);
  try {
    for (const { server, topics } of servers) {
      registry.open(server);
      registry.subscribe(server.name, topics, "file");
    }
    if (!signal.aborted) await ended.promise;
    return { accepted, reason };
  } finally {
    signal.removeEventListener("abort", onAbort);
    await registry.closeAll();
    recording.abort();
    await writing;
  }
}
