/** Redis: reachable, fast, and set up so that it keeps what okws writes and takes no more than it should. */
import type { Settings } from "../../config/shapes.ts";
import { createKeys, leaderKey, replyKey, shardsKey } from "../../store/layout/keys.ts";
import { remedyOf } from "../../shared/redis_errors.ts";
import { readHolder } from "../../store/redis/lease/holder.ts";
import { type Inspector, openInspector } from "../../store/redis/inspect.ts";
import { DEFAULT_ADDRESS, parseRedisUrl } from "../../shared/redis_url.ts";
import { formatShard, MAX_SHARDS, parseShard, type Shard, shardsOf } from "../../shared/shard.ts";
import {
  ADMIN,
  type Info,
  judgeBufferLimit,
  judgeLease,
  judgeListeners,
  judgeMemory,
  judgePersistence,
  judgePolicy,
  judgeRole,
  judgeStore,
  judgeVersion,
} from "./redis_rules.ts";
import { type Examination, explainError, type ReportedFinding, type ReportFinding } from "./finding.ts";
import { englishOf, type Message } from "../../shared/messages/message.ts";
import { keyed } from "../i18n/translate.ts";

/** How long a connection may take, and how many answers its speed is measured by. */
const CONNECT_MS = 5000;
const PINGS = 20;

/** A batch waits for one answer, so that a slow one costs freshness. */
const SLOW_MS = 5;
const SKEW_MS = 1000;

/** Returns the examination of Redis; without any REDIS_URL the embedded store may be meant. */
export function redisExaminations(settings: Settings): Examination[] {
  return [{ area: "Redis", look: (report, signal) => checkRedis(settings, report, signal) }];
}

async function checkRedis(settings: Settings, report: ReportFinding, signal: AbortSignal): Promise<void> {
  const url = settings.REDIS_URL ?? `redis://${DEFAULT_ADDRESS.hostname}:${DEFAULT_ADDRESS.port}`;
  const target = parseRedisUrl(url);
  if (target.kind === "embedded") {
    return report(
      "store",
      "warn",
      keyed("doctor.embedded"),
      keyed("doctor.embedded_remedy"),
    );
  }
  let inspector: Inspector;
  try {
    inspector = await openInspector(url, CONNECT_MS);
  } catch (error) {
    if (settings.REDIS_URL !== undefined) {
      return report("connection", "fail", explainError(error), connectRemedy(error));
    }
    return report(
      "store",
      "warn",
      keyed("doctor.no_redis", { host: DEFAULT_ADDRESS.hostname, port: DEFAULT_ADDRESS.port }),
      keyed("doctor.embedded_remedy"),
    );
  }
  await using redis = inspector;
  signal.addEventListener("abort", () => void redis[Symbol.asyncDispose]());
  report("connection", "ok", redis.shown);
  const info = await readInfo(redis);
  const rules:
    ((redis: Inspector, info: Info, settings: Settings) => Promise<ReportedFinding[]> | ReportedFinding[])[] =
      [
        (_, info) => judgeStore(info),
        (_, info) => [judgeVersion(info)],
        measureLatency,
        (_, info) => [judgeMemory(info), judgePolicy(info)],
        judgeBuffers,
        (_, info) => [judgeRole(info)],
        async (redis, info) => [judgePersistence(info, await readSave(redis))],
        compareClock,
        countListeners,
        readLease,
        tryRights,
      ];
  const refused = new Set<string>();
  for (const rule of rules) {
    try {
      for (const verdict of await rule(redis, info, settings)) report(...verdict);
    } catch (error) {
      // What it refuses to all of them (MISCONF, OOM, LOADING) is reported once, and the other rules still run.
      const reason = englishOf(explainError(error));
      if (!refused.has(reason)) {
        report("answer", "fail", reason, remedyOf(reason) ?? keyed("doctor.redis_log"));
      }
      refused.add(reason);
    }
  }
}

/** Returns what to do where there is no connection: what the error itself says to do, if it does. */
export function connectRemedy(error: unknown): Message {
  const { cause } = error instanceof Error ? error : {};
  return cause instanceof Error && remedyOf(cause.message) || keyed("doctor.redis_remedy");
}

async function readInfo(redis: Inspector): Promise<Info> {
  const text = await redis.ask("INFO").catch(() => "");
  const pairs = String(text).split(/\r?\n/).map((line) => line.split(":") as [string, ...string[]]);
  return Object.fromEntries(
    pairs.filter(([name]) => name !== "" && !name.startsWith("#")).map((
      [name, ...value],
    ) => [name, value.join(":")]),
  );
}

