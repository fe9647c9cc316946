/**
 * The TCP listener of the embedded store, the only file here that touches the world. It reads, parses and answers in
 * batches: all requests of one read are carried out at once and their replies leave in one write. Everything it
 * starts (reads, writes, timers) ends with `close`. The file is long because the bounds of clients, of their queues and
 * of memory are kept where bytes arrive and leave.
 */
import { Buffer } from "node:buffer";
import { getHeapStatistics } from "node:v8";
import { isLoopbackAddress } from "../shared/http_address.ts";
import { newRefusals, pickLargest, type Refusals } from "./bounds.ts";
import { Client } from "./client.ts";
import type { Engine } from "./commands/command.ts";
import { createEngine, execute } from "./execute.ts";
import { RequestParser } from "./resp.ts";

export type EmbeddedOptions = {
  /** A loopback address; 127.0.0.1 by default. */
  hostname?: string;
  /** 0, the default, takes a free one. */
  port?: number;
  password?: string;
  maxClients?: number;
  maxRequestBytes?: number;
  /** What may wait for one client before it is cut off. */
  maxOutputBytes?: number;
  /** What all clients together may have waiting, both ways; past it the one with the most is cut off. */
  maxBufferedBytes?: number;
  /** Heap in use past which commands that would add data are refused; three quarters of what there may be. */
  maxMemoryBytes?: number;
  /** Called with connections refused or cut off and commands refused since the last call; at most once a second. */
  onRefused?: (counts: Refusals) => void;
  now?: () => number;
};

export type EmbeddedServer = AsyncDisposable & {
  readonly hostname: string;
  readonly port: number;
  readonly url: string;
  stats(): { clients: number; keys: number; commands: number };
  close(): Promise<void>;
};

type Connection = {
  readonly client: Client;
  readonly socket: Deno.TcpConn;
  readonly parser: RequestParser;
  timer: ReturnType<typeof setTimeout> | undefined;
  /** The write loop while it runs. */
  writing: Promise<void> | undefined;
  closed: boolean;
  /** Set while requests wait until enough output has gone. */
  resume: (() => void) | undefined;
};

const READ_BYTES = 64 * 1024;
const SWEEP_EVERY_MS = 100;
/** Keys looked at in one round; another follows at once while a quarter of them had to go. */
const SWEEP_KEYS = 500;
const SWEEP_ROUNDS = 20;

