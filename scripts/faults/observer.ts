/**
 * Watches what a reader of Redis and a monitor of the service could see, all the time, and keeps each sign with the
 * time at which it was first seen.
 */
import type { Redis } from "ioredis";

/** Something out of the ordinary that could be seen. `paths`: how many subscriptions said it. */
export type Sign = { readonly text: string; readonly at: number; readonly paths: number };

const EVERY_MS = 50;
/** A Redis that answers later than this cannot be read by anybody. */
const PATIENCE_MS = 1000;

const WELL = new Set(["status CONNECTED", "status ON_DATA", "readyz ok", "subs live"]);

/** Watches what is said while a fault is tried. Disposing ends it. */
export class Observer implements AsyncDisposable {
  readonly #redis: Redis;
  readonly #prefix: string;
  readonly #readiness: () => Promise<string>;
  readonly #ending = new AbortController();
  readonly #loops: Promise<void>[];
  #signs = new Map<string, { at: number; paths: Set<string> }>();

  constructor(redis: Redis, prefix: string, readiness: () => Promise<string>) {
    this.#redis = redis;
    this.#prefix = prefix;
    this.#readiness = readiness;
    this.#loops = [this.#repeat(() => this.#lookAtRedis()), this.#repeat(() => this.#lookAtService())];
  }

  /** Forgets what was seen so far. */
  begin(): void {
    this.#signs = new Map();
  }

  /** What was seen since {@link begin}, oldest first. */
  get signs(): Sign[] {
    return [...this.#signs].map(([text, { at, paths }]) => ({ text, at, paths: paths.size }))
      .sort((a, b) => a.at - b.at);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    // A look at a Redis that hangs ends with its connection, not before.
    await Promise.race([
      Promise.all(this.#loops),
      new Promise((resolve) => setTimeout(resolve, 2 * PATIENCE_MS)),
    ]);
  }

  async #repeat(look: () => Promise<void>): Promise<void> {
    while (!this.#ending.signal.aborted) {
      await look();
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  }

  async #lookAtRedis(): Promise<void> {
    const late = setTimeout(() => this.#note("Redis cannot be read"), PATIENCE_MS);
    try {
      const [status, subs] = await Promise.all([
        this.#redis.get(`${this.#prefix}/status`),
        this.#redis.hgetall(`${this.#prefix}/subs`),
      ]);
      this.#note(status === null ? "status gone" : `status ${status}`);
      for (const [path, text] of Object.entries(subs)) {
        const { state, error } = JSON.parse(text) as { state: string; error: { code: string } | null };
        this.#note(`subs ${state}${error === null ? "" : ` ${error.code}`}`, path);
      }
    } catch {
      this.#note("Redis cannot be read");
    } finally {
      clearTimeout(late);
    }
  }

  async #lookAtService(): Promise<void> {
    try {
      const [first = ""] = (await this.#readiness()).split("\n");
      // The same line every second with another number is one sign, and so it is on any port.
      const sign = first.replace(/; next attempt in \d+ s$/, "").replace(/\b\d+ s\b/g, "n s");
      this.#note(`readyz ${sign.replace(/127\.0\.0\.1:\d+/g, "HOST")}`);
    } catch {
      this.#note("readyz does not answer");
    }
  }

  #note(text: string, path = ""): void {
    if (WELL.has(text)) return;
    const sign = this.#signs.get(text) ?? { at: Date.now(), paths: new Set<string>() };
    sign.paths.add(path);
    this.#signs.set(text, sign);
  }
}
