/**
 * A hash that one service at a time writes and others follow, with its version beside it: a number that grows with each
 * change and is written behind it. By the version it is known whether what a hash holds is a change or a loss.
 */
import type { Write } from "../store/write/write.ts";

/** A hash and its version as they were read, the version first; undefined: there is none. */
export type FoundHash = {
  readonly fields: Readonly<Record<string, string>>;
  readonly version: number | undefined;
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

/** Nothing is known of it at first. */
export class VersionedHash {
  readonly key: string;
  readonly versionKey: string;
  readonly #fields = new Map<string, string>();
  #version: number | undefined;

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

  /** Returns what has to be written, nothing where no field is different. */
  change(fields: Iterable<readonly [string, string | undefined]>): Write[] {
    const writes: Write[] = [];
    for (const [field, value] of fields) {
      if (this.#fields.get(field) === value) continue;
      if (value === undefined) this.#fields.delete(field);
      else this.#fields.set(field, value);
      writes.push(this.#writeOf(field));
    }
    return writes.length === 0 ? [] : [...writes, this.renew()];
  }

  /** Gives it the next version. Time is part of it, so that it grows also where the last one is not known any more. */
  renew(): Write {
    this.#version = Math.max((this.#version ?? 0) + 1, Date.now());
    return this.#versionWrite(this.#version);
  }

  /** Everything again, for a Redis that may have lost it. */
  all(): Write[] {
    if (this.#version === undefined && this.#fields.size === 0) return [];
    const writes = [...this.#fields.keys()].map((field) => this.#writeOf(field));
    return [...writes, this.#version === undefined ? this.renew() : this.#versionWrite(this.#version)];
  }

  /**
   * Takes what was read, unless it is older than what is known, or is gone: only a version that has grown says of a hash
   * that is empty that nothing is to be in it.
   */
  take({ fields, version }: FoundHash): Taken {
    const known = this.#version;
    const isEmpty = Object.keys(fields).length === 0;
    const isNewer = version !== undefined && (known === undefined || version > known);
    if (!isNewer && (version !== known || (isEmpty && this.#fields.size > 0))) {
      return { changes: [], isLost: true };
    }
    this.#version = version;
    const names = new Set([...this.#fields.keys(), ...Object.keys(fields)]);
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

  /** Fields that are not of it, to be removed. */
  strangers({ fields }: FoundHash): Write[] {
    return Object.keys(fields).filter((field) => !this.#fields.has(field)).map((field) =>
      this.#writeOf(field)
    );
  }

  #writeOf(field: string): Write {
    const value = this.#fields.get(field);
    return value === undefined
      ? { kind: "unfield", key: this.key, field }
      : { kind: "field", key: this.key, field, value };
  }

  #versionWrite(version: number): Write {
    return { kind: "text", key: this.versionKey, value: String(version), ttlMs: 0, last: true };
  }
}

/** A version as Redis has it; undefined: it is none. */
export function parseVersion(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) && Number(text) < MAX_VERSION
    ? Number(text)
    : undefined;
}
