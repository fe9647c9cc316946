/** The few conditions that a caller acts on. Misuse of a function throws the built-in that fits instead. */
import { englishOf, type Message, message } from "./messages/message.ts";

/** Reply codes; programs in other languages act on these numbers. */
export const CODES = {
  done: 80000,
  openAlready: 80001,
  unreadable: 80010,
  noServer: 80011,
  exchangeRefused: 80012,
  unknownPath: 80013,
  notAllowed: 80014,
} as const;

/** An error whose text is for people, who may read it in their language. */
export class MessageError extends Error {
  override readonly name: string = "MessageError";
  /** What the message is made of; undefined where it came as a sentence, e.g. over Redis. */
  readonly text: Message | undefined;

  constructor(text: string | Message, options?: ErrorOptions) {
    super(englishOf(text), options);
    this.text = typeof text === "object" ? text : undefined;
  }
}

/** One fault in a configuration: where it is and what to do about it. */
export type ConfigIssue = {
  /** Dotted path inside the configuration, e.g. `servers[0].name`; empty for the whole file. */
  readonly path: string;
  readonly message: string;
  /** What the message is made of; undefined where it is the sentence of a parser. */
  readonly text?: Message;
  /** Where the value came from, when that is not the file; `path` ends with it in parentheses. */
  readonly origin?: Message;
  /** 1-based position in the file, when the value came from one. */
  readonly line?: number;
  readonly column?: number;
};

/** The configuration cannot be used. Carries every fault that was found, not only the first. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  /** Where the configuration came from: a file name, `environment` or `flags`. */
  readonly source: string;
  readonly issues: readonly ConfigIssue[];

  constructor(source: string, issues: readonly ConfigIssue[]) {
    super(issues.map((issue) => formatIssue(source, issue)).join("\n"));
    this.source = source;
    this.issues = issues;
  }
}

/** The exchange refused something. `code` is the exchange's own code as text. */
export class ExchangeError extends MessageError {
  override readonly name = "ExchangeError";
  readonly code: string;

  constructor(code: string, text: string | Message, options?: ErrorOptions) {
    super(text, options);
    this.code = code;
  }
}

/** A command was refused, or nobody answered it. `errorCode` is one of {@link CODES}. */
export class CommandError extends MessageError {
  override readonly name = "CommandError";
  readonly errorCode: number;

  constructor(errorCode: number, text: string | Message, options?: ErrorOptions) {
    super(text, options);
    this.errorCode = errorCode;
  }
}

/** Redis cannot be reached, or refuses to serve us at all. */
export class StoreError extends MessageError {
  override readonly name = "StoreError";

  /** Whether Redis was reached and said no: to the login, or to what was asked. It may only be busy for now otherwise. */
  get refused(): boolean {
    const { cause } = this;
    return cause instanceof Error && cause.name === "ReplyError" && !FOR_NOW.test(cause.message);
  }
}

/** Returns what the cause of an error says; empty where it has none. */
export function causeText({ cause }: Error): string {
  return cause instanceof Error ? cause.message : "";
}

/** Replies of a Redis that does not serve anybody at the moment. */
const FOR_NOW = /^(LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY) /;

/** Who holds the lease of a KEY_PREFIX, as a person looks for it. */
export type LeaseHolder = {
  readonly host: string;
  readonly pid: number;
  readonly epoch: number;
  /** Unix ms. */
  readonly since: number;
  /** Redis is the embedded store of its process, so that nobody can take its place. */
  readonly embedded?: true;
};

/** What of shards a lease is about: our own, and that of another number which is at work; empty: one without shards. */
export type LeaseShards = { readonly shard?: string; readonly rival?: string };

/** Another service holds the lease of a KEY_PREFIX. */
export class LeaseError extends MessageError {
  override readonly name = "LeaseError";
  /** Undefined where it is known only that there was another. */
  readonly holder: LeaseHolder | undefined;

  constructor(keyPrefix: string, holder: LeaseHolder | undefined, shards: LeaseShards = {}) {
    super(heldBy(keyPrefix, holder, shards));
    this.holder = holder;
  }
}

function heldBy(prefix: string, holder: LeaseHolder | undefined, { shard, rival }: LeaseShards): Message {
  if (holder === undefined) return message("lease.had", { prefix });
  const { host, pid, epoch } = holder;
  const who = { prefix, host, pid, epoch, since: new Date(holder.since).toISOString() };
  if (holder.embedded === true) return message("lease.held_embedded", who);
  if (rival === "") return message("lease.held_whole", who);
  if (rival !== undefined) return message("lease.held_number", { ...who, shard: rival });
  return shard === undefined ? message("lease.held", who) : message("lease.held_shard", { ...who, shard });
}

/** What this process has collected without the lease, another service has written meanwhile: nothing of it may be written. */
export class WrittenMeanwhileError extends MessageError {
  override readonly name = "WrittenMeanwhileError";
}

/** A command was published and nobody was listening. */
export class NoServiceError extends MessageError {
  override readonly name = "NoServiceError";
}

/** What was read is older than the caller allows, or is not there. */
export class StaleError extends MessageError {
  override readonly name = "StaleError";
  /** Age of what was found in milliseconds; undefined when nothing was found. */
  readonly ageMs: number | undefined;

  constructor(text: string | Message, ageMs?: number) {
    super(text);
    this.ageMs = ageMs;
  }
}

/** A folder or file is no recording that can be used here. */
export class RecordingError extends MessageError {
  override readonly name = "RecordingError";
}

/** Returns a fault as an issue. */
export function issueOf(text: string | Message, path = ""): ConfigIssue {
  return typeof text === "string" ? { path, message: text } : { path, message: text.english, text };
}

/** Returns the position of a fault, and what it is, in one line. */
export function formatIssue(source: string, issue: ConfigIssue): string {
  const at = issue.line === undefined ? source : `${source}:${issue.line}:${issue.column ?? 1}`;
  return issue.path === "" ? `${at}: ${issue.message}` : `${at}: ${issue.path}: ${issue.message}`;
}
