/** What readers and other programs do: ask for fresh data when there is none, and give opposite commands. */
import { Redis } from "ioredis";
import { CONTENDED, nameOf } from "../paths.ts";
import { type Environment, want } from "../environment.ts";
import { begin } from "./lives.ts";
import { sleep, until } from "../wait.ts";
import { play } from "./action.ts";

/** How long a row may take from the exchange to Redis before a reader may call it older than it is. */
const ON_THE_WAY_MS = 2500;

export const READER_PLAYS = {
  "read old": play(
    (random) => ({
      path: random.pick(["tickers:A-USDT", "spot/ticker:A-USDT"]),
      maxAgeMs: random.int(500, 2000),
    }),
    async (environment, { path, maxAgeMs }) => {
      const feed = "tickers|A-USDT";
      const quiet = maxAgeMs + ON_THE_WAY_MS + 500;
      environment.exchange.stage.muted.set(feed, Date.now() + quiet + 20_000);
      await sleep(quiet);
      const start = Date.now();
      const last = environment.exchange.stage.market.sent.get(feed)?.at(-1)?.at ?? 0;
      const { code, output } = await environment.service.run(
        ["client", "get", "m", path, "--max-age", String(maxAgeMs), "--json", "-c", environment.file],
      );
      environment.exchange.stage.muted.delete(feed);
      const age = start - last;
      if (code === 0 && age > maxAgeMs + ON_THE_WAY_MS) {
        const what = `get --max-age ${maxAgeMs} takes ${path} for fresh`;
        environment.seen.push({
          what,
          evidence: `its last row was sent ${age} ms before; it printed ${output.slice(0, 300)}`,
        });
      }
    },
  ),
  "read what nobody keeps up": play(
    (random) => ({ why: random.pick(["no exchange", "no exchange", "no service"] as const) }),
    async (environment, { why }) => {
      // Whatever their age: a book of a lost connection, and one of a service that is gone.
      if (why === "no exchange") {
        environment.exchange.stage.sockets.manners.dialsRefusedUntil = Date.now() + 90_000;
        for (const { socket } of [...environment.exchange.stage.sockets.connections]) socket.destroy();
        await sleep(4000);
      } else {
        await environment.service.kill();
        await sleep(31_000);
      }
      const disturbed = Date.now() - environment.disturbedAt < 15_000 || environment.pending.size > 0;
      for (const path of ["books:A-USDT", "books5:B-USDT"]) {
        const { code, output } = await environment.service.run(
          ["client", "get", "m", path, "--max-age", "86400000", "--json", "-c", environment.file],
        );
        if (code !== 0 || disturbed) continue;
        const what = `get --max-age takes the book ${path} for fresh, and there is ${why}`;
        environment.seen.push({ what, evidence: output.slice(0, 300) });
      }
      environment.exchange.stage.sockets.manners.dialsRefusedUntil = 0;
      if (why === "no service") await begin(environment, []);
    },
  ),
  "contend": play(
    (random) => ({
      ops: Array.from(
        { length: random.int(2, 30) },
        () => random.pick(["subscribe", "unsubscribe"] as const),
      ),
      everyMs: random.pick([0, 5, 50, 200]),
    }),
    async (environment, { ops, everyMs }) => {
      const clients = [0, 1].map(() =>
        new Redis({ port: environment.redis.port, maxRetriesPerRequest: 0, commandTimeout: 2000 })
      );
      for (const client of clients) client.on("error", () => {});
      const name = nameOf(CONTENDED);
      want(environment, name, "unknown");
      try {
        let id = "";
        for (const [index, op] of ops.entries()) {
          id = `ref-${Date.now()}-${index}`;
          const command = { id, op, name: CONTENDED.server, args: [CONTENDED.path] };
          // One after the other, so that it is known which was the last.
          await clients[index % 2]!.publish("trade-ws", JSON.stringify(command));
          await sleep(everyMs);
        }
        const reply = await until(5000, () => clients[0]!.get(`trade-ws/info/${id}`));
        if (reply && JSON.parse(reply).errorCode === 80000) {
          want(environment, name, ops.at(-1) === "subscribe" ? "yes" : "no");
        }
      } catch (error) {
        environment.log(`  (commands: ${(error as Error).message})`);
      } finally {
        for (const client of clients) client.disconnect();
      }
    },
  ),
  "look around": play(
    () => ({}),
    async (environment: Environment) => {
      for (const page of ["/", "/livez", "/readyz", "/metrics", "/api/state"]) {
        await environment.service.get(page);
      }
      await environment.service.run(["client", "status", "--json", "-c", environment.file]);
    },
  ),
};
