/**
 * Clients that wait for entries in a stream, by key. A write marks its key ready; after the command (or the whole
 * transaction) that made it, `serve` lets the waiting look again, in the order they came.
 */
import type { Client } from "./client.ts";

export class Waiting {
  readonly #byKey = new Map<string, Set<Client>>();
  readonly #ready = new Set<string>();
  readonly #released: Client[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(client: Client): void {
    this.#count++;
    for (const key of client.blocked?.keys ?? []) {
      const clients = this.#byKey.get(key) ?? new Set();
      this.#byKey.set(key, clients.add(client));
    }
  }

  /** Ends a wait without a reply: the time is over, or the client has gone. */
  remove(client: Client): void {
    if (client.blocked === undefined) return;
    for (const key of client.blocked.keys) {
      const clients = this.#byKey.get(key);
      clients?.delete(client);
      if (clients?.size === 0) this.#byKey.delete(key);
    }
    client.blocked = undefined;
    this.#count--;
  }

  markReady(key: string): void {
    if (this.#byKey.has(key)) this.#ready.add(key);
  }

  serve(): void {
    if (this.#ready.size === 0) return;
    const keys = [...this.#ready];
    this.#ready.clear();
    for (const key of keys) {
      for (const client of [...this.#byKey.get(key) ?? []]) {
        const reply = client.blocked?.attempt();
        if (reply === undefined) continue;
        this.remove(client);
        client.send(reply);
        this.#released.push(client);
      }
    }
  }

  /** Clients that were answered since the last call and may go on with what they sent meanwhile. */
  takeReleased(): Client[] {
    return this.#released.length === 0 ? [] : this.#released.splice(0);
  }
}
