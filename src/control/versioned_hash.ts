/**
 * A hash that one service at a time writes and others follow, with its version beside it: a number that grows with each
 * change and is written behind it. By the version it is known whether what a hash holds is a change or a loss.
 */
import type { Write } from "../store/write/write.ts";

/** What stands beside a hash: its version, and how many fields it has with that. */
export type Version = { readonly number: number; readonly count: number };

/** A hash and its version as they were read, the version first; undefined: there is none. */
export type FoundHash = {
  readonly fields: Readonly<Record<string, string>>;
  readonly version: Version | undefined;
};

/** A field that is not what it was; undefined: it was, or is, not there. */
export type FieldChange = {
  readonly field: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
};

/** What became of a hash that was read. */
export type Taken = {
  /** What is different now. */
  readonly changes: readonly FieldChange[];
  /** Whether it was left as it is known here, since what was read is older, or was lost. */
  readonly isLost: boolean;
};

/** No version is as high: Unix milliseconds of a far future. */
const MAX_VERSION = 1e15;

/** A hash of so many fields is written whole with each change; of more what a loss has left out follows with the next comparison. */
const MAX_WHOLE = 256;

/** A hash as it is known here, with its version; nothing is known of it at first. */
export class VersionedHash {
  readonly key: string;
  readonly versionKey: string;
  readonly #fields = new Map<string, string>();
  #version: number | undefined;
  /** The version with which all of it was seen in Redis. */
  #seen: number | undefined;

  constructor({ key, versionKey }: { readonly key: string; readonly versionKey: string }) {
    this.key = key;
    this.versionKey = versionKey;
  }

  get fields(): ReadonlyMap<string, string> {
    return this.#fields;
  }

  get version(): number | undefined {
    return this.#version;
  }

  /**
   * Returns what has to be written, nothing where no field is different: with what has changed all the rest, as far as that is
   * little, since Redis may have lost it and the version stands for the whole.
   */
  change(fields: Iterable<readonly [string, string | undefined]>): Write[] {
    const changed = new Set<string>();
    for (const [field, value] of fields) {
      if (this.#fields.get(field) === value) continue;
      if (value === undefined) this.#fields.delete(field);
      else this.#fields.set(field, value);
      changed.add(field);
    }
    if (changed.size === 0) return [];
    const rest = this.#fields.size > MAX_WHOLE ? [] : this.#fields.keys();
    return [...[...new Set([...changed, ...rest])].map((field) => this.#writeOf(field)), this.#renew()];
  }

  /** Gives it the next version. Time is part of it, so that it grows also where the last one is not known any more. */
  #renew(): Write {
    this.#version = Math.max((this.#version ?? 0) + 1, Date.now());
    return this.#versionWrite(this.#version);
  }

  /** Returns everything again, for a Redis that may have lost it. */
  all(): Write[] {
    if (this.#version === undefined && this.#fields.size === 0) return [];
    const version = this.#version === undefined ? this.#renew() : this.#versionWrite(this.#version);
    return [...this.#texts(), version];
  }

  /**
   * Takes what was read, unless it is older than what is known, or is gone: only a version that has grown says of a hash
   * that is empty that nothing is to be in it. Of one that has fewer fields than its version says a part is gone, unless all of
   * it was seen with that version.
   */
  take({ fields, version: found }: FoundHash): Taken {
    const known = this.#version;
    const version = found?.number;
    const { length } = Object.keys(fields);
    const isNewer = version !== undefined && (known === undefined || version > known);
    if (!isNewer && (version !== known || (length === 0 && this.#fields.size > 0))) {
      return { changes: [], isLost: true };
    }
    this.#version = version;
    const isUnseen = isNewer || this.#seen !== version;
    const isPart = isUnseen && known !== undefined && found !== undefined && length < found.count;
    const names = new Set([...isPart ? [] : this.#fields.keys(), ...Object.keys(fields)]);
    const changes = [...names].map((field) => ({
      ...{
        field,
        before: this.#fields.get(field),
        after: Object.hasOwn(fields, field) ? fields[field] : undefined,
      },
    })).filter(({ before, after }) => before !== after);
    for (const { field, after } of changes) {
      if (after === undefined) this.#fields.delete(field);
      else this.#fields.set(field, after);
    }
    return { changes, isLost: false };
  }

  /**
   * For the process that writes: takes what others have changed, and returns what has to be written for that, or for what is
   * lost. A field that is gone was taken away by others where all of it was seen since the last change; else the hash may have
   * been lost before that change.
   */
  compare(found: FoundHash): { readonly changes: readonly FieldChange[]; readonly writes: readonly Write[] } {
    const isSame = found.version?.number === this.#version;
    const isMissing = [...this.#fields.keys()].some((field) => !Object.hasOwn(found.fields, field));
    if (isSame && isMissing && this.#seen !== this.#version) {
      return { changes: [], writes: [...this.#texts(), this.#renew()] };
    }
    const { changes, isLost } = this.take(found);
    if (isLost) return { changes, writes: [...this.#strangers(found), ...this.#texts(), this.#renew()] };
    const writes = changes.length === 0 ? [] : [this.#renew()];
    this.#seen = this.#version;
    return { changes, writes };
  }

  /**
   * For the process that writes, when a connection was lost and before anything else is written: what has to be written where
   * the version is older than the one that is known, or gone. Redis has lost the rest then, and has what was taken away since.
   */
  recover(found: FoundHash): Write[] {
    const known = this.#version;
    if (known === undefined || (found.version?.number ?? 0) >= known) return [];
    return [...this.#strangers(found), ...this.#texts(), this.#versionWrite(known)];
  }

  /** Fields that are not of it, to be removed. */
  #strangers({ fields }: FoundHash): Write[] {
    return Object.keys(fields).filter((field) => !this.#fields.has(field)).map((field) =>
      this.#writeOf(field)
    );
  }

  #texts(): Write[] {
    return [...this.#fields.keys()].map((field) => this.#writeOf(field));
  }

  #writeOf(field: string): Write {
    const value = this.#fields.get(field);
    return value === undefined
      ? { kind: "unfield", key: this.key, field }
      : { kind: "field", key: this.key, field, value };
  }

  #versionWrite(version: number): Write {
    const value = `${version}-${this.#fields.size}`;
    return { kind: "text", key: this.versionKey, value, ttlMs: 0, last: true };
  }
}

/** Returns a version as Redis has it; undefined: it is none. */
export function parseVersion(text: string | undefined): Version | undefined {
  const [, number, count] = /^(\d{1,15})-(\d{1,9})$/.exec(text ?? "") ?? [];
  return number !== undefined && Number(number) < MAX_VERSION
    ? { number: Number(number), count: Number(count) }
    : undefined;
}
