/**
 * Every recorded frame goes the way of a live one: decoded, projected, written, and read back through the client. What
 * must be there is worked out here by itself, from the recording and the layout that is promised to users.
 *
 * The recordings lie beside the repository and are not part of it; without them these tests are reported as skipped.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { deflateRawSync } from "node:zlib";
import { type Client, connect } from "../../src/client/client.ts";
import { startEmbedded } from "../../src/embedded/server.ts";
import { CODECS, type Protocol } from "../../src/okx/codec.ts";
import type { DataFrame, Frame, Row } from "../../src/okx/frame.ts";
import { parseTopicOf, type Topic } from "../../src/okx/topic.ts";
import { OrderBooks } from "../../src/session/recovery/books.ts";
import { Projector } from "../../src/store/layout/projector.ts";
import { openStore } from "../../src/store/redis/redis_store.ts";
import { testWith } from "../support/needs.ts";

const CAPTURES = new URL("../../../shared/captures/", import.meta.url);
const files = listCaptures();

type Count = { frames: number; rows: number; equal: number; note: string };

/** One recorded row and where it must be found. */
type Expected = { readonly path: string; readonly storage: string; readonly row: Row };

for (const protocol of ["v5", "v3"] as const) {
  testWith(
    ["recordings"],
    `every recorded ${protocol} row lands in Redis and reads back equal through the client`,
    () => conform(protocol),
  );
}

testWith(
  ["recordings"],
  "every recorded frame is classified, and recorded books replay to the end without a gap",
  async () => {
    const kinds = new Map<string, number>();
    const unknown: string[] = [];
    for (
      const file of files.filter((name) => /^(doc\.)?v[35]\./.test(name) && !/\.requests\.|-row\./.test(name))
    ) {
      for (const frame of await decodeFile(file)) {
        if (frame.kind === "unknown") unknown.push(`${file}: ${frame.reason}`);
        kinds.set(frame.kind, (kinds.get(frame.kind) ?? 0) + 1);
      }
    }
    assert.deepEqual(unknown, []);
    assert.ok((kinds.get("data") ?? 0) > 900, JSON.stringify([...kinds]));
    // Only cryptofeed's recordings hold whole books; those of other projects were shortened by their authors.
    let steps = 0;
    for (const file of files.filter((name) => /cryptofeed.*(books|depth)/.test(name))) {
      const books = new OrderBooks({ snapshotMs: 1000, silentMs: Infinity });
      for (const frame of await decodeFile(file)) {
        if (frame.kind !== "data") continue;
        const verdict = books.onFrame(JSON.stringify(frame.arg), frame, 0);
        assert.equal(verdict.broken, undefined, `${file}: ${JSON.stringify(frame.arg)}`);
        steps += 1;
      }
    }
    assert.ok(steps > 500, `${steps} book messages replayed`);
  },
);

async function conform(protocol: Protocol): Promise<void> {
  await using embedded = startEmbedded();
  await using store = await openStore(embedded.url);
  await using client = await connect({ redisUrl: embedded.url });
  const counts = new Map<string, Count>();
  for (const [i, file] of files.filter((name) => isPushes(protocol, name)).entries()) {
    const server = `s${i}`;
    const projector = new Projector({ keyPrefix: "okex", server, maxRow: 10_000 });
    const books = new OrderBooks({ snapshotMs: 1000, silentMs: Infinity });
    const expected: Expected[] = [];
    for (const frame of await decodeFile(file)) {
      if (frame.kind !== "data") continue;
      const topic = topicOfFrame(protocol, frame);
      const count = countOf(counts, topic.table);
      count.frames += 1;
      const at = 1_700_000_000_000 + count.frames;
      if (topic.storage === "book") {
        const { view, broken } = books.onFrame(topic.upstream, frame, at);
        count.rows += frame.rows.length;
        await store.apply(projector.project({ kind: "book", topics: [topic], frame, book: view, at }));
        if (broken === undefined) count.equal += frame.rows.length;
        else count.note = "shortened by its author: its checksum fails, and okws says syncing";
        continue;
      }
      const { rejected } = await store.apply(projector.project({ kind: "rows", topics: [topic], frame, at }));
      assert.equal(rejected, 0, file);
      // A row of an account is one of its own and one for each currency.
      const places = frame.rows.flatMap((row) => expectedOf(topic, row));
      count.rows += places.length;
      expected.push(...places);
    }
    for (const { storage, path } of await check(client, server, expected)) {
      countOf(counts, path.split(":")[0] as string).equal += 1;
      assert.ok(storage);
    }
  }
  print(protocol, counts);
  for (const [table, { rows, equal, note }] of counts) if (note === "") assert.equal(equal, rows, table);
}

