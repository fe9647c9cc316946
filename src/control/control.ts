/** The control plane over Redis: commands come by a channel, replies go to keys and channels of their own. */
import { CODES, CommandError, StoreError } from "../shared/errors.ts";
import { roomLogger, sparseWarning } from "../logging/log.ts";
import { replyKey } from "../store/layout/keys.ts";
import type { ChannelMessage, Store } from "../store/store.ts";
import { type CommandReply, refused } from "./command.ts";
import type { CommandHandler } from "./handler.ts";
import { message } from "../shared/messages/message.ts";

/** Settings of {@link runControl}. */
export type ControlOptions = {
  readonly store: Pick<Store, "listen" | "apply">;
  readonly handler: CommandHandler;
  readonly listenChannel: string;
  readonly infoKey: string;
  /** Called when commands are received. */
  readonly onReady: () => void;
};

/** Longest reply; the status of a hundred servers may be longer, that of one is not. */
const MAX_REPLY = 8 * 1024 * 1024;

const log = roomLogger("control");

/** What one run of the control plane remembers. */
type Run = ControlOptions & { readonly warn: ReturnType<typeof sparseWarning> };

/**
 * Listens until the signal is aborted; then waits for what is under way. What Redis has counted as received is answered, also
 * where it comes when the signal is aborted already.
 */
export async function runControl(options: ControlOptions, signal: AbortSignal): Promise<void> {
  const { store, handler, listenChannel, onReady } = options;
  await using messages = await store.listen([listenChannel], signal, { isDrained: true });
  onReady();
  const run: Run = { ...options, warn: sparseWarning(log) };
  const reply = (id: string, reply: CommandReply) => sendReply(run, id, reply);
  for await (const { message } of messages as AsyncIterable<ChannelMessage>) handler.take(message, { reply });
  await handler.idle();
}

async function sendReply(run: Run, id: string, reply: CommandReply): Promise<void> {
  const { store, infoKey, handler: { rateLimit }, warn } = run;
  const message = renderReply(reply);
  const ttlMs = rateLimit.keepFor(id === "" ? 0 : message.length, performance.now());
  // A command without an id, or one that could not be read, is answered on the bare channel only.
  const key = id === "" ? infoKey : replyKey(infoKey, id);
  try {
    await store.apply([
      ...(id === "" ? [] : [{ kind: "text", key, value: message, ttlMs } as const]),
      { kind: "publish", channel: key, message },
    ]);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    warn("A reply could not be sent", { id, reason: error.message });
  }
}

function renderReply(reply: CommandReply): string {
  const text = JSON.stringify(reply);
  if (text.length <= MAX_REPLY) return text;
  const what = message("command.answer_too_long", { count: text.length, most: MAX_REPLY });
  return JSON.stringify(refused(new CommandError(CODES.notAllowed, what)));
}
