/**
 * What commands asked for, kept in Redis so that it outlives the service and those that stand by follow it: servers that were
 * opened without a login, the paths that were subscribed, and what was taken away of the file. A login is a secret and is
 * never kept; a server opened with one has to be opened again.
 */
import { roomLogger, sparseWarning } from "../logging/log.ts";
import { createKeys, serversKey, serversVersionKey } from "../store/layout/keys.ts";
import type { Store } from "../store/store.ts";
import type { Write } from "../store/write/write.ts";
import { type FieldChange, type FoundHash, parseVersion, VersionedHash } from "./versioned_hash.ts";

/** A server as it is remembered. */
export type PersistedServer = {
  readonly name: string;
  readonly endpoint: string;
  readonly protocol: string;
};

/** What was remembered: to be checked like any other input, since others may write to Redis too. */
export type Persisted = {
  readonly servers: readonly PersistedServer[];
  /** Servers of the file that a command has closed. */
  readonly closed: ReadonlySet<string>;
  readonly paths: readonly { readonly server: string; readonly paths: readonly string[] }[];
  /** By server the paths of the file that a command has unsubscribed. */
  readonly unsubscribed: ReadonlyMap<string, ReadonlySet<string>>;
};

/** What others have changed: fields of the list of servers, and of each server. */
export type Edits = {
  readonly servers: readonly FieldChange[];
  readonly paths: ReadonlyMap<string, readonly FieldChange[]>;
};

type Reader = Pick<Store, "row" | "text" | "fieldCount">;

/** Nothing was ever asked for. */
export const NOTHING_PERSISTED: Persisted = {
  ...{ servers: [], closed: new Set<string>(), paths: [], unsubscribed: new Map() },
};

/** Remembers, and returns what has to be written for it. */
export class PersistedSubscriptions {
  readonly #store: Reader & Pick<Store, "clustered">;
  readonly #keyPrefix: string;
  readonly #list: VersionedHash;
  readonly #paths = new Map<string, VersionedHash>();

