/** A stand-in exchange on the loopback, by OKX's documentation: WebSocket, REST, and a market that moves. */
import { createServer } from "node:http";
import type { Socket } from "node:net";
import { greet, type Stage, step } from "./flow.ts";
import { createMarket, SPOT, SWAP } from "./market.ts";
import { answerRest, type Fault } from "./rest.ts";
import { createSockets, type Login } from "./sockets.ts";
import type { Random } from "../random.ts";

export type Exchange = AsyncDisposable & {
  readonly url: string;
  readonly stage: Stage;
  readonly login: Login;
  /** Faults of REST that are on or were. */
  readonly faults: Fault[];
  /** REST calls answered, by path. */
  readonly calls: Map<string, number>;
  /** Starts or stops the ordinary market. */
  run(on: boolean): void;
};

/** Milliseconds between two moments of the market. */
const STEP_MS = 50;

export async function openExchange(random: Random, login: Login): Promise<Exchange> {
  const market = createMarket(Date.now(), random);
  const faults: Fault[] = [];
  const calls = new Map<string, number>();
  const sockets = createSockets({
    login,
    known: (arg) => !arg.instId || [...SPOT, SWAP].includes(arg.instId),
    greet: (arg, push) => greet(stage, arg, push),
  });
  const stage: Stage = {
    market,
    sockets,
    random,
    lose: { trade: 0, bar: 0, book: 0 },
    muted: new Map(),
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://exchange");
    calls.set(url.pathname, (calls.get(url.pathname) ?? 0) + 1);
    const answer = answerRest(url, request.headers, { market, login, faults, now: Date.now() });
    setTimeout(() => {
      if (answer.hangUp) return void request.socket.destroy();
      response.writeHead(answer.status, { "content-type": answer.type });
      response.end(answer.body);
    }, answer.wait);
  });
  server.on("upgrade", (request, socket) => sockets.accept(request, socket as Socket));
  server.keepAliveTimeout = 1000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.address() as { port: number };
  let timer: ReturnType<typeof setInterval> | undefined;
  const run = (on: boolean) => {
    clearInterval(timer);
    timer = on ? setInterval(() => step(stage), STEP_MS) : undefined;
  };
  return {
    url: `ws://127.0.0.1:${port}`,
    stage,
    login,
    faults,
    calls,
    run,
    async [Symbol.asyncDispose]() {
      run(false);
      for (const connection of [...sockets.connections]) connection.socket.destroy();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
