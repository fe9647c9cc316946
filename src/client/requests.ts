/** Commands to a service over Redis and their replies, each matched to its command by an id. */
import type { CommandReply } from "../control/command.ts";
import type { Op } from "../shared/ops.ts";
import { withDeadline } from "../shared/async/with_deadline.ts";
import { CODES, CommandError, NoServiceError } from "../shared/errors.ts";
import { replyKey } from "../store/layout/keys.ts";
import type { ChannelMessage } from "../store/store.ts";
import type { ReconnectingStore } from "./reconnecting_store.ts";
import { message } from "../shared/messages/message.ts";

/** Settings of {@link Requests}. */
export type RequestOptions = {
  readonly listenChannel: string;
  readonly infoKey: string;
  readonly timeoutMs: number;
};

/** Nobody listens, as Redis says: a listener that moves between two nodes may reply all the same. */
const LATE_MS = 250;

/** Sends commands and waits for their replies. */
export class Requests {
  readonly #link: ReconnectingStore;
  readonly #options: RequestOptions;
  readonly #closing: AbortSignal;
  readonly #id = crypto.randomUUID();
  #count = 0;

  /** `closing` ends every command that still waits. */
  constructor(link: ReconnectingStore, options: RequestOptions, closing: AbortSignal) {
    this.#link = link;
    this.#options = options;
    this.#closing = closing;
  }

  /** Sends as {@link send} does; rejects with CommandError unless the reply says that it is done. */
  async command(op: Op, fields: Readonly<Record<string, unknown>>): Promise<CommandReply> {
    return checkReply(await this.send(op, fields));
  }

  /** Rejects with NoServiceError when nobody listens, and with CommandError when no reply comes in time. */
  async send(op: Op, fields: Readonly<Record<string, unknown>>): Promise<CommandReply> {
    const { listenChannel, infoKey, timeoutMs } = this.#options;
    const id = `${this.#id}-${++this.#count}`;
    // Subscribed before it is asked, so that the reply cannot be missed. By its exact name: an account with few rights
    // may receive from a channel that matches its patterns, but may not subscribe to a pattern of its own.
    const store = await this.#link.ready();
    await using replies = await store.listen([replyKey(infoKey, id)], this.#closing);
    const answer = Promise.withResolvers<CommandReply>();
    const receiving = (async () => {
      for await (const { message } of replies as AsyncIterable<ChannelMessage>) {
        answer.resolve(JSON.parse(message) as CommandReply);
      }
    })();
    receiving.catch(answer.reject);
    const onClosing = () => answer.reject(new CommandError(0, message("client.closed", { op })));
    this.#closing.addEventListener("abort", onClosing);
    try {
      const publishing = store.publish(listenChannel, JSON.stringify({ id, op, ...fields }));
      // A service that replies is there, whatever Redis counts: in a cluster that is a question to every node.
      const first = await Promise.race([publishing, answer.promise]);
      if (typeof first === "object") return first;
      if (first === 0) {
        const reply = await withDeadline(answer.promise, LATE_MS, () => undefined);
        if (reply !== undefined) return reply;
        throw new NoServiceError(
          message("client.no_service", { channel: listenChannel }),
        );
      }
      return await withDeadline(answer.promise, timeoutMs, () => {
        throw new CommandError(0, message("client.no_reply", { op, ms: timeoutMs }));
      });
    } finally {
      this.#closing.removeEventListener("abort", onClosing);
    }
  }
}

/** Throws CommandError unless the reply says that it is done. */
export function checkReply(reply: CommandReply): CommandReply {
  if (reply.errorCode === CODES.done) return reply;
  throw new CommandError(
    reply.errorCode,
    typeof reply.message === "string" ? reply.message : JSON.stringify(reply.message),
  );
}
