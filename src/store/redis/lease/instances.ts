/**
 * The services that stand by under a KEY_PREFIX, as each of them says of itself every few seconds: one field of a hash. What
 * is older than a few of these is gone, and is removed by the others. Nothing is decided by it.
 */
import { parseObject } from "../../../shared/json_object.ts";
import { sleep } from "../../../shared/async/sleep.ts";
import type { StandbyStatus } from "../../../model/status.ts";
import { formatShard, type Shard } from "../../../shared/shard.ts";
import { instancesKey } from "../../layout/keys.ts";
import { StoreError } from "../../../shared/errors.ts";
import { message } from "../../../shared/messages/message.ts";
import { reasonOf } from "../connect.ts";
import { refusalOf } from "../../../shared/redis_errors.ts";
import { ReplyError } from "../resp.ts";
import { TransportError } from "../transport.ts";
import type { SendCommands } from "./lease_keys.ts";

/** Settings of {@link Instances}. */
export type InstancesOptions = {
  readonly keyPrefix: string;
  readonly instance: string;
  /** Undefined: there are no shards. */
  readonly shard?: Shard | undefined;
  /** What is said of this process; undefined: it does not stand by. */
  readonly describe: () => Omit<StandbyStatus, "instance" | "ageMs"> | undefined;
  /** Called when Redis has taken that, or with why it takes nothing at all. */
  readonly onAnnounced?: (refusal: StoreError | undefined) => void;
  readonly everyMs?: number;
};

const EVERY_MS = 2000;

/** What is older is of a process that is gone. */
const KEEP_MS = 15_000;

/** Fields taken; of more the oldest are removed. */
const MAX_INSTANCES = 50;

/** Longest text taken of one. */
const MAX_TEXT = 2000;

/** The services that stand by; none is known at first. */
export class Instances implements Disposable {
  readonly #options: InstancesOptions;
  readonly #key: string;
  readonly #closing = new AbortController();
  #standbys: readonly StandbyStatus[] = [];
  #ask: SendCommands | undefined;
  #isAnnounced = false;

  constructor(options: InstancesOptions) {
    this.#options = options;
    this.#key = instancesKey(options.keyPrefix);
  }

  /** Returns those that stand by, as they were when they were read last. */
  list(): readonly StandbyStatus[] {
    return this.#standbys;
  }

  /** Writes its own state, and reads that of the others, from now on. */
  begin(ask: SendCommands): void {
    this.#ask = ask;
    void this.#keep();
  }

  /** Writes its own state now. A refusal by Redis changes nothing. */
  async announce(): Promise<void> {
    const ask = this.#ask;
    if (ask === undefined) return;
    const { instance, shard, describe } = this.#options;
    const of = shard === undefined ? {} : { shard: formatShard(shard) };
    const [time] = await ask([["TIME"]]);
    const [reply] = await ask([["HGETALL", this.#key]]);
    if (!Array.isArray(time) || !Array.isArray(reply)) return;
    const now = Number(time[0]) * 1000 + Number(time[1]) / 1000;
    const texts = reply.map(String);
    const found = texts.flatMap((name, i) => i % 2 === 0 ? [readStandby(name, texts[i + 1] ?? "", now)] : []);
    const fresh = found.filter(({ ageMs, instance: other }) => ageMs < KEEP_MS && other !== instance)
      .toSorted((a, b) => a.ageMs - b.ageMs).slice(0, MAX_INSTANCES);
    const own = describe();
    const kept = new Set(fresh.map((each) => each.instance));
    const gone = found.map((each) => each.instance).filter((each) =>
      !kept.has(each) && (own === undefined || each !== instance)
    );
    // Nobody stands by for another shard.
    this.#standbys = [
      ...fresh.filter((each) => each.shard === of.shard),
      ...own === undefined ? [] : [{ ...own, ...of, instance, ageMs: 0 }],
    ]
      .toSorted((a, b) => a.since - b.since);
    // One that only reads leaves what is gone to the others, but for its own.
    const removed = own === undefined ? gone.filter((each) => each === instance) : gone;
    const text = JSON.stringify({ ...own, ...of, at: Math.round(now) });
    const replies = await ask([
      ...removed.length === 0 ? [] : [["HDEL", this.#key, ...removed] as const],
      ...own === undefined ? [] : [["HSET", this.#key, instance, text] as const],
    ]);
    this.#isAnnounced = own !== undefined;
    const last = own === undefined ? undefined : replies.at(-1);
    if (!(last instanceof TransportError)) this.#options.onAnnounced?.(refusalIn(last));
  }

  /** Removes the entry of this process. */
  async withdraw(): Promise<void> {
    this[Symbol.dispose]();
    if (this.#isAnnounced) await this.#ask?.([["HDEL", this.#key, this.#options.instance]]);
  }

  [Symbol.dispose](): void {
    this.#closing.abort();
  }

  async #keep(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await this.announce();
      await sleep(this.#options.everyMs ?? EVERY_MS, signal);
    }
  }
}

/** Returns why Redis takes no writes, whosever they are; undefined: it does, or it is about this one. */
function refusalIn(reply: unknown): StoreError | undefined {
  if (!(reply instanceof ReplyError) || refusalOf(reply.message)?.all !== true) return undefined;
  return new StoreError(message("redis.refuses", { reason: reasonOf(reply) }), { cause: reply });
}

/** Returns what another process says of itself; what cannot be read is as old as can be. */
function readStandby(instance: string, text: string, now: number): StandbyStatus {
  const said = text.length > MAX_TEXT ? {} : parseObject(text) ?? {};
  const stringMember = (name: string) => typeof said[name] === "string" ? said[name] as string : "";
  const numberMember = (name: string) => typeof said[name] === "number" ? said[name] as number : 0;
  return {
    instance,
    mode: said.mode === "cold" ? "cold" : "warm",
    host: stringMember("host"),
    pid: numberMember("pid"),
    version: stringMember("version"),
    url: stringMember("url"),
    since: numberMember("since"),
    ready: said.ready === true,
    ...(typeof said.shard === "string" ? { shard: said.shard } : {}),
    ageMs: Math.max(0, Math.round(now - numberMember("at"))),
  };
}
