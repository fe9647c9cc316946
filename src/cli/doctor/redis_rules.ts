/** What each figure of a Redis means for okws, and what to do about it. Pure. */
import type { ReportedFinding } from "./finding.ts";
import { keyed } from "../i18n/translate.ts";

/** The lines of INFO by name. */
export type Info = Readonly<Record<string, string>>;

/** Streams came with Redis 5; what is older than 6.2 is maintained by nobody any more. */
const NEEDED = [5, 0] as const;
const MAINTAINED = [6, 2] as const;

const MB = 1024 * 1024;

/** What to do where this user may not ask. */
export const ADMIN = keyed("doctor.as_administrator");

/** Judges the version; Valkey and others say which Redis they are compatible with. */
export function judgeVersion(info: Info): ReportedFinding {
  const version = info.redis_version;
  if (version === undefined) return ["version", "warn", keyed("doctor.no_info"), ADMIN];
  const shown = info.valkey_version === undefined ? `Redis ${version}` : `Valkey ${info.valkey_version}`;
  if (isBelow(version, NEEDED)) {
    return ["version", "fail", keyed("doctor.no_streams", { name: shown }), keyed("doctor.version_remedy")];
  }
  return isBelow(version, MAINTAINED)
    ? ["version", "warn", keyed("doctor.unmaintained", { name: shown }), keyed("doctor.version_remedy")]
    : ["version", "ok", shown];
}

/** Judges what kind of store it is; nothing is said of a Redis. */
export function judgeStore(info: Info): ReportedFinding[] {
  return info.okws_store === undefined
    ? []
    : [["store", "warn", keyed("doctor.embedded"), keyed("doctor.embedded_remedy")]];
}

/** Judges how full it is; without a limit, how much of the machine it has taken. */
export function judgeMemory(info: Info): ReportedFinding {
  const [used, limit, machine] = [info.used_memory, info.maxmemory, info.total_system_memory].map(Number) as [
    number,
    number,
    number,
  ];
  if (!Number.isFinite(used)) return ["memory", "warn", keyed("doctor.no_info"), ADMIN];
  const whole = limit > 0 ? limit : machine;
  const share = whole > 0 ? used / whole : 0;
  const message = limit > 0
    ? keyed("doctor.memory_of", { used: megabytes(used), limit: megabytes(limit) })
    : keyed("doctor.memory_unlimited", { used: megabytes(used) });
  const remedy = keyed("doctor.memory_remedy");
  if (limit > 0 && share >= 0.95) return ["memory", "fail", message, remedy];
  return share >= (limit > 0 ? 0.8 : 0.5) ? ["memory", "warn", message, remedy] : ["memory", "ok", message];
}

/** Judges what Redis does when it is full: refuse (which okws counts and says), or throw rows away in silence. */
export function judgePolicy(info: Info): ReportedFinding {
  const policy = info.maxmemory_policy;
  if (policy === undefined) {
    return ["maxmemory-policy", "warn", keyed("doctor.no_info"), ADMIN];
  }
  if (!policy.startsWith("allkeys")) return ["maxmemory-policy", "ok", policy];
  const state = Number(info.maxmemory) > 0 ? "fail" : "warn";
  return [
    "maxmemory-policy",
    state,
    keyed("doctor.evicts", { policy }),
    "redis-cli config set maxmemory-policy noeviction",
  ];
}

/** Judges the limit for pub/sub of `normal 0 0 0 slave … pubsub HARD SOFT SECONDS`. */
export function judgeBufferLimit(value: string): ReportedFinding {
  const name = "client-output-buffer-limit";
  const match = /pubsub (\d+) (\d+) (\d+)/.exec(value);
  if (match === null) return [name, "ok", keyed("doctor.no_buffer_limit")];
  const [hard, soft, seconds] = match.slice(1).map(Number) as [number, number, number];
  const shown = keyed("doctor.pubsub", { hard: megabytes(hard), soft: megabytes(soft), seconds });
  const remedy = `redis-cli config set client-output-buffer-limit "pubsub 32mb 8mb 60"`;
  if (hard === 0 && soft === 0) {
    return [name, "warn", keyed("doctor.pubsub_unlimited"), remedy];
  }
  const least = Math.min(...[hard, soft].filter((each) => each > 0));
  return least < MB
    ? [
      name,
      "warn",
      keyed("doctor.pubsub_small", { hard: megabytes(hard), soft: megabytes(soft), seconds }),
      remedy,
    ]
    : [name, "ok", shown];
}

/** Judges the role: a replica takes no writes. */
export function judgeRole(info: Info): ReportedFinding {
  if (info.loading === "1") return ["role", "warn", keyed("doctor.loading"), keyed("doctor.loading_remedy")];
  return info.role === "slave"
    ? [
      "role",
      "fail",
      keyed("doctor.replica", { host: info.master_host ?? "", port: info.master_port ?? "" }),
      keyed("doctor.replica_remedy"),
    ]
    : ["role", "ok", info.role ?? "unknown"];
}

/** Judges persistence: a Redis whose last save failed refuses every write by default. */
export function judgePersistence(info: Info, save: string | undefined): ReportedFinding {
  const names = ["rdb_last_bgsave_status", "aof_last_write_status", "aof_last_bgrewrite_status"];
  const failed = names.filter((name) => info[name] === "err");
  if (failed.length > 0) {
    const message = keyed("doctor.save_failed", { names: failed.join(", ") });
    return ["persistence", "fail", message, keyed("doctor.save_remedy")];
  }
  if (info.aof_enabled === "1") return ["persistence", "ok", keyed("doctor.append_only")];
  if (save === undefined) return ["persistence", "ok", keyed("doctor.last_snapshot")];
  return save === ""
    ? ["persistence", "ok", keyed("doctor.no_persistence")]
    : ["persistence", "ok", keyed("doctor.snapshots", { rules: save })];
}

/** Judges how many listen to a command channel: each service that does carries every command out. */
export function judgeListeners(channel: string, count: number): ReportedFinding {
  if (count === 1) return ["service", "ok", keyed("doctor.service_one", { channel })];
  return count === 0
    ? ["service", "warn", keyed("doctor.service_none", { channel }), keyed("doctor.service_start")]
    : [
      "service",
      "warn",
      keyed("doctor.service_many", { count, channel }),
      keyed("doctor.service_many_remedy"),
    ];
}

/** Reports who writes under a prefix; undefined: nobody does. */
export function judgeLease(
  prefix: string,
  holder:
    | { readonly host: string; readonly pid: number; readonly epoch: number; readonly since: number }
    | undefined,
  shard?: string,
): ReportedFinding {
  if (holder === undefined) {
    const none = shard === undefined
      ? keyed("doctor.lease_none", { prefix })
      : keyed("doctor.shard_none", { prefix, shard });
    return ["lease", "warn", none, keyed("doctor.service_start")];
  }
  const { host, pid, epoch, since } = holder;
  const who = { prefix, host, pid, epoch, since: new Date(since).toISOString() };
  return [
    "lease",
    "ok",
    shard === undefined ? keyed("doctor.lease_held", who) : keyed("doctor.shard_held", { ...who, shard }),
  ];
}

function isBelow(version: string, [major, minor]: readonly [number, number]): boolean {
  const [a = 0, b = 0] = version.split(".").map(Number);
  return a < major || (a === major && b < minor);
}

function megabytes(bytes: number): string {
  return `${(bytes / MB).toFixed(bytes < 10 * MB ? 1 : 0)} MB`;
}
