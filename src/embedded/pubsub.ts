/**
 * Channels and patterns and who listens to them. A message is handed to each listener as it is found; how it
 * travels is the listener's affair.
 */
import { matchGlob } from "./glob.ts";

export type Subscriber = {
  readonly channels: Set<string>;
  readonly patterns: Set<string>;
  /** `pattern` is set when a pattern, not the channel itself, matched. */
  deliver(message: { channel: string; payload: string; pattern?: string }): void;
};

export class PubSub {
  readonly #channels = new Map<string, Set<Subscriber>>();
  readonly #patterns = new Map<string, Set<Subscriber>>();

  subscribe(listener: Subscriber, channel: string): void {
    listener.channels.add(channel);
    enter(this.#channels, channel, listener);
  }

  unsubscribe(listener: Subscriber, channel: string): void {
    listener.channels.delete(channel);
    leave(this.#channels, channel, listener);
  }

  subscribePattern(listener: Subscriber, pattern: string): void {
    listener.patterns.add(pattern);
    enter(this.#patterns, pattern, listener);
  }

  unsubscribePattern(listener: Subscriber, pattern: string): void {
    listener.patterns.delete(pattern);
    leave(this.#patterns, pattern, listener);
  }

  /** Forgets a listener that has gone. */
  remove(listener: Subscriber): void {
    for (const channel of [...listener.channels]) this.unsubscribe(listener, channel);
    for (const pattern of [...listener.patterns]) this.unsubscribePattern(listener, pattern);
  }

  /** Delivers and says how many deliveries there were: one a channel listener, one a matching pattern. */
  publish(channel: string, payload: string): number {
    let receivers = 0;
    const message = { channel, payload };
    for (const listener of this.#channels.get(channel) ?? []) {
      listener.deliver(message);
      receivers++;
    }
    for (const [pattern, listeners] of this.#patterns) {
      if (!matchGlob(pattern, channel)) continue;
      for (const listener of listeners) {
        listener.deliver({ channel, payload, pattern });
        receivers++;
      }
    }
    return receivers;
  }

  /** Channels with at least one listener of their own. */
  activeChannels(pattern?: string): string[] {
    const names = [...this.#channels.keys()];
    return pattern === undefined ? names : names.filter((name) => matchGlob(pattern, name));
  }

  listeners(channel: string): number {
    return this.#channels.get(channel)?.size ?? 0;
  }

  get channelCount(): number {
    return this.#channels.size;
  }

  get patternCount(): number {
    return this.#patterns.size;
  }
}

function enter(table: Map<string, Set<Subscriber>>, name: string, listener: Subscriber): void {
  const listeners = table.get(name);
  if (listeners === undefined) table.set(name, new Set([listener]));
  else listeners.add(listener);
}

function leave(table: Map<string, Set<Subscriber>>, name: string, listener: Subscriber): void {
  const listeners = table.get(name);
  listeners?.delete(listener);
  if (listeners?.size === 0) table.delete(name);
}
