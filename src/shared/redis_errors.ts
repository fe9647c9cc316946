/**
 * What Redis says when it does not do what it was asked, by the first word of its reply: whether that is about the server
 * for now (the batch is sent again) or about one key for good (it is counted), and what a person can do.
 */
import { StoreError } from "./errors.ts";
import { type Message, message } from "./messages/message.ts";

/** An error of Redis that is known, and what follows from it. */
export type RedisRefusal = {
  /** The whole batch waits: the server refuses everything for now. */
  readonly all: boolean;
  /** The connection leads to the wrong server: it is dropped and the address looked up again. */
  readonly elsewhere?: boolean;
  /** The server may be cut off from the others: whether it is the master still is asked at once. */
  readonly isolated?: boolean;
  readonly remedy: Message;
};

const REFUSALS: Readonly<Record<string, RedisRefusal>> = {
  OOM: { all: true, remedy: message("redis.full") },
  READONLY: {
    all: true,
    elsewhere: true,
    remedy: message("redis.replica"),
  },
  LOADING: { all: true, remedy: message("redis.loading") },
  MASTERDOWN: {
    all: true,
    elsewhere: true,
    remedy: message("redis.master_down"),
  },
  CLUSTERDOWN: {
    all: true,
    remedy: message("redis.cluster_down"),
  },
  TRYAGAIN: { all: true, remedy: message("redis.moving") },
  MOVED: { all: true, remedy: message("redis.is_cluster") },
  ASK: { all: true, remedy: message("redis.is_cluster") },
  MISCONF: { all: true, remedy: message("redis.disk") },
  NOREPLICAS: {
    all: true,
    isolated: true,
    remedy: message("redis.too_few_replicas"),
  },
  BUSY: { all: true, remedy: message("redis.script") },
  NOAUTH: { all: true, elsewhere: true, remedy: message("redis.give_password") },
  // A transaction that was given up for one of the reasons above.
  EXECABORT: { all: true, remedy: message("redis.transaction") },
  WRONGPASS: {
    all: true,
    elsewhere: true,
    remedy: message("redis.wrong_login"),
  },
  NOPERM: {
    all: false,
    remedy: message("redis.no_right"),
  },
  WRONGTYPE: {
    all: false,
    remedy: message("redis.wrong_type"),
  },
  CROSSSLOT: { all: false, remedy: message("redis.empty_braces") },
};

/** Returns the row for a reply; undefined for what is not in the table. */
export function refusalOf(reply: string): RedisRefusal | undefined {
  return REFUSALS[reply.split(" ", 1)[0] as string];
}

/** Returns whether an error of the store is Redis' word that a key holds something of another type. */
export function isWrongType(error: unknown): boolean {
  return wordOf(error) === "WRONGTYPE";
}

/** Returns whether an error of the store is Redis' word that this account may not do that. */
export function isNotPermitted(error: unknown): boolean {
  return wordOf(error) === "NOPERM";
}

/** Returns whether an error of the store is Redis' word about one command or key, and not about the server as a whole. */
export function isRefusal(error: unknown): boolean {
  return refusalOf(`${wordOf(error)} `)?.all === false;
}

function wordOf(error: unknown): string {
  const cause = error instanceof StoreError ? error.cause : error;
  return cause instanceof Error ? cause.message.split(" ", 1)[0] as string : "";
}

/**
 * Returns the text of an error of a connection with what else is known of it, so that its remedy follows: whether certificate
 * authorities were given, and whether one without TLS was ended before Redis had ever answered.
 */
export function withCircumstances(
  said: string,
  { hasAuthority, isTls, hasAnswered }: {
    readonly hasAuthority: boolean;
    readonly isTls: boolean;
    readonly hasAnswered: boolean;
  },
): string {
  if (hasAuthority && UNKNOWN_AUTHORITY.test(said) && !WITH_AUTHORITY.test(said)) {
    return message("redis.with_authority", { reason: said }).english;
  }
  const isCutOff = !isTls && !hasAnswered && /(ECONNRESET|EPIPE)$/.test(said);
  return isCutOff ? message("redis.before_answer", { reason: said }).english : said;
}

/** Returns whether a text says that nothing listens where a Redis is looked for when none is named. */
export function isNobodyAtDefault(said: string): boolean {
  return /\bat redis:\/\/(127\.0\.0\.1|localhost|\[::1\]):6379(\/\d+)?: .*ECONNREFUSED/.test(said);
}

/** Returns what a person can do about an error of Redis or of the connection to it. */
export function remedyOf(reply: string): Message | undefined {
  if (NO_SELECT.test(reply)) return message("redis.select_right");
  const known = refusalOf(reply);
  if (known !== undefined) return known.remedy;
  return REMEDIES.find(([pattern]) => pattern.test(reply))?.[1];
}

/** How Redis says that an account may not choose a database. */
const NO_SELECT = /NOPERM .*'select'/i;

/** How the runtime says that it trusts nobody who signed a certificate. */
const UNKNOWN_AUTHORITY = /UnknownIssuer|unable to (get|verify)|self.signed|CaUsedAsEndEntity/i;
const WITH_AUTHORITY = /, though an authority was given$/;

/** Errors that are no replies, or replies without a word of their own. */
const REMEDIES: readonly (readonly [RegExp, Message])[] = [
  [/sentinel \S+ cannot be asked: ERR unknown command/, message("redis.not_sentinel")],
  [
    /sentinel \S+ cannot be asked: .*(ECONNREFUSED|no answer)|no sentinel answers/,
    message("redis.sentinels"),
  ],
  [/ECONNREFUSED|ENOENT/, message("redis.is_running")],
  [/ENOTFOUND|EAI_AGAIN/, message("redis.host_spelling")],
  [/EACCES/, message("redis.socket_right")],
  [/max number of clients reached/, message("redis.max_clients")],
  [/protected mode/i, message("redis.protected")],
  [/cluster support disabled/, message("redis.no_cluster")],
  [/DB index is out of range/, message("redis.database_range")],
  [/SELECT is not allowed in cluster mode/, message("redis.is_cluster")],
  [WITH_AUTHORITY, message("redis.other_authority")],
  [UNKNOWN_AUTHORITY, message("redis.unknown_authority")],
  [
    /NotValidForName|altnames|Hostname/i,
    message("redis.certificate_name"),
  ],
  [/CertificateRequired|certificate required/i, message("redis.wants_certificate")],
  [/InvalidContentType|wrong version number|, before Redis had answered$/i, message("redis.plain_or_tls")],
  [/^Protocol error|reply type byte/, message("redis.is_redis")],
];
