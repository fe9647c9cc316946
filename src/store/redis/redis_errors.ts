/**
 * What Redis says when it does not do what it was told, by the first word of its reply: whether that is about the server
 * for now (the batch is sent again) or about one key for good (it is counted), and what a person can do.
 */
import { StoreError } from "../../shared/errors.ts";

/** One row of the table. */
export type RedisRefusal = {
  /** The whole batch waits: the server refuses everything for now. */
  readonly all: boolean;
  /** The connection leads to the wrong server: it is dropped and the address looked up anew. */
  readonly elsewhere?: boolean;
  readonly remedy: string;
};

const REFUSALS: Readonly<Record<string, RedisRefusal>> = {
  OOM: { all: true, remedy: "this Redis is full: raise its maxmemory, or make room in it" },
  READONLY: {
    all: true,
    elsewhere: true,
    remedy: "this is a replica: name the master in REDIS_URL, or the sentinels with redis+sentinel://",
  },
  LOADING: { all: true, remedy: "this Redis still reads its data; okws waits for it" },
  MASTERDOWN: {
    all: true,
    elsewhere: true,
    remedy:
      "this replica has lost its master: look at the master, or name the sentinels with redis+sentinel://",
  },
  CLUSTERDOWN: {
    all: true,
    remedy: "some slots of this cluster are served by nobody: see redis-cli cluster info and cluster nodes",
  },
  TRYAGAIN: { all: true, remedy: "slots of this cluster are being moved; okws tries again" },
  MOVED: { all: true, remedy: "this is a node of a cluster: write redis+cluster:// in REDIS_URL" },
  ASK: { all: true, remedy: "this is a node of a cluster: write redis+cluster:// in REDIS_URL" },
  MISCONF: { all: true, remedy: "this Redis cannot write to its disk: see its log" },
  NOREPLICAS: {
    all: true,
    remedy: "too few replicas are connected: see min-replicas-to-write of this Redis",
  },
  BUSY: { all: true, remedy: "a script blocks this Redis: redis-cli script kill" },
  NOAUTH: { all: true, elsewhere: true, remedy: "give the password in REDIS_URL, or REDIS_PASSWORD_FILE" },
  // A transaction that was given up for one of the reasons above.
  EXECABORT: { all: true, remedy: "a transaction was given up; okws tries again" },
  WRONGPASS: {
    all: true,
    elsewhere: true,
    remedy: "user or password of REDIS_URL (or REDIS_PASSWORD_FILE) is wrong, or the user is off",
  },
  NOPERM: {
    all: false,
    remedy: "this user may not do that: okws redis-acl prints the rights that okws needs",
  },
  WRONGTYPE: {
    all: false,
    remedy: "something else keeps data under that key: delete or rename it, or set another KEY_PREFIX",
  },
  CROSSSLOT: { all: false, remedy: "KEY_PREFIX must not hold an empty pair of braces in a cluster" },
};

/** The row for a reply; undefined for what is not in the table. */
export function refusalOf(message: string): RedisRefusal | undefined {
  return REFUSALS[message.split(" ", 1)[0] as string];
}

/** Whether an error of the store is Redis' word that a key holds something of another type. */
export function isWrongType(error: unknown): boolean {
  return wordOf(error) === "WRONGTYPE";
}

/** Whether an error of the store is Redis' word that this account may not do that. */
export function isNotPermitted(error: unknown): boolean {
  return wordOf(error) === "NOPERM";
}

/** Whether an error of the store is Redis' word about one command or key, and not about the server as a whole. */
export function isRefusal(error: unknown): boolean {
  return refusalOf(`${wordOf(error)} `)?.all === false;
}

function wordOf(error: unknown): string {
  const cause = error instanceof StoreError ? error.cause : error;
  return cause instanceof Error ? cause.message.split(" ", 1)[0] as string : "";
}

/** What a person can do about an error of Redis or of the connection to it. */
export function remedyOf(message: string): string | undefined {
  const known = refusalOf(message);
  if (known !== undefined) return known.remedy;
  return REMEDIES.find(([pattern]) => pattern.test(message))?.[1];
}

/** Errors that are no replies, or replies without a word of their own. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [/ECONNREFUSED|ENOENT/, "is redis-server running?"],
  [/ENOTFOUND|EAI_AGAIN/, "is the host of REDIS_URL spelled right?"],
  [/EACCES/, "this user may not open that socket"],
  [/max number of clients reached/, "raise maxclients of this Redis"],
  [/protected mode/i, "this Redis takes no remote connections: set a password and bind it"],
  [/cluster support disabled/, "this is no cluster: write redis:// in REDIS_URL"],
  [/DB index is out of range/, "this Redis has fewer databases than REDIS_URL names"],
  [
    /UnknownIssuer|unable to (get|verify)|self.signed|CaUsedAsEndEntity/i,
    "name the certificate authority with ?ca=/path or REDIS_CA",
  ],
  [
    /NotValidForName|altnames|Hostname/i,
    "the certificate is for another name: see ?servername= of REDIS_URL",
  ],
  [/CertificateRequired|certificate required/i, "this Redis wants a certificate: ?cert=/path&key=/path"],
  [/InvalidContentType|wrong version number/i, "is that port TLS? redis:// is plain, rediss:// is TLS"],
  [/sentinels are unreachable/, "are the sentinels running, and is the master's name right?"],
];
