/** `okws mock` as a child process, and what it reports about itself over HTTP: the truth that Redis is compared with. */
import { type Child, startChild } from "../../tests/support/child.ts";
import type { Program } from "./program.ts";

/** A row as the exchange sends it. */
export type Row = Readonly<Record<string, unknown>>;

/** Trades of one instrument: `[last id, fills, Unix ms]`, oldest first; `from`: the first id that is known of. */
export type Tape = {
  readonly from: number;
  readonly last: number;
  readonly trades: readonly (readonly [lastId: number, count: number, timeMs: number])[];
};

/** What left for clients, by channel and instrument. */
export type Sent = {
  readonly marketMs: number;
  readonly faults: readonly string[];
  readonly topics: readonly { channel: string; filter: string; pushes: number; rows: number }[];
};

/** A simulated exchange under way. */
export type Exchange = AsyncDisposable & {
  readonly port: number;
  /** Makes it misbehave; throws when it does not know the fault. */
  command(text: string): Promise<string>;
  sent(): Promise<Sent>;
  /** The last value sent of every row, by `<channel> <key>`. */
  last(): Promise<Readonly<Record<string, unknown>>>;
  open(channel: string): Promise<string[]>;
  /** The newest row of everything that ever happened in a private channel, by key. */
  rows(channel: string): Promise<Readonly<Record<string, Row>>>;
  trades(instId: string): Promise<Tape>;
  /** Candles by REST that opened at `fromMs` or later, newest first. */
  candles(instId: string, bar: string, fromMs: number): Promise<string[][]>;
  stats(): Promise<{ connections: number; subscriptions: number; connectionsTotal: number }>;
};

/** The exchange gives no more than the newest 1440. */
const MOST_CANDLES = 1440;

/** `rate`: market steps a second. */
export async function startExchange(
  program: Program,
  options: { rate: number; seed: number },
): Promise<Exchange> {
  const args = ["mock", "--port", "0", "--rate", String(options.rate), "--seed", String(options.seed)];
  const child: Child = startChild(program.command, [...program.args, ...args]);
  try {
    const [, port = ""] = await child.waitForLine(/^ws:\/\/127\.0\.0\.1:(\d+)$/);
    return createExchange(child, Number(port));
  } catch (error) {
    await child[Symbol.asyncDispose]();
    throw error;
  }
}

function createExchange(child: Child, port: number): Exchange {
  const base = `http://127.0.0.1:${port}`;
  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(`${base}${path}`);
    if (!response.ok) throw new Error(`The simulated exchange answers ${response.status} to ${path}`);
    return await response.json() as T;
  };
  return {
    port,
    async command(text) {
      const response = await fetch(`${base}/mock/command`, { method: "POST", body: text });
      const answer = await response.text();
      if (!response.ok) throw new Error(`The simulated exchange refuses "${text}": ${answer}`);
      return answer.trim();
    },
    sent: () => get<Sent>("/mock/sent"),
    last: () => get("/mock/last"),
    open: (channel) => get(`/mock/open?channel=${channel}`),
    rows: (channel) => get(`/mock/rows?channel=${channel}`),
    trades: (instId) => get(`/mock/trades?instId=${instId}`),
    async candles(instId, bar, fromMs) {
      const rows: string[][] = [];
      // The quick call has no bars of a second.
      const path = `/api/v5/market/${bar === "1s" ? "history-" : ""}candles`;
      for (let after = ""; rows.length < MOST_CANDLES;) {
        const query = new URLSearchParams({ instId, bar, limit: "300", ...(after === "" ? {} : { after }) });
        const { data } = await get<{ data: string[][] }>(`${path}?${query}`);
        rows.push(...data);
        after = data.at(-1)?.[0] ?? "";
        if (data.length < 300 || Number(after) < fromMs) break;
      }
      return rows;
    },
    stats: () => get("/mock/stats"),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}
