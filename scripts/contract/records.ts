/** What okws itself writes and publishes in Redis beside rows. */
import type { PathResult } from "../../src/client/client.ts";
import type { CommandReply, ReloadReport, ServerPaths } from "../../src/control/command.ts";
import type { ExchangeRejection, OpenGap, SubscriptionState } from "../../src/model/events.ts";
import type { Stats } from "../../src/model/stats.ts";
import type {
  ConnectionState,
  ConnectionStatus,
  LeaseStatus,
  PathStatus,
  ServerStatus,
  ServiceStatus,
  ShardStatus,
  StandbyStatus,
} from "../../src/model/status.ts";
import { CODES } from "../../src/shared/errors.ts";
import type { Histogram } from "../../src/shared/histogram.ts";
import { OPS } from "../../src/shared/ops.ts";
import type { SubRecord } from "../../src/store/layout/subscription_record.ts";
import {
  count,
  described,
  digits,
  flag,
  jsonText,
  listOf,
  mapOf,
  object,
  oneOf,
  only,
  orNull,
  record,
  ref,
  type Schema,
  text,
  time,
  tuple,
} from "./schema.ts";

/** Those of a path that is desired: of one that is not there are none. */
const STATES: Readonly<Record<Exclude<SubscriptionState, "gone">, true>> = {
  ...{ wanted: true, sent: true, live: true, refused: true, stale: true, syncing: true },
};
const CONNECTION_STATES: Readonly<Record<ConnectionState, true>> = {
  ...{ idle: true, waiting: true, connecting: true, connected: true, stopped: true },
};

const state = oneOf(...Object.keys(STATES));
const owners = listOf(oneOf("file", "command"));
const integer: Schema = { type: "integer" };

/** Counters that are one number each; the type says which they are. */
const NUMBERS: Readonly<
  Record<Exclude<keyof Stats, "batchSize" | "batchSeconds" | "writtenSeconds">, Schema>
> = {
  ...{ startedAt: time, messages: count, characters: count, rows: count, unreadable: count },
  ...{ unexpected: count, undated: count, skipped: count, dials: count, connects: count },
  ...{ disconnects: count, refused: count, gaps: count, renewals: count, handovers: count },
  ...{ batches: count, writes: count, publishes: count, replaced: count, dropped: count },
  ...{ rejected: count, retries: count, queuedBytes: count, queuedBytesPeak: count },
  ...{ batchMs: { type: "number", minimum: 0 }, answeredAt: time, writingSince: time },
  ...{ commands: count, loginFailures: count, recorded: count, unrecorded: count },
};

const reason = record<ExchangeRejection>({ code: text, message: text, nextAt: time }, "nextAt");

