/**
 * Who serves which slot of a Redis Cluster, as nodes say it, and which of several answers to believe: a node that was taken
 * out of its cluster serves nobody and answers with nothing, and one that is cut off goes on answering what was true
 * before.
 */
import { formatHost, type HostPort } from "../../../shared/redis_url.ts";
import type { RedisReply } from "../resp.ts";

/** Slots of a cluster. */
export const SLOTS = 16_384;

/** One node's answer to CLUSTER SLOTS. */
export type SlotMap = {
  /** The master of each slot by name; undefined where nobody serves it. */
  readonly owners: readonly (string | undefined)[];
  readonly masters: readonly HostPort[];
  readonly replicas: readonly HostPort[];
  /** How many slots have a master. */
  readonly covered: number;
  /** Equal for answers that say the same of every slot. */
  readonly summary: string;
};

/** Reads an answer to CLUSTER SLOTS that `asked` gave; undefined: it is none. */
export function readSlotMap(reply: RedisReply, asked: HostPort): SlotMap | undefined {
  if (!Array.isArray(reply)) return undefined;
  const owners: (string | undefined)[] = new Array(SLOTS).fill(undefined);
  const masters = new Map<string, HostPort>();
  const replicas = new Map<string, HostPort>();
  let covered = 0;
  const ranges: string[] = [];
  for (const range of reply) {
    const [from, to, master, ...others] = Array.isArray(range) ? range : [];
    const address = readAddress(master, asked);
    if (address === undefined) continue;
    const name = formatHost(address);
    masters.set(name, address);
    for (const other of others) {
      const replica = readAddress(other, asked);
      if (replica !== undefined) replicas.set(formatHost(replica), replica);
    }
    for (let slot = Math.max(0, Number(from)); slot <= Math.min(SLOTS - 1, Number(to)); slot++) {
      if (owners[slot] === undefined) covered += 1;
      owners[slot] = name;
    }
    ranges.push(`${from}-${to} ${name}`);
  }
  for (const name of masters.keys()) replicas.delete(name);
  return {
    owners,
    masters: [...masters.values()],
    replicas: [...replicas.values()],
    covered,
    summary: ranges.sort().join("\n"),
  };
}

/**
 * Returns the answer to believe: one that leaves out fewest slots, of those the one that most nodes give, of those one
 * that is not what is known already, since a failure is why they were asked. Undefined where none serves any slot.
 */
export function chooseMap(maps: readonly SlotMap[], known: SlotMap | undefined): SlotMap | undefined {
  const votes = (map: SlotMap) => maps.filter(({ summary }) => summary === map.summary).length;
  const isNews = (map: SlotMap) => map.summary === known?.summary ? 0 : 1;
  const [best] = maps.filter(({ covered }) => covered > 0).toSorted((a, b) =>
    b.covered - a.covered || votes(b) - votes(a) || isNews(b) - isNews(a)
  );
  return best;
}

/** Returns whether an answer has a master for each slot and more than half of `count` nodes give it. */
export function isConfirmed(map: SlotMap, maps: readonly SlotMap[], count: number): boolean {
  return map.covered === SLOTS && 2 * maps.filter(({ summary }) => summary === map.summary).length > count;
}

/** Slots that another node serves than before. */
export function movedSlots(
  before: readonly (string | undefined)[],
  after: readonly (string | undefined)[],
): Set<number> {
  const moved = new Set<number>();
  for (const [slot, owner] of before.entries()) {
    if (owner !== undefined && owner !== after[slot]) moved.add(slot);
  }
  return moved;
}

/** An empty host, or none, is that of the node that was asked; what it may not say by name (`?`) it says by address. */
function readAddress(node: RedisReply | undefined, asked: HostPort): HostPort | undefined {
  if (!Array.isArray(node)) return undefined;
  const [host, port, , details] = node;
  if (!Number.isInteger(Number(port)) || Number(port) <= 0) return undefined;
  const names = Array.isArray(details) ? details.map(String) : [];
  const address = names[names.indexOf("ip") + 1];
  const said = String(host ?? "");
  const named = said === "?" ? (names.includes("ip") ? address ?? "" : "") : said;
  return { host: named === "" ? asked.host : named, port: Number(port) };
}