async function measureLatency(redis: Inspector): Promise<ReportedFinding[]> {
  const times: number[] = [];
  for (let i = 0; i < PINGS; i++) {
    const start = performance.now();
    await redis.ask("PING");
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const [median, worst] = [times[PINGS / 2] as number, times[PINGS - 1] as number];
  const message = keyed("doctor.latency_of", { median: median.toFixed(2), worst: worst.toFixed(2) });
  return [
    median > SLOW_MS
      ? ["latency", "warn", message, keyed("doctor.latency_remedy")]
      : ["latency", "ok", message],
  ];
}

/** Redis cuts off a subscriber who is that far behind. */
async function judgeBuffers(redis: Inspector): Promise<ReportedFinding[]> {
  const name = "client-output-buffer-limit";
  let reply: unknown;
  try {
    reply = await redis.ask("CONFIG", "GET", name);
  } catch {
    return [[name, "warn", keyed("doctor.no_config"), ADMIN]];
  }
  return [judgeBufferLimit(Array.isArray(reply) ? String(reply[1]) : "")];
}

/** Returns when Redis saves by itself; undefined where this user may not ask. */
async function readSave(redis: Inspector): Promise<string | undefined> {
  const reply = await redis.ask("CONFIG", "GET", "save").catch(() => undefined);
  return Array.isArray(reply) ? String(reply[1] ?? "") : undefined;
}

async function compareClock(redis: Inspector): Promise<ReportedFinding[]> {
  const start = Date.now();
  const reply = await redis.ask("TIME").catch(() => undefined);
  if (!Array.isArray(reply)) return [];
  const took = Date.now() - start;
  const theirs = Number(reply[0]) * 1000 + Number(reply[1]) / 1000;
  const skew = theirs - (start + took / 2);
  const message = keyed("doctor.redis_clock", { seconds: (skew / 1000).toFixed(3) });
  return [
    Math.abs(skew) - took / 2 > SKEW_MS
      ? ["clock", "warn", message, keyed("doctor.redis_clock_remedy")]
      : ["clock", "ok", message],
  ];
}

/** Tries what the service does, on keys of its own that are gone again at once. */
async function tryRights(redis: Inspector, _: Info, settings: Settings): Promise<ReportedFinding[]> {
  const { KEY_PREFIX, REDIS_INFO_KEY, LISTEN_CHANNEL, OKWS_INFO } = settings;
  const key = createKeys(KEY_PREFIX, "okws-doctor").path(crypto.randomUUID());
  const reply = replyKey(REDIS_INFO_KEY, `okws-doctor-${crypto.randomUUID()}`);
  const { user } = redis;
  let other = "";
  const refusedAt = async (commands: readonly Asked[]): Promise<Asked[]> => {
    const refused: Asked[] = [];
    for (const asked of commands) {
      const reason = await redis.ask(...asked).then(() => "", (error) => englishOf(explainError(error)));
      // In a cluster most keys belong to another node than the one that was asked.
      if (reason === "" || /^MOVED|^ASK/.test(reason)) continue;
      if (/NOPERM/.test(reason)) refused.push(asked);
      else other = reason;
    }
    return refused;
  };
  const verdicts: ReportedFinding[] = [];
  const remedy = keyed("doctor.rights_remedy");
  for (
    const [place, commands] of [[KEY_PREFIX, rightsToTry(key)], [REDIS_INFO_KEY, replyRights(reply)]] as const
  ) {
    const refused = new Set((await refusedAt(commands)).map(([command]) => command));
    if (refused.size === 0) continue;
    verdicts.push([
      "rights",
      "fail",
      keyed("doctor.no_key_rights", { name: user, commands: [...refused].join(", "), prefix: place }),
      remedy,
    ]);
  }
  // The right to a channel is the same for listening and for publishing, which others would receive.
  const channels =
    (await refusedAt([LISTEN_CHANNEL, OKWS_INFO, reply, key].map((each) => ["SUBSCRIBE", each])))
      .map(([, channel]) =>
        channel === reply ? `${REDIS_INFO_KEY}/*` : channel === key ? `${KEY_PREFIX}/*` : channel
      );
  if (channels.length > 0) {
    const message = keyed("doctor.no_channel_rights", { name: user, channels: channels.join(", ") });
    verdicts.push(["rights", "fail", message, remedy]);
  }
  if (verdicts.length > 0) return verdicts;
  if (other !== "") {
    const message = keyed("doctor.write_refused", { reason: other });
    return [["rights", "fail", message, remedyOf(other) ?? keyed("doctor.redis_log")]];
  }
  return [["rights", "ok", keyed("doctor.rights_ok", { name: user, prefix: KEY_PREFIX })]];
}

/** One command, name first. */
type Asked = readonly [string, ...string[]];

/** Returns what a reply to a command needs. */
function replyRights(key: string): readonly Asked[] {
  return [["SET", key, "1", "PX", "10000"], ["DEL", key]];
}

/** Returns a harmless use of each command that a service cannot do without, but for listening, which ends the asking. */
export function rightsToTry(key: string): readonly Asked[] {
  return [
    ["HSET", `${key}:h`, "a", "1", "b", "2"],
    ["HGET", `${key}:h`, "a"],
    ["HGETALL", `${key}:h`],
    ["HLEN", `${key}:h`],
    ["HDEL", `${key}:h`, "b"],
    ["HINCRBY", `${key}:h`, "a", "1"],
    ["SET", `${key}:t`, "1", "PX", "10000"],
    ["GET", `${key}:t`],
    ["GETEX", `${key}:t`, "PX", "10000"],
    ["PTTL", `${key}:t`],
    ["WATCH", `${key}:t`],
    // Nobody has this id.
    ["CLIENT", "KILL", "ID", String(Number.MAX_SAFE_INTEGER)],
    ["CLIENT", "LIST"],
    ["TYPE", `${key}:t`],
    ["TIME"],
    // A cursor is all that a right to SCAN is about; one key at most is looked at.
    ["SCAN", "0", "MATCH", `${key}:t`, "COUNT", "1"],
    ["ZADD", `${key}:z`, "1", "a", "2", "b"],
    ["ZRANGE", `${key}:z`, "0", "-1"],
    ["ZREM", `${key}:z`, "b"],
    ["SADD", `${key}:s`, "a", "b"],
    ["SMEMBERS", `${key}:s`],
    ["SREM", `${key}:s`, "b"],
    ["XADD", `${key}:x`, "*", "a", "1"],
    ["XTRIM", `${key}:x`, "MAXLEN", "1"],
    ["XREVRANGE", `${key}:x`, "+", "-", "COUNT", "1"],
    ["XRANGE", `${key}:x`, "-", "+", "COUNT", "1"],
    ["XINFO", "STREAM", `${key}:x`],
    ["XLEN", `${key}:x`],
    ["XDEL", `${key}:x`, "1-1"],
    ...["h", "t", "z", "s", "x"].map((each): [string, string] => ["DEL", `${key}:${each}`]),
    ["PUBLISH", key, ""],
  ];
}

async function countListeners(
  redis: Inspector,
  _: Info,
  { LISTEN_CHANNEL }: Settings,
): Promise<ReportedFinding[]> {
  // A node of a cluster knows its own subscribers alone.
  if (redis.mode === "cluster") return [];
  const reply = await redis.ask("PUBSUB", "NUMSUB", LISTEN_CHANNEL).catch(() => undefined);
  return Array.isArray(reply) ? [judgeListeners(LISTEN_CHANNEL, Number(reply[1]))] : [];
}

/** Who writes under the prefix, which shards may share though this file names none; a node of a cluster need not know. */
async function readLease(
  redis: Inspector,
  _: Info,
  { KEY_PREFIX, SHARD }: Settings,
): Promise<ReportedFinding[]> {
  const own = parseShard(SHARD, "doctor-0")?.count ?? 1;
  const reply = await redis.ask("HGETALL", shardsKey(KEY_PREFIX, redis.mode === "cluster")).catch(() =>
    undefined
  );
  // The client makes an object of a hash.
  const others = Object.keys(typeof reply === "object" && reply !== null ? reply : {}).map(Number);
  let first: ReportedFinding[] | undefined;
  for (const count of new Set([own, ...others.filter((each) => each > 1 && each <= MAX_SHARDS)])) {
    const found = await readHolders(redis, KEY_PREFIX, count === 1 ? [undefined] : shardsOf(count));
    if (found.some(([, state]) => state === "ok")) return found;
    first ??= found;
  }
  return first ?? [];
}

async function readHolders(
  redis: Inspector,
  keyPrefix: string,
  shards: readonly (Shard | undefined)[],
): Promise<ReportedFinding[]> {
  const found: ReportedFinding[] = [];
  for (const shard of shards) {
    const reply = await redis.ask("GET", leaderKey(keyPrefix, shard)).catch(() => undefined);
    if (reply === undefined) continue;
    found.push(judgeLease(keyPrefix, readHolder(String(reply ?? "")), shard && formatShard(shard)));
  }
  return found;
}
