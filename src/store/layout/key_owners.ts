/** Whose key it is: the subscriptions whose rows are kept under a key. */
import type { Topic } from "../../okx/topic.ts";
import { bringsMany } from "./coverage.ts";
import type { Keys } from "./keys.ts";

/** The subscriptions of one server, to be found by a key. */
export class KeyOwners {
  readonly #keys: Keys;
  readonly #byKey = new Map<string, string>();
  /** Those that keep rows of several subscriptions under the keys of a table. */
  readonly #byTable = new Map<string, Set<string>>();

  constructor(keys: Keys) {
    this.#keys = keys;
  }

  add(topic: Topic): void {
    this.#byKey.set(this.#keys.path(topic.path), topic.path);
    if (!sharesTable(topic)) return;
    const table = this.#tableOf(topic);
    const paths = this.#byTable.get(table) ?? new Set();
    this.#byTable.set(table, paths.add(topic.path));
  }

  delete(topic: Topic): void {
    this.#byKey.delete(this.#keys.path(topic.path));
    this.#byTable.get(this.#tableOf(topic))?.delete(topic.path);
  }

  /** Returns what the keys of a table's rows begin with. */
  #tableOf({ table }: Topic): string {
    return this.#keys.row(table, "").slice(0, -1);
  }

  /** Returns the paths whose rows may stand under a key. */
  of(key: string): string[] {
    for (const candidate of keysOf(key)) {
      const path = this.#byKey.get(candidate);
      if (path !== undefined) return [path];
      const sharing = this.#byTable.get(candidate);
      if (sharing !== undefined && sharing.size > 0) return [...sharing];
    }
    return [];
  }
}

/** Returns a key itself, then that of which it is a row: what stands before its last `/` or `:`. */
function* keysOf(key: string): Iterable<string> {
  yield key;
  for (const mark of ["/", ":"]) {
    const at = key.lastIndexOf(mark);
    if (at > 0) yield key.slice(0, at);
  }
  // Ids may be of two parts, as those of notices are.
  const first = key.indexOf(":");
  if (first > 0) yield key.slice(0, first);
}

function sharesTable(topic: Topic): boolean {
  return topic.storage === "trades" || topic.storage === "open" || topic.storage === "balances" ||
    (topic.storage === "latest" && bringsMany(topic));
}
