// deno-lint-ignore-file no-console -- it prints its findings
/**
 * How much memory Redis needs for what okws keeps there: rows as the simulated exchange sends them (in the members and
 * lengths of OKX's own) are written by the code that the service itself writes with, a thousand or more of each kind, and
 * the difference in `used_memory` of a real, otherwise empty redis-server is divided by their number.
 *
 *     deno run -A scripts/memory.ts                    a table
 *     deno run -A scripts/memory.ts --json             for programs
 *     deno run -A scripts/memory.ts --markdown         puts the table into docs/operating.md and docs/operating.zh-CN.md
 */
import type { Redis } from "ioredis";
import type { SessionEvent } from "../src/model/events.ts";
import { startMock } from "../src/mock/server.ts";
import type { DataFrame, PriceLevel, Row } from "../src/okx/frame.ts";
import { Projector } from "../src/store/layout/projector.ts";
import { openStore } from "../src/store/redis/redis_store.ts";
import { viewOf } from "../tests/support/book_view.ts";
import { startRedis } from "../tests/support/redis_server.ts";
import { openRedis } from "../tests/support/service.ts";
import { waitFor } from "../tests/support/wait.ts";
import { collectFrames } from "./memory/frames.ts";
import { type Figure, PAGES, renderMemoryTable, withMemoryTable } from "./memory/table.ts";
import { topicOf } from "../tests/support/topics.ts";

/** One kind: `path` and `row` make the i-th one from the frame that was collected for `sample`. */
type Kind = {
  readonly kind: string;
  readonly sample: string;
  readonly path: (i: number) => string;
  /** How many are written; of series this many paths with `rows` rows each. */
  readonly count: number;
  readonly rows?: number;
  readonly row?: (row: Row, i: number, n: number) => unknown;
};

const SERIES = 1000;
const START_MS = 1_795_363_200_000;

const coin = (i: number) => `C${String(i).padStart(3, "0")}-USDT`;
const named = (row: Row, i: number): Row => ({ ...row, instId: coin(i) });

const KINDS: readonly Kind[] = [
  { kind: "ticker", sample: "tickers:BTC-USDT", path: (i) => `tickers:${coin(i)}`, count: 1000, row: named },
  {
    kind: "legacyTicker",
    sample: "tickers:BTC-USDT",
    path: (i) => `spot/ticker:${coin(i)}`,
    count: 1000,
    row: named,
  },
  {
    kind: "candles",
    sample: "candle1m:BTC-USDT",
    path: (i) => `candle1m:${coin(i)}`,
    count: 10,
    rows: SERIES,
    row: (row, _, n) => Object.assign([...row as unknown as string[]], { 0: String(START_MS + n * 60_000) }),
  },
  {
    kind: "trades",
    sample: "trades:BTC-USDT",
    path: (i) => `trades:${coin(i)}`,
    count: 10,
    rows: SERIES,
    row: (row, i, n) => ({
      ...named(row, i),
      tradeId: String(974_213_000 + n),
      ts: String(START_MS + n * 137),
    }),
  },
  {
    kind: "legacyTrades",
    sample: "trades:BTC-USDT",
    path: () => "spot/trade:BTC-USDT",
    count: 1,
    rows: SERIES,
    row: (row, _, n) => ({ ...row, tradeId: String(974_213_000 + n), ts: String(START_MS + n * 137) }),
  },
  { kind: "book", sample: "books:BTC-USDT", path: (i) => `books:${coin(i)}`, count: 100 },
  { kind: "smallBook", sample: "books5:BTC-USDT", path: (i) => `books5:${coin(i)}`, count: 1000, row: named },
  {
    kind: "funding",
    sample: "funding-rate:BTC-USDT-SWAP",
    path: (i) => `funding-rate:${coin(i)}-SWAP`,
    count: 1000,
    row: (row, i) => ({ ...row, instId: `${coin(i)}-SWAP` }),
  },
  {
    kind: "instruments",
    sample: "instruments:SPOT",
    path: () => "instruments:SPOT",
    count: 1,
    rows: SERIES,
    row: (row, _, n) => named(row, n),
  },
  {
    kind: "orders",
    sample: "orders:ANY",
    path: () => "orders:ANY",
    count: 1,
    rows: SERIES,
    row: (row, _, n) => ({ ...row, ordId: String(680_800_019_749_904_384n + BigInt(n)), state: "filled" }),
  },
];

