/** A service on a real Redis and a scripted exchange, and accounts of Redis for programs that may read, or give commands. */
import { type FakeOkx, startFakeOkx } from "../../support/fake_okx.ts";
import { redisProgram } from "../../support/redis_program.ts";
import { startRedis } from "../../support/redis_server.ts";
import { type Running, startService } from "../../support/service.ts";
import { waitFor } from "../../support/wait.ts";
import { renderAcl } from "../../../src/store/redis/acl.ts";

/** What the service is subscribed to. */
export const PATHS = ["tickers:BTC-USDT", "trades:BTC-USDT", "candle1m:BTC-USDT", "books:BTC-USDT"];

/** Rows kept of a series. */
export const MAX_ROW = 200;

export type Environment = AsyncDisposable & {
  readonly okx: FakeOkx;
  readonly run: Running;
  /** An address with the rights of `okws redis-acl` for readers or commanders, under a name of its own. */
  login(kind: "reader" | "commander", name: string): Promise<string>;
  /** Pushes, as the exchange does. */
  push(
    channel: string,
    row: Readonly<Record<string, unknown>>,
    more?: Readonly<Record<string, unknown>>,
  ): void;
};

/** Starts it; resolves when everything is subscribed. */
export async function startEnvironment(
  { settings = {}, rest }: {
    readonly settings?: Readonly<Record<string, unknown>>;
    readonly rest?: FakeOkx["rest"];
  } = {},
): Promise<Environment> {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await startRedis());
  const okx = stack.use(startFakeOkx());
  if (rest !== undefined) okx.rest = rest;
  const run = stack.use(
    await startService({
      endpoint: okx.url,
      redisUrl: server.url,
      channels: PATHS,
      settings: { MAX_ROW, BOOK_TOP: 2, BOOK_FULL: "on", ...settings },
    }),
  );
  await waitFor("three subscriptions", async () => {
    const states = await Promise.all(PATHS.slice(0, 3).map((path) => run.sub(path)));
    return states.every((record) => record?.state === "live");
  });
  const owned = stack.move();
  return {
    okx,
    run,
    async login(kind, name) {
      // Rules of channels came with version 7.
      if (Number.parseInt(redisProgram?.version ?? "") < 7) return server.url;
      const line = renderAcl({
        ...{ keyPrefix: "okex", listenChannel: "trade-ws", infoKey: "trade-ws/info" },
        ...{ announceChannel: "okws/info", clustered: false },
      }).find((each) => each.includes(`okws-${kind}`)) as string;
      const rules = (line.match(/\([^)]*\)|\S+/g) ?? []).slice(2);
      await run.redis.call("ACL", "SETUSER", name, ...rules, ">secret");
      return `redis://${name}:secret@127.0.0.1:${server.port}`;
    },
    push(channel, row, more = {}) {
      okx.current(channel.startsWith("candle") ? "business" : "public")
        ?.push({ channel, instId: "BTC-USDT" }, [row], more);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** A row of `tickers`. */
export function ticker(last: number): Record<string, string> {
  const prices = Object.fromEntries(
    ["askPx", "bidPx", "open24h", "high24h", "low24h", "sodUtc0", "sodUtc8"].map((name) => [name, "1"]),
  );
  return {
    ...{ instType: "SPOT", instId: "BTC-USDT", last: String(last), lastSz: "1", askSz: "1", bidSz: "1" },
    ...{ ...prices, volCcy24h: "1", vol24h: "1", ts: String(Date.now()) },
  };
}

/** A row of `trades`. */
export function trade(id: number): Record<string, unknown> {
  return {
    ...{ instId: "BTC-USDT", tradeId: String(id), px: "1", sz: "1", side: "buy" },
    ...{ ts: String(Date.now()), count: "1", seqId: id },
  };
}
