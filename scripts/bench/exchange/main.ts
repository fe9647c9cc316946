/**
 * The stand-in exchange of the benchmark, a process of its own: it answers subscriptions of `tickers` and `books` as OKX
 * does, and sends so many messages a second over all of them, each with the time of sending inside.
 *
 *   deno run -A scripts/bench/exchange/main.ts '{"port":…,"statusPort":…,"rate":…,"instruments":…}'
 *
 * `rate`: messages a second. `tls`: files of a certificate and its key, for `wss://`. At the other port, always plain
 * HTTP, `/sent` gives the number of messages sent so far, and there is as much REST as programs need that know symbols.
 */
import { createClock } from "../clock.ts";
import { createBook } from "./books.ts";
import type { Feed } from "./feed.ts";
import { instrumentList } from "./instruments.ts";
import { type Certificate, type Connection, listen } from "./listen.ts";
import { Outbox } from "./outbox.ts";
import { createTickers } from "./tickers.ts";
import { acceptUpgrade, ClientFrames, encodeFrame, OPCODE } from "./websocket.ts";

/** The arguments of the process. */
export type ExchangeOptions = {
  readonly port: number;
  readonly statusPort: number;
  readonly rate: number;
  readonly instruments: number;
  readonly tls?: Certificate;
};

/** A connection, and what it has subscribed. */
type Client = { readonly outbox: Outbox };
type Subscription = { readonly client: Client; readonly name: string; readonly feed: Feed };

/** What a connection may have waiting before nothing more is sent on it. */
const MAX_WAITING = 1024 * 1024;

/** What could not be sent for so long is left out: the exchange was held back. */
const MAX_BEHIND_MS = 100;

const decoder = new TextDecoder();

if (import.meta.main) await runExchange(JSON.parse(Deno.args[0] as string) as ExchangeOptions);

async function runExchange({ port, statusPort, rate, instruments, tls }: ExchangeOptions): Promise<void> {
  const subscriptions: Subscription[] = [];
  let sent = 0;
  Deno.serve({ hostname: "127.0.0.1", port: statusPort, onListen: () => {} }, (request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/sent") return Response.json(sent);
    return Response.json(instrumentList(instruments, searchParams.get("instType") ?? "SPOT"));
  });
  startSending({ subscriptions, rate, onSent: (count) => sent += count });
  // A client that is gone takes its subscriptions along, and nothing else ends.
  const onConnection = (connection: Connection) =>
    void serveClient(connection, subscriptions).catch(() => {});
  await listen(port, { tls, onConnection });
}

async function serveClient(connection: Connection, subscriptions: Subscription[]): Promise<void> {
  const outbox = new Outbox((bytes) => connection.write(bytes));
  const client: Client = { outbox };
  const frames = new ClientFrames();
  let request: string | undefined = "";
  try {
    for await (const part of connection.incoming) {
      if (request !== undefined) {
        request += decoder.decode(part);
        if (!request.endsWith("\r\n\r\n")) continue;
        const accepted = acceptUpgrade(request);
        if (accepted === undefined) return;
        request = undefined;
        outbox.add(new TextEncoder().encode(accepted));
      } else {
        for (const { opcode, text } of frames.take(part)) {
          if (opcode === OPCODE.close) return;
          if (opcode === OPCODE.ping) outbox.add(encodeFrame(text, OPCODE.pong));
          if (opcode === OPCODE.text) answer(text, client, subscriptions);
        }
      }
      // A broken connection ends by its reading.
      void outbox.flush().catch(() => {});
    }
  } finally {
    remove(subscriptions, (each) => each.client === client);
    connection.close();
  }
}

function answer(text: string, client: Client, subscriptions: Subscription[]): void {
  if (text === "ping") return client.outbox.add(encodeFrame("pong"));
  const { op, args, id } = JSON.parse(text) as { op: string; args: Record<string, string>[]; id?: string };
  for (const arg of args) {
    client.outbox.add(encodeFrame(JSON.stringify({ id, event: op, arg, connId: "bench" })));
    const { channel = "", instId = "" } = arg;
    const name = `${channel}:${instId}`;
    remove(subscriptions, (each) => each.client === client && each.name === name);
    const feed = op === "subscribe" ? createFeed(channel, instId, subscriptions.length) : undefined;
    if (feed === undefined) continue;
    for (const frame of feed.first) client.outbox.add(frame);
    subscriptions.push({ client, name, feed });
  }
}

function createFeed(channel: string, instId: string, index: number): Feed | undefined {
  if (channel === "tickers") return createTickers(instId);
  return channel === "books" ? createBook(instId, index) : undefined;
}

function startSending({ subscriptions, rate, onSent }: {
  readonly subscriptions: readonly Subscription[];
  readonly rate: number;
  onSent(count: number): void;
}): void {
  const now = createClock();
  let due = 0;
  let next = 0;
  let last = performance.now();
  const turn = () => {
    const at = performance.now();
    due = Math.min(due + (at - last) * rate / 1000, Math.max(1, MAX_BEHIND_MS * rate / 1000));
    last = at;
    const clients = new Set<Client>();
    let count = 0;
    // A client that takes no more is passed over; where none takes any, it is tried again in the next turn.
    for (let passed = 0; due >= 1 && passed < subscriptions.length; next++) {
      const { client, feed } = subscriptions[next % subscriptions.length] as Subscription;
      if (client.outbox.waiting > MAX_WAITING) {
        passed += 1;
        continue;
      }
      passed = 0;
      client.outbox.add(feed.next(now()));
      clients.add(client);
      due -= 1;
      count += 1;
    }
    for (const { outbox } of clients) void outbox.flush().catch(() => {});
    onSent(count);
    setTimeout(turn, 1);
  };
  turn();
}

function remove<T>(list: T[], matches: (each: T) => boolean): void {
  for (let i = list.length - 1; i >= 0; i--) if (matches(list[i] as T)) list.splice(i, 1);
}
