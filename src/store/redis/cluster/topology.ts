/**
 * Which node of a cluster serves which slot, kept up to date: every known node is asked, not the one that was named first,
 * and the answer that most of them give is believed. What nodes redirect to is learnt between two such rounds.
 */
import { MessageError } from "../../../shared/errors.ts";
import { withDeadline } from "../../../shared/async/with_deadline.ts";
import { sleep } from "../../../shared/async/sleep.ts";
import { message } from "../../../shared/messages/message.ts";
import { formatHost, type HostPort } from "../../../shared/redis_url.ts";
import type { ClusterNodes } from "./nodes.ts";
import { chooseMap, isConfirmed, movedSlots, readSlotMap, type SlotMap, SLOTS } from "./slot_map.ts";
import type { RedisReply } from "../resp.ts";
import { TransportError } from "../transport.ts";

/** Settings of {@link Topology}. */
export type TopologyOptions = {
  readonly seeds: readonly HostPort[];
  readonly nodes: ClusterNodes;
  /** How long the first answer may take. */
  readonly connectTimeoutMs: number;
  /** Another map is known, or learnt. `moved` are the slots that another node serves than before. */
  readonly onChange: (moved: ReadonlySet<number>) => void;
};

/** The map is asked for at least as often. */
const REFRESH_MS = 10_000;

/** How often it is looked whether a node is silent. */
const LOOK_MS = 500;

/** How long a node may take to say who serves what; and how much longer than the first that leaves no slot out. */
const ANSWER_MS = 1000;
const LONGER_MS = 300;

/** A node that owes an answer for so long may have been replaced: the others are asked. */
const SILENT_MS = 1000;

/** Least time between two rounds of questions. */
const PAUSE_MS = 100;

/** Nodes that are remembered beyond those of the map and of the URL, the newest. */
const MAX_REMEMBERED = 100;

/** Which node serves which slot; nothing is known until {@link refresh}. */
export class Topology implements AsyncDisposable {
  readonly #options: TopologyOptions;
  readonly #closing = new AbortController();
  readonly #checking: ReturnType<typeof setInterval>;
  /** Every node that a map has named. */
  readonly #remembered = new Map<string, HostPort>();
  #map: SlotMap | undefined;
  /** As the map says, and what was learnt since. */
  #owners: (string | undefined)[] = [];
  #refreshing: Promise<void> | undefined;
  #refreshedAt = -Infinity;
  #isSuspect = false;

  constructor(options: TopologyOptions) {
    this.#options = options;
    this.#checking = setInterval(() => this.#check(), LOOK_MS);
  }

  /** Returns the name of the node that serves a slot; undefined: nobody is known to. */
  ownerOf(slot: number): string | undefined {
    return this.#owners[slot];
  }

  /** Returns the masters as far as they are known, else what the URL names. */
  masters(): readonly HostPort[] {
    return this.#map?.masters ?? this.#options.seeds;
  }

  replicas(): readonly HostPort[] {
    return this.#map?.replicas ?? [];
  }

  /** Notes that, by the word of a node, another serves this slot. */
  learn(slot: number, address: HostPort): void {
    this.suspect();
    const name = formatHost(address);
    const before = this.#owners[slot];
    if (before === name || !(slot >= 0 && slot < SLOTS)) return;
    this.#owners[slot] = name;
    this.#options.onChange(new Set(before === undefined ? [] : [slot]));
  }