/** Reads every expected row back; answers those that are there, with all members equal. */
async function check(client: Client, server: string, expected: readonly Expected[]): Promise<Expected[]> {
  const good: Expected[] = [];
  const series = new Map<string, Record<string, string>[]>();
  // Of rows with the same place the last one stays; those it replaced did land, and cannot be read any more.
  const last = new Map(expected.map((each) => [placeOf(each), each]));
  for (const each of expected) {
    const { path, storage } = each;
    const kept = storage === "events" ? each : last.get(placeOf(each)) as Expected;
    if (!series.has(path)) {
      const cached = await client.get(server, path);
      series.set(path, Array.isArray(cached) ? cached : cached === undefined ? [] : [cached]);
    }
    const found = (series.get(path) ?? []).some((row) => isEqual(row, kept.row));
    assert.ok(
      found,
      `${path}: ${JSON.stringify(kept.row)} is not among ${JSON.stringify(series.get(path))?.slice(0, 600)}`,
    );
    good.push(each);
  }
  return good;
}

/** Where the layout promises a row, and the members it must have. */
function expectedOf(topic: Topic, value: unknown): Expected[] {
  const { storage, table, path } = topic;
  if (storage === "candle") {
    const source = value as { candle?: unknown[] };
    const cells = (Array.isArray(value) ? value : source.candle ?? []).map(String);
    const legacy = ["timestamp", "open", "high", "low", "close", "volume", "currency_volume"];
    const native = /^(index|mark-price)-/.test(table)
      ? ["ts", "open", "high", "low", "close", "confirm"]
      : table.startsWith("sprd-")
      ? ["ts", "open", "high", "low", "close", "vol", "confirm"]
      : ["ts", "open", "high", "low", "close", "vol", "volCcy", "volCcyQuote", "confirm"];
    const names = Array.isArray(value) ? native : legacy;
    return [{ path, storage, row: Object.fromEntries(cells.map((cell, i) => [names[i] as string, cell])) }];
  }
  // The row of this table is wrapped in the name of its wallet.
  const row = table === "futures/account"
    ? (value as Record<string, Row>)[path.split(":")[1] as string] as Row
    : value as Row;
  if (storage === "balances") {
    const { details = [], balData = [], posData = [], ...own } = row as Row & Record<string, Row[]>;
    return [
      { path: table, storage, row: own },
      ...[...details as Row[], ...balData as Row[]].map((part) => ({
        path: `${table}:${part.ccy}`,
        storage,
        row: part,
      })),
      ...(posData as Row[]).map((part) => ({ path: `${table}:${part.posId}`, storage, row: part })),
    ];
  }
  if (storage === "open") return [{ path: `${table}:${row[topic.key[0] as string]}`, storage, row }];
  if (storage === "latest" && topic.key.length > 0) {
    const parts = topic.key.map((name) => row[name]).filter((part) => part !== undefined && part !== "");
    // Titles have spaces, which a key writes as codes.
    const id = parts.map((part) => encodeURIComponent(String(part))).join(":");
    return [{ path: id === "" ? path : `${table}:${id}`, storage, row }];
  }
  return [{ path, storage, row }];
}

