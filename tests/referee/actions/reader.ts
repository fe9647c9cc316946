/** What readers and other programs do: ask for fresh data when there is none, and give opposite commands. */
import { Redis } from "ioredis";
import { CONTENDED, nameOf } from "../paths.ts";
import { want, type World } from "../world.ts";
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
    async (world, { path, maxAgeMs }) => {
      const feed = "tickers|A-USDT";
      const quiet = maxAgeMs + ON_THE_WAY_MS + 500;
      world.exchange.stage.muted.set(feed, Date.now() + quiet + 20_000);
      await sleep(quiet);
      const start = Date.now();
      const last = world.exchange.stage.market.sent.get(feed)?.at(-1)?.at ?? 0;
      const { code, output } = await world.service.run(
        ["client", "get", "m", path, "--max-age", String(maxAgeMs), "--json", "-c", world.file],
      );
      world.exchange.stage.muted.delete(feed);
      const age = start - last;
      if (code === 0 && age > maxAgeMs + ON_THE_WAY_MS) {
        const what = `get --max-age ${maxAgeMs} takes ${path} for fresh`;
        world.seen.push({
          what,
          evidence: `its last row was sent ${age} ms before; it printed ${output.slice(0, 300)}`,
        });
      }
    },
  ),
  "read what nobody keeps up": play(
    (random) => ({ why: random.pick(["no exchange", "no exchange", "no service"] as const) }),
    async (world, { why }) => {
      // Whatever their age: a book of a lost connection, and one of a service that is gone.
      if (why === "no exchange") {
        world.exchange.stage.sockets.manners.dialsRefusedUntil = Date.now() + 90_000;
        for (const { socket } of [...world.exchange.stage.sockets.connections]) socket.destroy();
        await sleep(4000);
      } else {
        await world.service.kill();
        await sleep(31_000);
      }
      const disturbed = Date.now() - world.disturbedAt < 15_000 || world.pending.size > 0;
      for (const path of ["books:A-USDT", "books5:B-USDT"]) {
        const { code, output } = await world.service.run(
          ["client", "get", "m", path, "--max-age", "86400000", "--json", "-c", world.file],
        );
        if (code !== 0 || disturbed) continue;
        const what = `get --max-age takes the book ${path} for fresh, and there is ${why}`;
        world.seen.push({ what, evidence: output.slice(0, 300) });
      }
      world.exchange.stage.sockets.manners.dialsRefusedUntil = 0;
      if (why === "no service") await begin(world, []);
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
    async (world, { ops, everyMs }) => {
      const clients = [0, 1].map(() =>
        new Redis({ port: world.redis.port, maxRetriesPerRequest: 0, commandTimeout: 2000 })
      );
      for (const client of clients) client.on("error", () => {});
      const name = nameOf(CONTENDED);
      want(world, name, "unknown");
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
          want(world, name, ops.at(-1) === "subscribe" ? "yes" : "no");
        }
      } catch (error) {
        world.log(`  (commands: ${(error as Error).message})`);
      } finally {
        for (const client of clients) client.disconnect();
      }
    },
  ),
  "look around": play(
    () => ({}),
    async (world: World) => {
      for (const page of ["/", "/livez", "/readyz", "/metrics", "/api/state"]) await world.service.get(page);
      await world.service.run(["client", "status", "--json", "-c", world.file]);
    },
  ),
};