/** Starts listening at once; throws when the port is taken or the host is not loopback. */
export function startEmbedded(options: EmbeddedOptions = {}): EmbeddedServer {
  const { hostname = "127.0.0.1", port = 0, maxClients = 1000, now = Date.now } = options;
  const { maxRequestBytes = 64 * 1024 * 1024, maxOutputBytes = 64 * 1024 * 1024 } = options;
  const { maxBufferedBytes = 256 * 1024 * 1024, onRefused = () => {} } = options;
  const { maxMemoryBytes = Math.floor(getHeapStatistics().heap_size_limit * 0.75) } = options;
  if (!isLoopbackAddress(hostname)) {
    throw new RangeError(`Host must be a loopback address: current value is ${hostname}`);
  }
  const listener = listen(hostname, port);
  const engine = createEngine({
    ...{ now, maxClients, maxRequestBytes, password: options.password },
    port: () => listener.addr.port,
    usedMemory: () => Deno.memoryUsage().heapUsed,
  });
  engine.settings.set("port", String(listener.addr.port));
  engine.settings.set("bind", hostname);
  engine.settings.set("maxmemory", String(maxMemoryBytes));
  const limits = { maxClients, maxRequestBytes, maxOutputBytes, maxBufferedBytes, maxMemoryBytes };
  const server = new Server(engine, listener, limits, onRefused);
  return {
    hostname,
    port: listener.addr.port,
    url: `redis://${formatAddress({ hostname, port: listener.addr.port })}`,
    stats: () => ({
      clients: engine.clients.size,
      keys: engine.spaces.reduce((sum, space) => sum + space.size, 0),
      commands: engine.counters.commands,
    }),
    close: () => server.close(),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

type Limits = {
  readonly maxClients: number;
  readonly maxRequestBytes: number;
  readonly maxOutputBytes: number;
  readonly maxBufferedBytes: number;
  readonly maxMemoryBytes: number;
};

class Server {
  readonly #engine: Engine;
  readonly #listener: Deno.TcpListener;
  readonly #limits: Limits;
  readonly #onRefused: NonNullable<EmbeddedOptions["onRefused"]>;
  readonly #connections = new Map<Client, Connection>();
  readonly #tasks = new Set<Promise<void>>();
  /** Connections with something to write, or to be ended, since the last look. */
  readonly #touched = new Set<Client>();
  readonly #sweep: ReturnType<typeof setInterval>;
  #lastId = 0;
  #ticks = 0;
  #reported: Refusals = { refused: 0, cutOff: 0, full: 0, foreign: 0 };
  #closing: Promise<void> | undefined;

  constructor(
    engine: Engine,
    listener: Deno.TcpListener,
    limits: Limits,
    onRefused: NonNullable<EmbeddedOptions["onRefused"]>,
  ) {
    this.#engine = engine;
    this.#listener = listener;
    this.#limits = limits;
    this.#onRefused = onRefused;
    this.#sweep = setInterval(() => this.#tick(), SWEEP_EVERY_MS);
    this.#own(this.#accept());
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  async #shutDown(): Promise<void> {
    clearInterval(this.#sweep);
    this.#listener.close();
    for (const connection of [...this.#connections.values()]) this.#end(connection);
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
  }

  /** Keeps a promise until it settles, so that `close` can wait for it. */
  #own(task: Promise<void>): Promise<void> {
    const owned: Promise<void> = task.finally(() => this.#tasks.delete(owned));
    this.#tasks.add(owned);
    return owned;
  }

  #tick(): void {
    this.#expire();
    this.#engine.full = this.#engine.usedMemory() > this.#limits.maxMemoryBytes;
    this.#cutOffLargest();
    if (++this.#ticks % 10 === 0) this.#publish();
  }

  /** Clients may not use up together what each may use alone. */
  #cutOffLargest(): void {
    const sizes = [...this.#connections.values()].map((connection) => {
      const { client, parser } = connection;
      return { item: connection, bytes: client.outputBytes + client.heldBytes + parser.heldBytes };
    });
    for (const connection of pickLargest(sizes, this.#limits.maxBufferedBytes)) {
      connection.client.overflowed = true;
      this.#end(connection);
    }
  }

  #publish(): void {
    const { refused, cutOff, full, foreign } = this.#engine.counters;
    const news = newRefusals({ refused, cutOff, full, foreign }, this.#reported);
    this.#reported = { refused, cutOff, full, foreign };
    if (news !== undefined) this.#onRefused(news);
  }

  #expire(): void {
    for (const space of this.#engine.spaces) {
      for (let round = 0, dropped = Infinity; round < SWEEP_ROUNDS && dropped > SWEEP_KEYS / 4; round++) {
        dropped = space.sweep(SWEEP_KEYS);
        this.#engine.counters.expired += dropped;
      }
    }
  }

  async #accept(): Promise<void> {
    while (this.#closing === undefined) {
      let socket: Deno.TcpConn;
      try {
        socket = await this.#listener.accept();
      } catch {
        if (this.#closing !== undefined) return;
        // Out of file handles, or the peer has gone again: the next one may do better, but not at once.
        await new Promise((resolve) => setTimeout(resolve, 50));
        continue;
      }
      if (this.#engine.clients.size >= this.#limits.maxClients) this.#own(this.#refuse(socket));
      else this.#own(this.#serve(this.#open(socket)));
    }
  }

  async #refuse(socket: Deno.TcpConn): Promise<void> {
    this.#engine.counters.refused++;
    try {
      await socket.write(new TextEncoder().encode("-ERR max number of clients reached\r\n"));
    } catch {
      // It has gone already, which is what was desired.
    } finally {
      closeQuietly(socket);
    }
  }

  #open(socket: Deno.TcpConn): Connection {
    socket.setNoDelay(true);
    const engine = this.#engine;
    engine.counters.connections++;
    const client = new Client({
      id: ++this.#lastId,
      address: formatAddress(socket.remoteAddr),
      localAddress: formatAddress(socket.localAddr),
      authenticated: engine.password === undefined,
      maxOutputBytes: this.#limits.maxOutputBytes,
      now: engine.now(),
      onOutput: (touched) => this.#touched.add(touched),
    });
    const parser = new RequestParser({ maxRequestBytes: this.#limits.maxRequestBytes });
    const connection: Connection = {
      ...{ client, socket, parser, closed: false },
      ...{ timer: undefined, writing: undefined, resume: undefined },
    };
    engine.clients.set(client.id, client);
    this.#connections.set(client, connection);
    return connection;
  }

  async #serve(connection: Connection): Promise<void> {
    const { socket, parser } = connection;
    const chunk = new Uint8Array(READ_BYTES);
    try {
      while (!connection.closed) {
        const size = await socket.read(chunk);
        if (size === null) break;
        parser.feed(chunk.subarray(0, size));
        this.#work(connection);
        if (connection.resume === undefined && this.#isFull(connection)) {
          await new Promise<void>((resolve) => connection.resume = resolve);
        }
        // A client that waits in XREAD may send ahead, within reason.
        if (parser.pendingBytes > 2 * this.#limits.maxRequestBytes) break;
      }
    } catch {
      // Reset by the other side or closed by us: either way the connection is over.
    } finally {
      // What was answered before the other side stopped sending still goes out.
      if (!connection.closed && connection.writing !== undefined) await connection.writing;
      this.#end(connection);
    }
  }

  /** Carries out what has arrived, then writes and ends what that touched. */
  #work(connection: Connection): void {
    this.#pump(connection);
    for (let released = this.#released(); released.length > 0; released = this.#released()) {
      for (const other of released) {
        clearTimeout(other.timer);
        other.timer = undefined;
        this.#pump(other);
      }
    }
    for (const client of this.#touched) {
      const touched = this.#connections.get(client);
      if (touched !== undefined) this.#flush(touched);
    }
    this.#touched.clear();
  }

  #pump(connection: Connection): void {
    const { client, parser } = connection;
    client.lastSeenAt = this.#engine.now();
    while (!client.closing && !client.killed && client.blocked === undefined && !this.#isFull(connection)) {
      parser.trusted = client.authenticated;
      const request = parser.next();
      if (request === undefined) return;
      if (Array.isArray(request)) {
        execute(this.#engine, client, request);
      } else if (request.kind === "foreign") {
        this.#engine.counters.foreign++;
        client.kill();
      } else {
        client.send({ kind: "error", text: request.text });
        client.closing = true;
      }
    }
    if (client.blocked !== undefined && client.blocked.timeoutMs > 0 && connection.timer === undefined) {
      const waitMs = Math.min(client.blocked.timeoutMs, MAX_TIMER_MS);
      connection.timer = setTimeout(() => this.#giveUp(connection), waitMs);
    }
  }

  #giveUp(connection: Connection): void {
    connection.timer = undefined;
    this.#engine.waiting.remove(connection.client);
    connection.client.send({ kind: "nullArray" });
    this.#work(connection);
  }

  #released(): Connection[] {
    return this.#engine.waiting.takeReleased()
      .map((client) => this.#connections.get(client))
      .filter((connection) => connection !== undefined);
  }

  /** Half of the allowed output waits: no further request of this client is carried out until it has read. */
  #isFull(connection: Connection): boolean {
    return !connection.closed && connection.client.outputBytes > this.#limits.maxOutputBytes / 2;
  }

  #flush(connection: Connection): void {
    if (connection.client.killed) this.#end(connection);
    else connection.writing ??= this.#own(this.#write(connection));
  }

  async #write(connection: Connection): Promise<void> {
    const { client, socket } = connection;
    try {
      for (let text = client.takeOutput(); text !== "" && !connection.closed; text = client.takeOutput()) {
        const bytes = Buffer.from(text, "latin1");
        client.inFlightBytes = bytes.length;
        for (let done = 0; done < bytes.length;) {
          done += await socket.write(bytes.subarray(done));
          client.inFlightBytes = bytes.length - done;
        }
      }
      connection.writing = undefined;
      if (client.closing) this.#end(connection);
      else if (connection.resume !== undefined || connection.parser.pendingBytes > 0) this.#goOn(connection);
    } catch {
      this.#end(connection);
    }
  }

  #goOn(connection: Connection): void {
    this.#work(connection);
    if (this.#isFull(connection)) return;
    connection.resume?.();
    connection.resume = undefined;
  }

  #end(connection: Connection): void {
    if (connection.closed) return;
    connection.closed = true;
    const { client } = connection;
    if (client.overflowed) this.#engine.counters.cutOff++;
    clearTimeout(connection.timer);
    this.#engine.waiting.remove(client);
    this.#engine.pubsub.remove(client);
    client.leaveTransaction();
    this.#engine.clients.delete(client.id);
    this.#connections.delete(client);
    connection.resume?.();
    closeQuietly(connection.socket);
  }
}

/** The longest wait a timer can hold. */
const MAX_TIMER_MS = 2 ** 31 - 1;

function listen(hostname: string, port: number): Deno.TcpListener {
  try {
    return Deno.listen({ hostname, port });
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    throw new Error(`Cannot listen on ${hostname}:${port}: the port is taken`, { cause: error });
  }
}

function closeQuietly(socket: Deno.TcpConn): void {
  try {
    socket.close();
  } catch {
    // Closed by the runtime after an error.
  }
}

/** As CLIENT LIST writes it. */
function formatAddress({ hostname, port }: { hostname: string; port: number }): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
