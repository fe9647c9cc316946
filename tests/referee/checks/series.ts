/**
 * What happened is in Redis exactly once, or a record in `P/gaps` covers it: trades, events, bars that have closed. A
 * record covers what happened within its time and does not claim to be filled.
 */
import { asHash } from "../exchange/rows.ts";
import type { Happened } from "../exchange/series.ts";
import { key, nameOf, WATCHED, type Watched } from "../paths.ts";
import type { Environment } from "../environment.ts";
import type { Finding } from "./finding.ts";

export type GapRecord = { path: string; from: number; to: number; outcome: string };

/** What the reference leaves open about the ends of a gap: `from` and `to` are times of receipt. */
const SLACK_MS = 2000;
/** How many missing ones are printed. */
const SHOWN = 4;

/** All of it: how often each thing is there, with the row, and the records of gaps. */
export async function checkSeries(environment: Environment): Promise<Finding[]> {
  const findings: Finding[] = [];
  const gaps = new Map<string, GapRecord[]>();
  for (const server of ["m", "n"]) gaps.set(server, await readGaps(environment, server));
  for (const item of WATCHED) {
    if (item.kind !== "events" && item.kind !== "bars") continue;
    const there = await readSeries(environment, item);
    const happened = happenedOf(environment, item);
    const records = gaps.get(item.server)!.filter(({ path }) => path === item.path);
    findings.push(...judgeSeries(environment, item, { happened, there, records }));
  }
  return findings;
}

function judgeSeries(
  environment: Environment,
  item: Watched,
  { happened, there, records }: {
    happened: Happened[];
    there: Map<string, Happened["row"][]>;
    records: GapRecord[];
  },
): Finding[] {
  const name = nameOf(item);
  const findings: Finding[] = [];
  const find = (what: string, evidence: string) =>
    findings.push({ what: `${name} ${what}`, evidence, patienceMs: 0 });
  const want = environment.wants.get(name)!;
  const since = Math.max(want.since, environment.resets.get(name) ?? 0);
  const anchor = environment.anchors.get(name) ?? Infinity;
  const twice = [...there].filter(([, rows]) => rows.length > 1).map(([id]) => id);
  if (twice.length > 0) find("has events twice", `${twice.length}: ${twice.slice(0, SHOWN).join(" ")}`);
  // Of those that have to be there; looked at again, they are the same.
  if (want.state === "yes") {
    environment.compared.events += happened.filter(({ at }) => at > since && at > anchor).length;
  }
  const missing = happened.filter(({ id, at }) =>
    !there.has(id) && at > since && !covers(records, at, false)
  );
  const owed = want.state === "yes" ? missing.filter(({ at }) => at > anchor) : [];
  if (owed.length > 0) find("lacks events that no gap covers", `${show(owed)}; ${showRecords(records)}`);
  const claimed = want.state === "yes" ? missing.filter(({ at }) => covers(records, at, true)) : [];
  if (claimed.length > 0) find("has a gap filled that is not", `${show(claimed)}; ${showRecords(records)}`);
  const spoiled = happened.find(({ id, row }) =>
    there.has(id) && item.kind === "events" && !isSame(there.get(id)![0]!, row)
  );
  if (spoiled) {
    find(
      "has an event that is not as it was sent",
      `${JSON.stringify(spoiled.row)}; in Redis ${JSON.stringify(there.get(spoiled.id)![0])}`,
    );
  }
  if (item.kind === "bars") {
    for (const { id, row } of happened) {
      const found = there.get(id)?.[0];
      const expected = row.bar as string[];
      if (
        !found || Number(id) < since ||
        expected.every((value, index) => Object.values(found)[index] === value)
      ) continue;
      find(
        "has a closed bar that is not the final one",
        `${expected.join(" ")}; in Redis ${Object.values(found).join(" ")}`,
      );
      break;
    }
  }
  return findings;
}

/** Members that REST and the sockets have in common, in a native or a legacy row. */
function isSame(found: Happened["row"], row: Happened["row"]): boolean {
  const expected = asHash(row);
  const legacy: Readonly<Record<string, string>> = { price: "px", size: "sz", side: "side" };
  if ("instrument_id" in found) {
    return Object.entries(legacy).every(([name, native]) => found[name] === expected[native]);
  }
  return ["instId", "px", "sz", "side", "ts", "details"].every((name) => found[name] === expected[name]);
}

