/**
 * What commands asked for, kept in Redis so that it outlives the service: servers that were opened without a login, and
 * the paths that were subscribed. A login is a secret and is never kept; a server opened with one has to be opened again.
 */
import { createKeys, serversKey } from "../store/layout/keys.ts";
import type { Store } from "../store/store.ts";
import type { Write } from "../store/write/write.ts";

/** A server as it is remembered. */
export type PersistedServer = {
  readonly name: string;
  readonly endpoint: string;
  readonly protocol: string;
};

/** What was remembered: to be checked like any other input, since others may write to Redis too. */
export type Persisted = {
  readonly servers: readonly PersistedServer[];
  readonly paths: readonly { readonly server: string; readonly paths: readonly string[] }[];
};

/** Remembers, and says what has to be written for it. */
export type PersistedSubscriptions = {
  /** Reads what is kept for these servers and those that are remembered themselves. Rejects with StoreError. */
  load(names: readonly string[]): Promise<Persisted>;
  opened(server: PersistedServer): Write[];
  /** Forgets a server with all of its paths. */
  closed(name: string): Write[];
  subscribed(name: string, paths: readonly string[], at: number): Write[];
  unsubscribed(name: string, paths: readonly string[]): Write[];
  /** What was remembered and cannot be had any more. */
  forgetServer(name: string): Write[];
  forgetPath(name: string, path: string): Write[];
  /** Everything again, for a Redis that may have lost it. */
  all(): Write[];
};

/** Starts without anything remembered. */
export function createPersistedSubscriptions(
  store: Pick<Store, "row" | "clustered">,
  keyPrefix: string,
): PersistedSubscriptions {
  const servers = new Map<string, string>();
  const paths = new Map<string, Map<string, string>>();
  const listKey = serversKey(keyPrefix);
  const wantedKey = (name: string) => createKeys(keyPrefix, name, store.clustered).wanted;
  const field = (key: string, name: string, value: string): Write => ({
    kind: "field",
    key,
    field: name,
    value,
  });
  const unfield = (key: string, name: string): Write => ({ kind: "unfield", key, field: name });
  return {
    async load(names) {
      const list = Object.entries(await store.row(listKey)).map(([name, text]) => readServer(name, text));
      const all = new Set([...names, ...list.map(({ name }) => name)]);
      const found: { server: string; paths: string[] }[] = [];
      for (const server of all) {
        const kept = Object.keys(await store.row(wantedKey(server)));
        if (kept.length > 0) found.push({ server, paths: kept });
      }
      return { servers: list, paths: found };
    },
    opened({ name, endpoint, protocol }) {
      const text = JSON.stringify({ endpoint, protocol });
      servers.set(name, text);
      return [field(listKey, name, text)];
    },
    closed(name) {
      const writes: Write[] = [...paths.get(name)?.keys() ?? []].map((path) =>
        unfield(wantedKey(name), path)
      );
      if (servers.delete(name)) writes.push(unfield(listKey, name));
      paths.delete(name);
      return writes;
    },
    subscribed(name, wanted, at) {
      const known = paths.get(name) ?? new Map<string, string>();
      paths.set(name, known);
      return wanted.filter((path) => !known.has(path)).map((path) => {
        const text = JSON.stringify({ at });
        known.set(path, text);
        return field(wantedKey(name), path, text);
      });
    },
    unsubscribed(name, gone) {
      const known = paths.get(name);
      return gone.filter((path) => known?.delete(path)).map((path) => unfield(wantedKey(name), path));
    },
    forgetServer: (name) => [unfield(listKey, name)],
    forgetPath: (name, path) => [unfield(wantedKey(name), path)],
    all() {
      const writes = [...servers].map(([name, text]) => field(listKey, name, text));
      for (const [name, known] of paths) {
        for (const [path, text] of known) writes.push(field(wantedKey(name), path, text));
      }
      return writes;
    },
  };
}

function readServer(name: string, text: string): PersistedServer {
  try {
    const { endpoint = "", protocol = "" } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    return { name, endpoint: String(endpoint), protocol: String(protocol) };
  } catch {
    return { name, endpoint: "", protocol: "" };
  }
}