  /** Has the map asked for soon: something went wrong that another one may explain. */
  suspect(): void {
    this.#isSuspect = true;
    if (this.#refreshing === undefined) void this.refresh().catch(() => {});
  }

  /** Asks for the map. Rejects when no node has one; what was known stays known then. */
  refresh(): Promise<void> {
    return this.#refreshing ??= this.#refresh().finally(() => this.#refreshing = undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    clearInterval(this.#checking);
    await this.#refreshing?.catch(() => {});
  }

  #check(): void {
    const isSilent = this.#options.nodes.all().some(({ wire }) => (wire.unansweredMs() ?? 0) > SILENT_MS);
    const age = performance.now() - this.#refreshedAt;
    if (isSilent || this.#isSuspect || age > REFRESH_MS) void this.refresh().catch(() => {});
  }

  async #refresh(): Promise<void> {
    const { signal } = this.#closing;
    const pause = PAUSE_MS - (performance.now() - this.#refreshedAt);
    if (pause > 0) await sleep(pause, signal);
    this.#isSuspect = false;
    const maps: SlotMap[] = [];
    const asked = new Set<string>();
    let reason: unknown;
    // Members of the cluster first: a node that was taken out may belong to another one by now.
    for (const group of [this.#map?.masters, this.#map?.replicas, this.#others()]) {
      const addresses = (group ?? []).filter((address) => !asked.has(formatHost(address)));
      for (const address of addresses) asked.add(formatHost(address));
      reason = await this.#askAll(addresses, maps) ?? reason;
      if (signal.aborted) throw new TransportError("the connection to the cluster is closed");
      const best = chooseMap(maps, this.#map);
      if (best?.covered === SLOTS) return this.#use(best);
    }
    this.#refreshedAt = performance.now();
    const best = chooseMap(maps, this.#map);
    if (best === undefined) {
      throw reason ?? new TransportError("no node of the cluster knows who serves a slot");
    }
    // What leaves out slots that are served is the answer of a node that is not up to date.
    if (best.covered >= (this.#map?.covered ?? 0) || isCommon(this.#map, maps, best)) this.#use(best);
  }

  /** Asks all at once, until most agree or all have had their time. Returns why one has no map. */
  async #askAll(addresses: readonly HostPort[], maps: SlotMap[]): Promise<unknown> {
    let reason: unknown;
    const enough = Promise.withResolvers<void>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const own: SlotMap[] = [];
    const asking = Promise.all(addresses.map(async (address) => {
      const map = await this.#ask(address).catch((error) => void (reason = error));
      if (map === undefined) return;
      own.push(map);
      maps.push(map);
      if (isConfirmed(map, own, addresses.length)) enough.resolve();
      if (map.covered === SLOTS && !isOver) timer ??= setTimeout(enough.resolve, LONGER_MS);
    }));
    await Promise.race([asking, enough.promise]);
    isOver = true;
    clearTimeout(timer);
    return reason;
  }

  async #ask(address: HostPort): Promise<SlotMap | undefined> {
    const ms = this.#map === undefined ? this.#options.connectTimeoutMs : ANSWER_MS;
    const node = this.#options.nodes.open(address);
    const asking = node.up.then(() => node.wire.ask([["CLUSTER", "SLOTS"]], false));
    const [reply] = await withDeadline(asking, ms, () => {
      throw new MessageError(message("redis.no_answer_within", { ms }));
    });
    if (reply instanceof Error) throw reply;
    return readSlotMap(reply as RedisReply, address);
  }

  /** Returns what the URL names, and what any map has named. */
  #others(): HostPort[] {
    return [...this.#options.seeds, ...this.#remembered.values()];
  }

  #use(map: SlotMap): void {
    const { nodes, onChange } = this.#options;
    const isFirst = this.#map === undefined;
    const isNew = map.summary !== this.#map?.summary;
    const moved = movedSlots(this.#owners, map.owners);
    this.#map = map;
    this.#owners = [...map.owners];
    this.#refreshedAt = performance.now();
    const members = [...map.masters, ...map.replicas];
    for (const address of members) this.#remember(address);
    for (const address of map.masters) nodes.open(address);
    const names = new Set(members.map(formatHost));
    for (const { name } of nodes.all()) if (!names.has(name)) nodes.leave(name);
    if (isNew || moved.size > 0) onChange(moved);
    // The first answer may be that of a node that knows least: its masters are asked too.
    if (isFirst) this.suspect();
  }

  #remember(address: HostPort): void {
    const name = formatHost(address);
    this.#remembered.delete(name);
    this.#remembered.set(name, address);
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > MAX_REMEMBERED && oldest !== undefined) this.#remembered.delete(oldest);
  }
}

/** Returns whether more than half of those that answered say so: then slots are served by nobody indeed. */
function isCommon(known: SlotMap | undefined, maps: readonly SlotMap[], best: SlotMap): boolean {
  const voters = Math.max(known?.masters.length ?? 0, maps.length);
  return 2 * maps.filter(({ summary }) => summary === best.summary).length > voters;
}