/** Measures every kind, each in a Redis of its own. */
export async function measure(): Promise<Figure[]> {
  await using mock = await startMock();
  const frames = await collectFrames(mock, KINDS.map(({ sample }) => sample));
  const figures: Figure[] = [];
  for (const kind of KINDS) {
    const { count, rows = 1 } = kind;
    const frame = frames.get(kind.sample) as DataFrame;
    const events = Array.from({ length: count }, (_, i) => eventOf(kind, frame, i));
    figures.push({ kind: kind.kind, path: kind.path(0), bytes: await bytesOf(events) / count, rows });
  }
  const subscriptions = Array.from({ length: SERIES }, (_, i) => subscriptionOf(i));
  figures.push({ kind: "subscription", path: "subs", bytes: await bytesOf(subscriptions) / SERIES, rows: 1 });
  return figures.map((figure) => ({ ...figure, bytes: Math.round(figure.bytes) }));
}

/** What a Redis that was empty needs more when all of this was written to it and the writer is gone with its buffers. */
async function bytesOf(events: readonly SessionEvent[]): Promise<number> {
  await using server = await startRedis();
  const { redis, [Symbol.asyncDispose]: close } = await openRedis(server.url);
  try {
    const projector = new Projector({ keyPrefix: "okex", server: "test", maxRow: SERIES });
    const before = await usedMemory(redis);
    const store = await openStore(server.url);
    for (const event of events) await store.apply(projector.project(event));
    await store[Symbol.asyncDispose]();
    return await usedMemory(redis) - before;
  } finally {
    await close();
  }
}

/** The event that the session would emit. */
function eventOf(kind: Kind, frame: DataFrame, i: number): SessionEvent {
  const topic = topicOf(kind.path(i));
  const [first] = frame.rows as Row[];
  const { row = (row: Row) => row, rows = 1 } = kind;
  const at = START_MS;
  if (topic.storage === "book") {
    const { bids, asks, ts, seqId } = first as {
      bids: PriceLevel[];
      asks: PriceLevel[];
      ts: string;
      seqId: string;
    };
    const book = viewOf({ bids, asks, ts, seqId: String(seqId), state: "live" });
    return { kind: "book", topics: [topic], frame: undefined, book, at };
  }
  const many = Array.from({ length: rows }, (_, n) => row(first as Row, i, n));
  return {
    kind: "rows",
    topics: [topic],
    frame: { ...frame, arg: topic.arg, rows: many, action: undefined },
    at,
  };
}

/** What becomes a path's record in `P/subs`. */
function subscriptionOf(i: number): SessionEvent {
  const holding = { connection: "public", owners: ["file"], generation: i } as const;
  const topic = topicOf(`tickers:${coin(i)}`);
  return { kind: "subscription", topic, state: "live", refusal: undefined, at: START_MS, holding };
}

/** Once nobody else is connected; the last of it is given back a moment later. */
async function usedMemory(redis: Redis): Promise<number> {
  await waitFor(
    "the writer to be gone",
    async () => (await infoOf(redis, "clients")).connected_clients === 1,
  );
  let last = NaN;
  return await waitFor("the memory in use to stand still", async () => {
    const { used_memory: used = NaN } = await infoOf(redis, "memory");
    const still = used === last;
    last = used;
    return still ? used : undefined;
  }, { everyMs: 150 });
}

async function infoOf(redis: Redis, section: string): Promise<Record<string, number>> {
  const lines = [...(await redis.info(section)).matchAll(/^(\w+):(\d+)\r?$/gm)];
  return Object.fromEntries(lines.map(([, name, value]) => [name as string, Number(value)]));
}

if (import.meta.main) {
  const figures = await measure();
  if (Deno.args.includes("--json")) console.log(JSON.stringify(figures, undefined, 2));
  else if (!Deno.args.includes("--markdown")) console.log(renderMemoryTable(figures, "en"));
  else {
    for (const [language, page] of Object.entries(PAGES) as [keyof typeof PAGES, string][]) {
      const file = new URL(`../${page}`, import.meta.url);
      await Deno.writeTextFile(file, withMemoryTable(await Deno.readTextFile(file), figures, language));
    }
  }
}
