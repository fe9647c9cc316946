/**
 * The status of a server as Redis has it. A server with several sockets is connected when none that is needed is
 * missing.
 */
import type { ConnectionName } from "../../model/events.ts";
import type { Keys } from "./keys.ts";
import type { Write } from "../write/write.ts";

/** What `P/status` says. */
export type Status = "READY" | "CONNECTED" | "ON_DATA" | "DISCONNECTED" | "EXIT";

/**
 * A status key lives this long and is written again well before it ends, so that the status of a service that was
 * killed does not outlive it.
 */
export const STATUS_TTL_MS = 30_000;

/** Least time between two announcements that data comes. */
const DATA_MS = 1000;

/** The status of one server, in its key and on its channels. */
export class StatusWriter {
  readonly #keys: Keys;
  /** Whether it is that of one shard: the status of the server is made of all of them, and is announced by the first shard. */
  readonly #isPart: boolean;
  readonly #up = new Set<ConnectionName>();
  readonly #missed = new Set<ConnectionName>();
  #status: Status = "READY";
  #hasData = false;
  /** How often it was said that data comes. */
  #dataCount = 0;
  /** When it was last announced that data comes, on the monotonic clock. */
  #dataAt = -Infinity;

  constructor(keys: Keys) {
    this.#keys = keys;
    this.#isPart = keys.ownStatus !== keys.status;
  }

  /** Notes that the service has begun with the server. */
  onOpened(): Write[] {
    return this.#announce("READY");
  }

  /** Notes that the service has ended with the server; `forGood`: nobody looks after it any more. */
  onClosed(forGood: boolean): Write[] {
    const writes = this.#announce("EXIT");
    // These go by themselves then.
    if (forGood) {
      writes.push(
        statusWrite(this.#keys, "EXIT", STATUS_TTL_MS),
        { kind: "row", key: this.#keys.epoch, row: {}, whole: true },
      );
    }
    return writes;
  }

  /** Notes a connection that is open. */
  onUp(connection: ConnectionName): Write[] {
    this.#up.add(connection);
    this.#missed.delete(connection);
    return this.#announceConnected();
  }

  /** Notes a connection that is lost; `desired`: something is still to come over it. */
  onDown(connection: ConnectionName, desired: boolean, reason: string): Write[] {
    this.#up.delete(connection);
    if (desired) this.#missed.add(connection);
    this.#hasData = false;
    if (this.#status === "DISCONNECTED" || (this.#missed.size === 0 && this.#up.size > 0)) return [];
    return this.#announce("DISCONNECTED", { reason });
  }

  /** Notes that nothing is desired over a connection any more. */
  onIdle(connection: ConnectionName): Write[] {
    this.#missed.delete(connection);
    return this.#announceConnected();
  }

  /** Notes that something is desired over a connection: if that is not open, it is missed as much as one that was lost. */
  onDesired(connection: ConnectionName): void {
    if (!this.#up.has(connection)) this.#missed.add(connection);
  }

  /** Notes that rows came. */
  onData(): void {
    if (!this.#isOver()) this.#hasData = true;
  }

  /** Returns whether it is to be announced that data came; `now` on the monotonic clock. */
  hasDue(now = performance.now()): boolean {
    if (!this.#hasData || this.#isOver()) return false;
    return this.#status !== "ON_DATA" || now - this.#dataAt >= DATA_MS;
  }

  /** Returns the write that data came since it was last announced: at once where that is another status, else once a second. */
  flush(now = performance.now()): Write[] {
    if (!this.hasDue(now)) return [];
    this.#hasData = false;
    this.#dataAt = now;
    return this.#announce("ON_DATA");
  }

  /** Returns the status again. */
  restate(): Write {
    return statusWrite(this.#keys, this.#valueOf(this.#status));
  }

  /** The shard that makes the status of all sees by the number that data goes on coming. */
  #valueOf(status: Status): string {
    return this.#isPart && status === "ON_DATA" ? `ON_DATA ${this.#dataCount}` : status;
  }

  #isOver(): boolean {
    return this.#status === "DISCONNECTED" || this.#status === "EXIT";
  }

  #announceConnected(): Write[] {
    const isConnected = this.#status === "CONNECTED" || this.#status === "ON_DATA";
    return isConnected || this.#missed.size > 0 || this.#up.size === 0 ? [] : this.#announce("CONNECTED");
  }

  #announce(next: Status, extra: Readonly<Record<string, unknown>> = {}): Write[] {
    this.#status = next;
    if (next === "ON_DATA") this.#dataCount += 1;
    const text = statusWrite(this.#keys, this.#valueOf(next));
    return this.#isPart ? [text] : [text, ...announcement(this.#keys, next, extra)];
  }
}

/** Returns what is published of a status. */
export function announcement(
  keys: Pick<Keys, "status" | "event">,
  status: Status,
  extra: Readonly<Record<string, unknown>> = {},
): Write[] {
  return [
    { kind: "publish", channel: keys.status, message: status },
    { kind: "publish", channel: keys.event, message: JSON.stringify({ op: status, ...extra }) },
  ];
}

function statusWrite(
  { ownStatus, status: shared }: Keys,
  value: string,
  ttlMs = value === "EXIT" && ownStatus === shared ? 0 : STATUS_TTL_MS,
): Write {
  return { kind: "text", key: ownStatus, value, ttlMs };
}
