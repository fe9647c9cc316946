/** The few conditions that a caller acts on. Misuse of a function throws the built-in that fits instead. */

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

/** One fault in a configuration: where it is and what to do about it. */
export type ConfigIssue = {
  /** Dotted path inside the configuration, e.g. `servers[0].name`; empty for the whole file. */
  readonly path: string;
  readonly message: string;
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
export class ExchangeError extends Error {
  override readonly name = "ExchangeError";
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A command was refused, or nobody answered it. `errorCode` is one of {@link CODES}. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly errorCode: number;

  constructor(errorCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.errorCode = errorCode;
  }
}

/** Redis cannot be reached, or refuses to serve us at all. */
export class StoreError extends Error {
  override readonly name = "StoreError";

  /** Whether Redis was reached and said no: to the login, or to what was asked. It may only be busy for now otherwise. */
  get refused(): boolean {
    const { cause } = this;
    return cause instanceof Error && cause.name === "ReplyError" && !FOR_NOW.test(cause.message);
  }
}

/** Replies of a Redis that does not serve anybody at the moment. */
const FOR_NOW = /^(LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY) /;

/** A command was published and nobody was listening. */
export class NoServiceError extends Error {
  override readonly name = "NoServiceError";
}

/** What was read is older than the caller allows, or is not there. */
export class StaleError extends Error {
  override readonly name = "StaleError";
  /** Age of what was found in milliseconds; undefined when nothing was found. */
  readonly ageMs: number | undefined;

  constructor(message: string, ageMs?: number) {
    super(message);
    this.ageMs = ageMs;
  }
}

/** The place of a fault, and what it is, in one line. */
export function formatIssue(source: string, issue: ConfigIssue): string {
  const at = issue.line === undefined ? source : `${source}:${issue.line}:${issue.column ?? 1}`;
  return issue.path === "" ? `${at}: ${issue.message}` : `${at}: ${issue.path}: ${issue.message}`;
}