/** By name. */
export const RECORDS: Readonly<Record<string, Schema>> = {
  Reason: described(reason, "Why nothing comes, and when it is tried again"),
  Subscription: described(
    record<SubRecord>(
      {
        ...{ state, since: time, receivedAt: time, exchangeAt: time, rows: count },
        ...{ error: orNull(ref("Reason")), owners, connection: text, generation: count, epoch: count },
        history: object({ rows: count, at: time }),
      },
      "history",
    ),
    "A field of P/subs, as JSON",
  ),
  OpenGap: record<OpenGap>(
    {
      ...{ from: integer, to: orNull(integer), missing: orNull(count), rows: count, left: count },
      ranges: orNull(listOf(tuple(integer, orNull(integer)))),
    },
    "left",
  ),
  OpenGaps: described(
    object({ from: integer, missing: orNull(count), gaps: listOf(ref("OpenGap")) }),
    "A field of P/gaps/open, as JSON",
  ),
  GapEntry: described(
    object({
      ...{ path: text, from: digits, to: digits, outcome: oneOf("filled", "partly", "not", "dropped") },
      ...{ rows: digits, missing: { type: "string", pattern: "^\\d*$" } },
    }),
    "An entry of P/gaps",
  ),
  GapMessage: described(
    object({
      ...{ path: text, from: integer, to: integer, outcome: oneOf("filled", "partly", "not", "dropped") },
      ...{ rows: count, missing: { anyOf: [count, only("")] } },
    }),
    "The same, as it is published",
  ),
  GapMark: described(
    object({ gap: only("dropped"), from: digits, to: digits, rows: digits }),
    "An entry of a stream in the place of those that Redis did not get",
  ),
  Wanted: described(
    object({ at: time, unsubscribed: only(true) }, "unsubscribed"),
    "A field of P/wanted, as JSON: subscribed by a command, or taken away of the file",
  ),
  StoredServer: described(
    {
      anyOf: [
        object({ endpoint: text, protocol: oneOf("v5", "v3") }),
        object({ at: time, closed: only(true) }),
      ],
    },
    "A field of <KEY_PREFIX>/servers, as JSON: opened by a command, or closed though the file names it",
  ),
  Version: described(
    { type: "string", pattern: "^\\d+-\\d+$" },
    "A number that grows, and how many fields there are, with each change of the hash beside it: P/wanted/version, <KEY_PREFIX>/servers/version",
  ),
  Leader: described(
    object(
      {
        ...{ instance: text, host: text, pid: count, epoch: count, since: time, url: text },
        ...{ embedded: flag, leaseMs: count },
      },
      "embedded",
      "leaseMs",
    ),
    "Who writes: <KEY_PREFIX>/leader, of a shard <KEY_PREFIX>/leader/2-3, as JSON",
  ),
  Epoch: described(
    object({ epoch: digits, released: digits, next: text }, "released", "next"),
    "<KEY_PREFIX>/epoch, of a shard <KEY_PREFIX>/epoch/2-3",
  ),
  Instance: described(
    object({
      ...{ mode: oneOf("warm", "cold"), host: text, pid: count, version: text, url: text },
      ...{ since: time, ready: flag, at: time, shard: text },
    }, "shard"),
    "A field of <KEY_PREFIX>/instances, as JSON: a service that stands by",
  ),
  Takeover: described(
    object({ op: oneOf("TAKEOVER", "RELOAD", "QUIT"), instance: text }, "instance"),
    "A request to hand over, published on <KEY_PREFIX>/leader, or <KEY_PREFIX>/leader/2-3 of a shard, which there also takes what commands ask of all shards",
  ),
  ConnectionStatus: described(
    oneOf("READY", "CONNECTED", "ON_DATA", "DISCONNECTED", "EXIT"),
    "P/status, a word as it is: the key, and what is published",
  ),
  Announcement: described(oneOf("CONNECTED", "EXIT"), "What is published on OKWS_INFO"),
  Mark: described({ type: "string", minLength: 1 }, "P/epoch"),
  Event: described(
    {
      anyOf: [
        object({ op: oneOf("READY", "CONNECTED", "ON_DATA", "EXIT") }),
        object({ op: only("DISCONNECTED"), reason: text }),
        object({ op: only("TAKEOVER"), epoch: count, shard: text }, "shard"),
        // Of the exchange, as it sent it, but for secrets.
        { type: "object", required: ["event"], properties: { event: text, op: false } },
      ],
    },
    "What is published on P/event",
  ),
  Command: described(
    {
      ...object(
        {
          id: { anyOf: [integer, { type: "string", pattern: "^[^\\u0000-\\u0020\\u007f]{1,128}$" }] },
          ...{ op: oneOf(...OPS), name: text, args: {}, wait: flag },
          timeoutMs: { type: "number", minimum: 1, maximum: 120_000 },
        },
        ...["id", "name", "args", "wait", "timeoutMs"],
      ),
      // Whatever else stands there is left alone.
      additionalProperties: true,
    },
    "What is published on LISTEN_CHANNEL",
  ),
  PathResult: record<PathResult>({
    path: text,
    state: oneOf(...Object.keys(STATES), "gone"),
    error: orNull(ref("Reason")),
  }),
  ServerPaths: record<ServerPaths>({ server: text, paths: listOf(text) }),
  ReloadReport: record<ReloadReport>({
    ...{ opened: listOf(text), closed: listOf(text), reopened: listOf(text), restart: listOf(text) },
    ...{ subscribed: listOf(ref("ServerPaths")), unsubscribed: listOf(ref("ServerPaths")) },
  }),
  Reply: described(
    record<CommandReply>({
      event: oneOf("info", "warn", "error"),
      message: {
        anyOf: [
          ...[text, listOf(text), listOf(ref("PathResult")), ref("ReloadReport")],
          ...[ref("ServiceStatus"), ref("ServerStatus")],
        ],
      },
      errorCode: oneOf(...Object.values(CODES), 0),
    }),
    "The reply to a command, as JSON",
  ),
  Histogram: record<Histogram>({
    ...{ bounds: listOf({ type: "number" }), counts: listOf(count), sum: { type: "number" }, count },
  }),
  PathStatus: record<PathStatus>({
    ...{ path: text, state, error: orNull(ref("Reason")), since: time, receivedAt: time, rows: count },
    ...{ owners, connection: text, generation: count, everyMs: orNull(count) },
  }),
  ConnectionState: record<ConnectionStatus>({
    ...{ endpoint: text, url: text, state: oneOf(...Object.keys(CONNECTION_STATES)), since: time },
    ...{ attempts: count, lastError: text, connId: text, receivedAt: time, subscriptions: count },
  }),
  ServerStatus: record<ServerStatus>({
    ...{ name: text, protocol: oneOf("v5", "v3"), endpoint: text, clockSkewMs: orNull({ type: "number" }) },
    ...{ connections: listOf(ref("ConnectionState")), subscriptions: listOf(ref("PathStatus")) },
  }),
  Lease: record<LeaseStatus>({
    role: oneOf("active", "waiting", "standby", "unprotected"),
    epoch: count,
    ageMs: orNull({ type: "number" }),
  }),
  Standby: record<StandbyStatus>({
    ...{ instance: text, mode: oneOf("warm", "cold"), host: text, pid: count, version: text, url: text },
    ...{ shard: text, since: time, ready: flag, ageMs: count },
  }, "shard"),
  ShardStatus: record<ShardStatus>({
    shard: text,
    holder: orNull(object({ instance: text, host: text, pid: count, url: text, epoch: count, since: time })),
  }),
  Stats: record<Stats>({
    ...NUMBERS,
    ...{ batchSize: ref("Histogram"), batchSeconds: ref("Histogram"), writtenSeconds: ref("Histogram") },
  }),
  ServiceStatus: record<ServiceStatus>(
    {
      ...{
        version: text,
        shard: text,
        shards: listOf(ref("ShardStatus")),
        lease: orNull(ref("Lease")),
        standbys: listOf(ref("Standby")),
        starting: flag,
        stopping: flag,
        outage: text,
      },
      ...{ faults: listOf(text), stats: ref("Stats"), servers: listOf(ref("ServerStatus")) },
    },
    "shard",
    "shards",
  ),
  CommandText: jsonText(ref("Command")),
  Totals: mapOf({ type: "number" }),
};