/** Whether a record covers this moment: one that is filled well within its ends, any other with some room beyond. */
export function covers(records: readonly GapRecord[], at: number, filled: boolean): boolean {
  const room = filled ? -SLACK_MS / 2 : SLACK_MS;
  return records.some(({ from, to, outcome }) =>
    (outcome === "filled") === filled && at >= from - room && at <= to + room
  );
}

function happenedOf(environment: Environment, { kind, feed }: Watched): Happened[] {
  const { market } = environment.exchange.stage;
  return kind === "bars" ? market.bars.get(feed)!.closed : market.tapes.get(feed)!.list;
}

/** What is in Redis, by id. */
async function readSeries(environment: Environment, item: Watched): Promise<Map<string, Happened["row"][]>> {
  const { operator } = environment.redis;
  const name = key(item.server, item.path);
  const found = new Map<string, Happened["row"][]>();
  const add = (id: string, row: Happened["row"]) => found.set(id, [...found.get(id) ?? [], row]);
  if (item.kind === "bars") {
    const members = await operator.zrange(name, "0", "-1").catch(() => []);
    const rows = await readHashes(environment, members.map((member) => `${name}/${member}`));
    for (const [index, member] of members.entries()) {
      const row = rows[index]!;
      // A bar that is still open is there under its time as well.
      if (row.confirm === "1") add(member, inOrder(row));
    }
  } else if (item.path.startsWith("spot/")) {
    const index = key(item.server, "spot/trade");
    const members = await operator.zrange(index, "0", "-1").catch(() => []);
    for (const row of await readHashes(environment, members.map((member) => `${index}/${member}`))) {
      if (row.instrument_id === item.arg.instId) add(row.trade_id ?? "", row);
    }
  } else {
    for (const [, fields] of await operator.xrange(name, "-", "+").catch(() => [])) {
      const row = Object.fromEntries(pairs(fields));
      if (row.gap) continue;
      add(row.tradeId ?? JSON.parse(row.details ?? "[{}]")[0].sz, row);
    }
  }
  return found;
}

async function readHashes(
  environment: Environment,
  names: readonly string[],
): Promise<Record<string, string>[]> {
  if (names.length === 0) return [];
  const chain = environment.redis.operator.pipeline();
  for (const name of names) chain.hgetall(name);
  return (await chain.exec())!.map(([, row]) => row as Record<string, string> | undefined ?? {});
}

function inOrder(row: Readonly<Record<string, string>>): Record<string, string> {
  const names = ["ts", "open", "high", "low", "close", "vol", "volCcy", "volCcyQuote", "confirm"];
  return Object.fromEntries(names.map((name) => [name, row[name] ?? ""]));
}

function pairs(fields: readonly string[]): [string, string][] {
  return Array.from(
    { length: fields.length / 2 },
    (_, index) => [fields[2 * index]!, fields[2 * index + 1]!],
  );
}

/** Records that are settled, and those that are still open: these reach to now. */
async function readGaps(environment: Environment, server: string): Promise<GapRecord[]> {
  const { operator } = environment.redis;
  const settled = (await operator.xrange(key(server, "gaps"), "-", "+").catch(() => [])).map(([, fields]) => {
    const { path, from, to, outcome } = Object.fromEntries(pairs(fields));
    return { path: path!, from: Number(from), to: Number(to), outcome: outcome! };
  });
  const open = Object.entries(await operator.hgetall(key(server, "gaps/open")).catch(() => ({}))).map(
    ([path, text]) => ({ path, from: startOf(text), to: Infinity, outcome: "open" }),
  );
  return [...settled, ...open];
}

/** When a gap that is not settled began; from the beginning where that cannot be read. */
function startOf(text: string): number {
  const record = JSON.parse(text);
  const first = Array.isArray(record) ? record[0] : record;
  return Number(first?.from ?? 0) || 0;
}

function show(list: readonly Happened[]): string {
  const some = list.slice(0, SHOWN).map(({ id, at, sentAt }) =>
    `${id} at ${clock(at)} ${sentAt === undefined ? "never sent" : `sent ${clock(sentAt)}`}`
  );
  return `${list.length} missing: ${some.join(", ")}`;
}

function showRecords(records: readonly GapRecord[]): string {
  const some = records.slice(-6).map(({ from, to, outcome }) => `${clock(from)} to ${clock(to)} ${outcome}`);
  return `${records.length} records${some.length > 0 ? `: ${some.join(", ")}` : ""}`;
}

export function clock(ms: number): string {
  return Number.isFinite(ms) && ms > 0 ? new Date(ms).toISOString().slice(11, 23) : "…";
}
