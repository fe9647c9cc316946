/** What each figure of a Redis means for okws, and what to do about it. Pure. */
import type { Verdict } from "./finding.ts";

/** The lines of INFO by name. */
export type Info = Readonly<Record<string, string>>;

/** Streams came with Redis 5; what is older than 6.2 is maintained by nobody any more. */
const NEEDED = [5, 0] as const;
const MAINTAINED = [6, 2] as const;

const MB = 1024 * 1024;

/** What to do where this user may not ask. */
export const ADMIN = "run okws doctor with the login of an administrator: --redis redis://user:password@host";

/** Valkey and others say which Redis they are like. */
export function judgeVersion(info: Info): Verdict {
  const version = info.redis_version;
  if (version === undefined) return ["version", "warn", "not to be had: this user may not run INFO", ADMIN];
  const shown = info.valkey_version === undefined ? `Redis ${version}` : `Valkey ${info.valkey_version}`;
  if (isBelow(version, NEEDED)) {
    return ["version", "fail", `${shown} has no streams`, "install Redis 6.2 or later"];
  }
  return isBelow(version, MAINTAINED)
    ? ["version", "warn", `${shown} is not maintained any more`, "install Redis 6.2 or later"]
    : ["version", "ok", shown];
}

/** How full it is. Without a limit, how much of the machine it has taken. */
export function judgeMemory(info: Info): Verdict {
  const [used, limit, machine] = [info.used_memory, info.maxmemory, info.total_system_memory].map(Number) as [
    number,
    number,
    number,
  ];
  if (!Number.isFinite(used)) return ["memory", "warn", "not to be had: this user may not run INFO", ADMIN];
  const whole = limit > 0 ? limit : machine;
  const share = whole > 0 ? used / whole : 0;
  const message = limit > 0
    ? `${megabytes(used)} of ${megabytes(limit)} (maxmemory) used`
    : `${megabytes(used)} used, no maxmemory`;
  const remedy = "give it more (redis-cli config set maxmemory 2gb), or keep fewer rows (MAX_ROW)";
  if (limit > 0 && share >= 0.95) return ["memory", "fail", message, remedy];
  return share >= (limit > 0 ? 0.8 : 0.5) ? ["memory", "warn", message, remedy] : ["memory", "ok", message];
}

/** What Redis does when it is full: refuse (which okws counts and says), or throw rows away in silence. */
export function judgePolicy(info: Info): Verdict {
  const policy = info.maxmemory_policy;
  if (policy === undefined) {
    return ["maxmemory-policy", "warn", "not to be had: this user may not run INFO", ADMIN];
  }
  if (!policy.startsWith("allkeys")) return ["maxmemory-policy", "ok", policy];
  const state = Number(info.maxmemory) > 0 ? "fail" : "warn";
  return [
    "maxmemory-policy",
    state,
    `${policy}: a full Redis throws rows away without a word`,
    "redis-cli config set maxmemory-policy noeviction",
  ];
}

/** The part for pub/sub of `normal 0 0 0 slave … pubsub HARD SOFT SECONDS`. */
export function judgeBufferLimit(value: string): Verdict {
  const name = "client-output-buffer-limit";
  const match = /pubsub (\d+) (\d+) (\d+)/.exec(value);
  if (match === null) return [name, "ok", "none is told"];
  const [hard, soft, seconds] = match.slice(1).map(Number) as [number, number, number];
  const shown = `pubsub ${megabytes(hard)} at once, ${megabytes(soft)} for ${seconds} s`;
  const remedy = `redis-cli config set client-output-buffer-limit "pubsub 32mb 8mb 60"`;
  if (hard === 0 && soft === 0) {
    return [name, "warn", "pubsub without a limit: one slow subscriber can fill Redis", remedy];
  }
  const least = Math.min(...[hard, soft].filter((each) => each > 0));
  return least < MB
    ? [
      name,
      "warn",
      `pubsub ${megabytes(hard)} at once, ${
        megabytes(soft)
      } for ${seconds} s: subscribers are cut off at the first burst`,
      remedy,
    ]
    : [name, "ok", shown];
}

/** A replica takes no writes. */
export function judgeRole(info: Info): Verdict {
  if (info.loading === "1") return ["role", "warn", "Redis is still loading its data", "wait"];
  return info.role === "slave"
    ? [
      "role",
      "fail",
      `a replica of ${info.master_host}:${info.master_port}, which takes no writes`,
      "let REDIS_URL name the master, or use redis+sentinel://",
    ]
    : ["role", "ok", info.role ?? "unknown"];
}

/** A Redis whose last save failed refuses every write by default. */
export function judgePersistence(info: Info, save: string | undefined): Verdict {
  const names = ["rdb_last_bgsave_status", "aof_last_write_status", "aof_last_bgrewrite_status"];
  const failed = names.filter((name) => info[name] === "err");
  if (failed.length > 0) {
    const message = `the last save failed (${failed.join(", ")}), so that Redis may refuse writes`;
    return ["persistence", "fail", message, "free its disk, see its log, then: redis-cli bgsave"];
  }
  if (info.aof_enabled === "1") return ["persistence", "ok", "append-only file"];
  if (save === undefined) return ["persistence", "ok", "the last snapshot did not fail"];
  return save === ""
    ? ["persistence", "ok", "none: a restart of Redis forgets what commands have subscribed"]
    : ["persistence", "ok", `snapshots: ${save}`];
}

/** Each service that listens carries every command out. */
export function judgeListeners(channel: string, count: number): Verdict {
  if (count === 1) return ["service", "ok", `one listens on ${channel}`];
  return count === 0
    ? ["service", "warn", `none listens on ${channel}`, "start one: okws serve, or okws service install"]
    : [
      "service",
      "warn",
      `${count} listen on ${channel}: each carries out every command`,
      "stop all but one, or give each its own LISTEN_CHANNEL and KEY_PREFIX",
    ];
}

function isBelow(version: string, [major, minor]: readonly [number, number]): boolean {
  const [a = 0, b = 0] = version.split(".").map(Number);
  return a < major || (a === major && b < minor);
}

function megabytes(bytes: number): string {
  return `${(bytes / MB).toFixed(bytes < 10 * MB ? 1 : 0)} MB`;
}
