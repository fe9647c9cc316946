/** The servers of which Redis has something, whether or not a service runs. */
import { createKeys, everyKey } from "../layout/keys.ts";
import type { Store } from "../store.ts";

/** Reads the names of servers that have subscriptions in Redis. Rejects with StoreError. */
export async function readServers(
  store: Pick<Store, "clustered" | "scan">,
  keyPrefix: string,
): Promise<string[]> {
  const names = new Set<string>();
  for await (const keys of store.scan(`${everyKey(keyPrefix)}/subs`)) {
    for (const key of keys) {
      const [name = ""] = key.slice(keyPrefix.length + 1).split("/");
      const server = store.clustered ? /^\{(.+)\}$/.exec(name)?.[1] : name;
      // A path may end with the same word.
      if (server !== undefined && createKeys(keyPrefix, server, store.clustered).subs === key) {
        names.add(server);
      }
    }
  }
  return [...names].sort();
}
