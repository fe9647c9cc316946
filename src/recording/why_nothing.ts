/** Why a part of a recording has no frames: all of it is read for what there is. */
import { type Message, message } from "../shared/messages/message.ts";
import { readFrames } from "./frames.ts";
import { type ReadOptions, readRecording } from "./reader.ts";

/** Most servers that are named. */
const NAMED = 20;

/** Returns what is wrong with the part that was asked for: the recording, the server or the times. */
export async function whyNothing(
  path: string,
  { server, rate, signal }: {
    readonly server?: string | undefined;
    readonly rate?: ReadOptions["rate"];
    readonly signal?: AbortSignal;
  },
): Promise<Message> {
  const spans = new Map<string, { first: number; last: number }>();
  for await (const frame of readFrames(readRecording(path, { rate, onNote: () => {} }))) {
    signal?.throwIfAborted();
    if (frame.kind !== "push") continue;
    const { server, at } = frame;
    const span = spans.get(server);
    spans.set(server, { first: Math.min(span?.first ?? at, at), last: Math.max(span?.last ?? at, at) });
  }
  if (spans.size === 0) return message("recording.nothing", { path });
  const list = [...spans.keys()].sort().slice(0, NAMED).join(", ");
  const asked = [...spans].filter(([name]) => server === undefined || name === server);
  if (asked.length === 0) return message("recording.no_server", { server: server ?? "", list });
  return message("recording.outside", {
    list: server ?? list,
    from: new Date(Math.min(...asked.map(([, { first }]) => first))).toISOString(),
    to: new Date(Math.max(...asked.map(([, { last }]) => last))).toISOString(),
  });
}