  constructor(store: Reader & Pick<Store, "clustered">, keyPrefix: string) {
    this.#store = store;
    this.#keyPrefix = keyPrefix;
    this.#list = new VersionedHash({
      key: serversKey(keyPrefix),
      versionKey: serversVersionKey(keyPrefix, store.clustered),
    });
  }

  /** Returns what commands asked for, as far as it is known. */
  current(): Persisted {
    const list = [...this.#list.fields];
    const marks = [...this.#paths].map(([server, { fields }]): [string, Set<string>] => [
      server,
      new Set([...fields].filter(([, text]) => isMark(text)).map(([path]) => path)),
    ]);
    return {
      servers: list.filter(([, text]) => !isMark(text)).map(([name, text]) => readServer(name, text)),
      closed: new Set(list.filter(([, text]) => isMark(text)).map(([name]) => name)),
      paths: [...this.#paths].map(([server, { fields }]) => ({
        server,
        paths: [...fields].filter(([, text]) => !isMark(text)).map(([path]) => path),
      })).filter(({ paths }) => paths.length > 0),
      unsubscribed: new Map(marks.filter(([, paths]) => paths.size > 0)),
    };
  }

  /**
   * Reads what is kept for these servers and those that are remembered themselves, and takes what is not older than what is
   * known. Rejects with StoreError.
   */
  async load(names: readonly string[], from: Reader = this.#store): Promise<Persisted> {
    const look = async (hash: VersionedHash) => {
      const found = await readWhole(from, hash);
      if (found !== undefined) hash.take(found);
    };
    await look(this.#list);
    for (const name of new Set([...names, ...this.#list.fields.keys()])) await look(this.#pathsOf(name));
    return this.current();
  }

  /**
   * Loads as {@link load} does at the beginning of a term; returns what has to be written of what this instance knows and Redis
   * has lost. Rejects with StoreError.
   */
  async restore(names: readonly string[]): Promise<Write[]> {
    const writes: Write[] = [];
    const look = async (hash: VersionedHash) => {
      const found = await readWhole(this.#store, hash);
      if (found === undefined) return;
      if (hash.version === undefined) hash.take(found);
      else writes.push(...hash.compare(found).writes);
    };
    await look(this.#list);
    for (const name of new Set([...names, ...this.#list.fields.keys()])) await look(this.#pathsOf(name));
    return writes;
  }

  /** Returns what a Redis lacks, or has too much, after a connection was lost; rejects with StoreError. */
  async recover(from: Reader, affected: (key: string) => boolean): Promise<Write[]> {
    const hashes = [this.#list, ...this.#paths.values()].filter(({ key, version }) =>
      version !== undefined && affected(key)
    );
    const found = await Promise.all(hashes.map((hash) => readWhole(from, hash)));
    return hashes.flatMap((hash, i) => {
      const read = found[i];
      return read === undefined ? [] : hash.recover(read);
    });
  }

  /**
   * Loads as {@link load} does, but reads only what has another version, as far as it is of one moment; returns whether
   * anything is different. Rejects with StoreError.
   */
  async refresh(names: readonly string[], from: Reader): Promise<boolean> {
    const look = async (hash: VersionedHash): Promise<boolean> => {
      const version = parseVersion(await from.text(hash.versionKey));
      // What was written before there were versions is looked at each time.
      const isSame = version === undefined ? hash.version !== undefined : version.number === hash.version;
      if (isSame) return false;
      const found = await read(from, hash);
      return found?.isTorn === false && hash.take(found).changes.length > 0;
    };
    const isListChanged = await look(this.#list);
    const all = [...new Set([...names, ...this.#list.fields.keys()])];
    const changed = await Promise.all(all.map((name) => look(this.#pathsOf(name))));
    return isListChanged || changed.includes(true);
  }

  /**
   * Compares with what Redis has, once all that was queued before is written: what others have changed is taken, what is lost
   * or older is to be written again. Rejects with StoreError.
   */
  async compare(
    names: readonly string[],
    from: Reader,
    isRefused: (write: Write) => boolean,
  ): Promise<{ readonly edits: Edits; readonly writes: readonly Write[] }> {
    const writes: Write[] = [];
    const look = async (hash: VersionedHash): Promise<readonly FieldChange[]> => {
      const before = hash.version;
      const found = await read(from, hash);
      // What was written meanwhile is compared the next time.
      if (found?.isTorn !== false || hash.version !== before || hash.all().some(isRefused)) return [];
      const compared = hash.compare(found);
      writes.push(...compared.writes);
      return compared.changes;
    };
    const servers = await look(this.#list);
    const paths = await Promise.all(names.map(async (name): Promise<[string, readonly FieldChange[]]> => [
      name,
      await look(this.#pathsOf(name)),
    ]));
    return { edits: { servers, paths: new Map(paths) }, writes };
  }

  opened({ name, endpoint, protocol }: PersistedServer): Write[] {
    return this.#list.change([[name, JSON.stringify({ endpoint, protocol })]]);
  }

  /** Forgets a server with all of its paths; of one that the file names it is remembered that it is closed. */
  closed(name: string, isOfFile: boolean): Write[] {
    const hash = this.#pathsOf(name);
    const writes = hash.change([...hash.fields.keys()].map((path) => [path, undefined]));
    const mark = isOfFile ? JSON.stringify({ at: Date.now(), closed: true }) : undefined;
    writes.push(...this.#list.change([[name, mark]]));
    if (isOfFile || hash.version === undefined) return writes;
    this.#paths.delete(name);
    return [...writes, { kind: "row", key: hash.versionKey, row: {}, whole: true }];
  }

  subscribed(name: string, paths: readonly string[], at: number): Write[] {
    const hash = this.#pathsOf(name);
    return hash.change(
      paths.filter((path) => !isRecord(hash.fields.get(path) ?? "")).map((
        path,
      ) => [path, JSON.stringify({ at })]),
    );
  }

  /** Forgets paths; of those that the file names it remembers that they are not desired. */
  unsubscribed(name: string, paths: readonly string[], isOfFile: (path: string) => boolean): Write[] {
    const mark = JSON.stringify({ at: Date.now(), unsubscribed: true });
    return this.#pathsOf(name).change(paths.map((path) => [path, isOfFile(path) ? mark : undefined]));
  }

  /** Forgets a server that was remembered and cannot be had any more. */
  forgetServer(name: string): Write[] {
    return this.#list.change([[name, undefined]]);
  }

  /** Sets a server back to what it was before somebody has changed it; undefined: it was not there. */
  setServer(name: string, text: string | undefined): Write[] {
    return this.#list.change([[name, text]]);
  }

  forgetPath(name: string, path: string): Write[] {
    return this.#pathsOf(name).change([[path, undefined]]);
  }

  /** Makes the file count as it is: forgets what commands took away of it, and servers under the names of its own. */
  fileRead(names: readonly string[]): Write[] {
    const { unsubscribed, closed } = this.current();
    const marks = [...unsubscribed].flatMap(([server, paths]) =>
      this.#pathsOf(server).change([...paths].map((path) => [path, undefined]))
    );
    return [...marks, ...this.#list.change([...closed, ...names].map((name) => [name, undefined]))];
  }

  /** Returns everything again, for a Redis that may have lost it. */
  all(): Write[] {
    return [this.#list, ...this.#paths.values()].flatMap((hash) => hash.all());
  }

  /** Gives a version to what has none, as what was written before there were any. */
  stamp(): Write[] {
    return [this.#list, ...this.#paths.values()].filter(({ version }) => version === undefined)
      .flatMap((hash) => hash.all());
  }

  #pathsOf(name: string): VersionedHash {
    const known = this.#paths.get(name);
    if (known !== undefined) return known;
    const { wanted: key, wantedVersion: versionKey } = createKeys(
      this.#keyPrefix,
      name,
      this.#store.clustered,
    );
    const hash = new VersionedHash({ key, versionKey });
    this.#paths.set(name, hash);
    return hash;
  }
}

/** What is longer was put there by others and says nothing. */
const MAX_TEXT = 2000;

/** Of the name of a field. */
const MAX_SHOWN = 200;

/** A hash with more fields is not read: a server has at most 20,000 subscriptions, and the file less than as many again. */
const MAX_FIELDS = 50_000;

/** Stands in a name that is not UTF-8: nothing is meant by it, and it cannot be removed under this name. */
const UNREADABLE = "\u{fffd}";

/** Attempts to read a hash between two changes of others. */
const ATTEMPTS = 5;

/** It is looked at again and again. */
const warn = sparseWarning(roomLogger("control"), { everyMs: 60_000 });

/** Reads a hash of one moment; one that is changed all the time as it is at last. Undefined: it is too large. */
async function readWhole(from: Reader, hash: VersionedHash): Promise<FoundHash | undefined> {
  let found = await read(from, hash);
  for (let i = 1; i < ATTEMPTS && found?.isTorn === true; i++) found = await read(from, hash);
  return found;
}

/** `isTorn`: it was changed meanwhile. Undefined: it is too large, and what is known of it holds. */
async function read(
  from: Reader,
  { key, versionKey }: VersionedHash,
): Promise<FoundHash & { readonly isTorn: boolean } | undefined> {
  const before = await from.text(versionKey);
  const count = await from.fieldCount(key);
  if (count !== undefined && count > MAX_FIELDS) {
    warn("Redis asks for more than okws reads, what was known before counts", {
      ...{ key, fields: count, most: MAX_FIELDS },
      remedy: "remove what others have put there, or the key: okws writes again what it knows",
    });
    return undefined;
  }
  const all = await from.row(key);
  for (const [field, { length }] of Object.entries(all)) {
    if (length <= MAX_TEXT) continue;
    warn("What Redis asks for has a longer text than okws reads, the text counts as empty", {
      ...{ key, field: field.slice(0, MAX_SHOWN), chars: length, most: MAX_TEXT },
      remedy: "remove the field; okws itself writes less than a hundred characters",
    });
  }
  const fields = Object.fromEntries(Object.entries(all).filter(([name]) => !name.includes(UNREADABLE)));
  return { fields, version: parseVersion(before), isTorn: await from.text(versionKey) !== before };
}

/** Returns whether a field is as a subscription of a command is written, and has nothing else. */
function isRecord(text: string): boolean {
  if (text.length > MAX_TEXT) return false;
  try {
    const { at, ...others } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    return typeof at === "number" && Object.keys(others).length === 0;
  } catch {
    return false;
  }
}

/** Returns whether a field says that something of the file is not desired. */
export function isMark(text: string): boolean {
  if (text.length > MAX_TEXT) return false;
  try {
    const { unsubscribed, closed } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    return unsubscribed === true || closed === true;
  } catch {
    return false;
  }
}

/** Parses a server as a field of the list has it. */
export function readServer(name: string, text: string): PersistedServer {
  if (text.length > MAX_TEXT) return { name, endpoint: "", protocol: "" };
  try {
    const { endpoint = "", protocol = "" } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    return { name, endpoint: String(endpoint), protocol: String(protocol) };
  } catch {
    return { name, endpoint: "", protocol: "" };
  }
}
