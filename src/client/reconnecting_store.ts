/** The connection of a client, with another one in its place when it was lost. */
import { openStore, type StoreOptions } from "../store/redis/redis_store.ts";
import type { Store } from "../store/store.ts";

/** Connections to one Redis, one after the other. */
export class ReconnectingStore implements AsyncDisposable {
  /** Whether it is a cluster. */
  readonly clustered: boolean;
  readonly #open: () => Promise<Opened>;
  #current: Opened;
  #opening: Promise<Store> | undefined;
  #isClosed = false;

  private constructor(open: () => Promise<Opened>, first: Opened) {
    this.#open = open;
    this.#current = first;
    this.clustered = first.store.clustered;
  }

  /** Connects. Rejects with StoreError where Redis cannot be reached. */
  static async open(url: string, options: StoreOptions): Promise<ReconnectingStore> {
    const open = () => openWatched(url, options);
    return new ReconnectingStore(open, await open());
  }

  /** Returns a store with a connection, as far as is known; rejects with StoreError while Redis cannot be reached. */
  async ready(): Promise<Store> {
    if (!this.#current.isLost() || this.#isClosed) return this.#current.store;
    return await (this.#opening ??= this.#renew().finally(() => this.#opening = undefined));
  }

  async #renew(): Promise<Store> {
    const next = await this.#open();
    // Who closed it meanwhile gets nothing that stays open.
    if (this.#isClosed) await next.store[Symbol.asyncDispose]();
    else {
      const { store } = this.#current;
      this.#current = next;
      await store[Symbol.asyncDispose]();
    }
    return this.#current.store;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.#current.store[Symbol.asyncDispose]();
    await this.#opening?.catch(() => {});
  }
}

type Opened = { readonly store: Store; readonly isLost: () => boolean };

async function openWatched(url: string, options: StoreOptions): Promise<Opened> {
  let isLost = false;
  const store = await openStore(url, { ...options, onLost: () => isLost = true });
  // One node of a cluster is connected to again by the store itself.
  return { store, isLost: () => isLost && !store.clustered };
}
