/** Which messages go to whom: each listener has a bounded queue of its own, and one that does not keep up holds up nobody. */
import { Queue } from "../../shared/async/queue.ts";
import type { ChannelMessage } from "../store.ts";

/** Messages that may wait for one listener; a listener further behind than this loses the newest. */
const LISTEN_CAPACITY = 100_000;

/** Characters of those messages together. */
const LISTEN_CHARS = 64 * 1024 * 1024;

/** What is subscribed to: channels by name, and patterns. */
export type Channels = { readonly channels: readonly string[]; readonly patterns: readonly string[] };

/** One that messages are delivered to. `isLeaving`: only of what is on its way. */
export type MessageListener = Channels & {
  readonly queue: Queue<ChannelMessage>;
  hasLost: boolean;
  isLeaving: boolean;
};

/** All listeners of a connection. */
export class MessageListeners {
  readonly #listeners = new Set<MessageListener>();
  readonly #onLoss: (channel: string) => void;

  /** `onLoss`: a listener does not keep up; called once for each, with the channel of the first message that it lost. */
  constructor(onLoss: (channel: string) => void) {
    this.#onLoss = onLoss;
  }

  /** Adds a listener. `what` are channels, or patterns when they hold a `*`. */
  add(what: readonly string[]): MessageListener {
    const listener: MessageListener = {
      channels: what.filter((name) => !name.includes("*")),
      patterns: what.filter((name) => name.includes("*")),
      queue: new Queue<ChannelMessage>(LISTEN_CAPACITY, {
        weigh: ({ channel, message }) => channel.length + message.length,
        maxWeight: LISTEN_CHARS,
      }),
      hasLost: false,
      isLeaving: false,
    };
    this.#listeners.add(listener);
    return listener;
  }

  /** Returns what no listener needs any more; what still comes of it is delivered until the listener is removed. */
  leave(listener: MessageListener): Channels {
    if (listener.isLeaving || !this.#listeners.has(listener)) return { channels: [], patterns: [] };
    listener.isLeaving = true;
    const { channels, patterns } = this.channels();
    return {
      channels: listener.channels.filter((name) => !channels.includes(name)),
      patterns: listener.patterns.filter((name) => !patterns.includes(name)),
    };
  }

  /** Removes a listener, which gets what waits, and then its end. */
  remove(listener: MessageListener): void {
    listener.queue.close();
    this.#listeners.delete(listener);
  }

  /** Returns all channels and patterns of all listeners that stay, each once. */
  channels(): Channels {
    const listeners = [...this.#listeners].filter(({ isLeaving }) => !isLeaving);
    return {
      channels: [...new Set(listeners.flatMap((each) => each.channels))],
      patterns: [...new Set(listeners.flatMap((each) => each.patterns))],
    };
  }

  /** Delivers a message; `what` is what the message was subscribed by. */
  deliver(what: string, message: ChannelMessage): void {
    for (const listener of this.#listeners) {
      if (!listener.channels.includes(what) && !listener.patterns.includes(what)) continue;
      if (listener.queue.push(message) || listener.hasLost) continue;
      listener.hasLost = true;
      this.#onLoss(message.channel);
    }
  }

  /** Ends all listeners: each gets what waits, and then its end. */
  close(): void {
    for (const listener of this.#listeners) listener.queue.close();
  }

  clear(): void {
    this.#listeners.clear();
  }
}