function placeOf({ path, storage, row }: Expected): string {
  if (storage === "candle") return `${path} ${row.ts ?? row.timestamp}`;
  if (storage === "trades") return `${path} ${row.trade_id ?? row.order_id ?? row.algo_id}`;
  return storage === "instruments" ? `${path} ${row.instId ?? row.instrument_id}` : path;
}

function isEqual(found: Readonly<Record<string, string>>, row: Row): boolean {
  return Object.entries(row).every(([name, value]) => found[name] === textOf(value));
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The subscription that a recorded push belongs to; older recordings name the family by its underlying. */
function topicOfFrame(protocol: Protocol, frame: DataFrame): Topic {
  const { uid: _, generated: __, uly, ...arg } = frame.arg as Record<string, string>;
  const [row] = frame.rows as Row[];
  const input = protocol === "v3"
    ? arg.instId === undefined ? arg.channel : `${arg.channel}:${arg.instId}`
    : { ...arg, ...(uly === undefined ? {} : { instFamily: uly }) };
  const topic = parseTopicOf(protocol, input);
  if (topic.kind === "topic") return topic;
  // Documentation samples of two channels leave out the argument that their subscription needs.
  const filled = parseTopicOf(protocol, {
    ...arg,
    instType: row?.instType ?? "EVENTS",
    instId: row?.instId ?? "",
  });
  assert.equal(filled.kind, "topic", `${JSON.stringify(frame.arg)}: ${topic.message}`);
  return filled as Topic;
}

async function decodeFile(file: string): Promise<Frame[]> {
  const protocol = file.replace("doc.", "").startsWith("v3") ? "v3" : "v5";
  const frames: Frame[] = [];
  for (const line of (await Deno.readTextFile(new URL(file, CAPTURES))).split("\n")) {
    if (line !== "") frames.push(...await CODECS[protocol].decode(rawOf(protocol, line)));
  }
  return frames;
}

/** A line as it came over the wire: v3 frames are deflated, and one file keeps the original bytes. */
function rawOf(protocol: Protocol, line: string): string | ArrayBuffer {
  if (protocol === "v5") return line;
  const recorded = JSON.parse(line) as { frameBase64?: string };
  const bytes = recorded.frameBase64 === undefined
    ? deflateRawSync(Buffer.from(line))
    : Buffer.from(recorded.frameBase64, "base64");
  return new Uint8Array(bytes).buffer;
}

function isPushes(protocol: Protocol, name: string): boolean {
  // OKEx v3 had no liquidation channel: those recordings were generated by their recorder.
  const pushes = !/\.(requests|events)\.|futures-liquidation|swap-liquidation|-row\./.test(name);
  return pushes && new RegExp(`^(doc\\.)?${protocol}\\.`).test(name);
}

function countOf(counts: Map<string, Count>, table: string): Count {
  let count = counts.get(table);
  if (count === undefined) counts.set(table, count = { frames: 0, rows: 0, equal: 0, note: "" });
  return count;
}

function print(protocol: Protocol, counts: ReadonlyMap<string, Count>): void {
  const lines = [...counts].sort(([a], [b]) => a < b ? -1 : 1).map(([table, { frames, rows, equal, note }]) =>
    `${table.padEnd(32)}${String(frames).padStart(8)}${String(rows).padStart(8)}${
      String(equal).padStart(8)
    }  ${note}`
  );
  const header = `${`${protocol} channel`.padEnd(32)}${"frames".padStart(8)}${"rows".padStart(8)}${
    "equal".padStart(8)
  }`;
  Deno.stdout.writeSync(new TextEncoder().encode(`\n${[header, ...lines].join("\n")}\n`));
}

function listCaptures(): string[] {
  try {
    return [...Deno.readDirSync(CAPTURES)].map(({ name }) => name).filter((name) => name.endsWith(".jsonl"))
      .sort();
  } catch {
    return [];
  }
}
