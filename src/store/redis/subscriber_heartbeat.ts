/**
 * Proves end to end that what is published is received: a message to ourselves now and then, published by another node than
 * the one that is listened to. An open connection says nothing of that, for a node that was taken out of its cluster goes
 * on answering.
 */

/** Settings of {@link SubscriberHeartbeat}. */
export type SubscriberHeartbeatOptions = {
  /** Publishes to ourselves; false: Redis did not take it, which says nothing of what is received. Rejects where it may not. */
  readonly publish: (text: string) => Promise<boolean>;
  /** Nothing is received any more. */
  readonly onDeaf: () => void;
};

/** Between two messages, and how long each may take. */
const BEAT_MS = 1000;

/** Messages that may be missed one after the other; one may be lost with the node that published it. */
const MISSED = 2;

/** Messages of a subscriber to itself, from {@link start} on. */
export class SubscriberHeartbeat implements Disposable {
  readonly #options: SubscriberHeartbeatOptions;
  #timer: ReturnType<typeof setInterval> | undefined;
  #count = 0;
  #received = 0;
  /** The newest that Redis has taken; 0: none that has to come. */
  #due = 0;
  #missed = 0;
  #isPublishing = false;

  constructor(options: SubscriberHeartbeatOptions) {
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#timer !== undefined;
  }

  start(): void {
    this.stop();
    this.#timer = setInterval(() => this.beat(), BEAT_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#due = 0;
    this.#missed = 0;
  }

  /** Notes that a message to ourselves has come. */
  onMessage(text: string): void {
    this.#received = Math.max(this.#received, Number(text) || 0);
    this.#missed = 0;
  }

  /** Looks for the last message and sends the next. */
  beat(): void {
    if (this.#due > this.#received) {
      this.#missed += 1;
      if (this.#missed >= MISSED) {
        this.#missed = 0;
        this.#due = 0;
        return this.#options.onDeaf();
      }
    }
    if (!this.#isPublishing) void this.#publish();
  }

  async #publish(): Promise<void> {
    this.#isPublishing = true;
    const text = ++this.#count;
    try {
      if (await this.#options.publish(String(text))) this.#due = text;
    } catch {
      // This account may not publish here: nothing can be proved, and nothing is concluded.
      this.stop();
    } finally {
      this.#isPublishing = false;
    }
  }

  [Symbol.dispose](): void {
    this.stop();
  }
}
