/** Faults of the exchange and of the way to it, while its words stay right. */
import { waitFor } from "../../../tests/support/wait.ts";
import type { FaultCase } from "../case.ts";

export const EXCHANGE_CASES: readonly FaultCase[] = [
  {
    name: "drop",
    title: "exchange drops every connection",
    announced: [
      /^status DISCONNECTED$/,
      /^subs stale \S+$/,
      /^readyz .* is stale: .+$/,
      /^gaps filled$/,
      /^log Disconnected$/,
    ],
    async strike({ environment, seen }) {
      await environment.exchange.command("drop");
      await seen(/^subs stale \S+$/);
    },
  },
  {
    name: "half-open",
    title: "half-open sockets: the peer is gone and says nothing",
    environment: { proxies: { exchange: true } },
    fromStrike: true,
    announced: [/^status DISCONNECTED$/, /^subs stale \S+$/, /^gaps filled$/, /^log Disconnected$/],
    async strike({ environment, seen }) {
      environment.exchangeProxy?.freeze();
      await seen(/^subs stale \S+$/);
    },
  },
  {
    name: "silence",
    title: "silence: open sockets, not even a pong",
    announced: [/^status DISCONNECTED$/, /^subs stale \S+$/, /^log Disconnected$/],
    async strike({ environment, seen, lifted }) {
      const { connects = 0, disconnects = 0 } = await environment.stats();
      await environment.exchange.command("silent on");
      await seen(/^subs stale \S+$/);
      // What receives from the exchange again in time never was away.
      await waitFor(
        "every connection to be given up",
        async () => ((await environment.stats()).disconnects ?? 0) >= disconnects + connects,
      );
      await environment.exchange.command("silent off");
      lifted();
    },
  },
  {
    name: "slow-sender",
    title: "slow sender: 3 kB/s for 8 s on each socket",
    environment: { proxies: { exchange: true } },
    announced: [],
    async strike({ environment, pause, note, lifted }) {
      environment.exchangeProxy?.slow(3000);
      await pause(8000);
      const subs = await environment.redis.client.hget("okex/m/subs", "trades:BTC-USDT");
      const { receivedAt, exchangeAt } = JSON.parse(subs ?? "{}") as {
        receivedAt: number;
        exchangeAt: number;
      };
      note(`P/subs: exchangeAt ${((receivedAt - exchangeAt) / 1000).toFixed(1)} s behind receivedAt`);
      environment.exchangeProxy?.restore();
      lifted();
    },
  },
  {
    name: "garbage",
    title: "garbage before a third of all frames, 5 s",
    announced: [],
    async strike({ environment, pause, note, fault, lifted }) {
      const before = (await environment.stats()).unreadable ?? 0;
      await environment.exchange.command("garbage=0.33");
      await pause(5000);
      await environment.exchange.command("garbage=off");
      lifted();
      const count = ((await environment.stats()).unreadable ?? 0) - before;
      note(`okws_unreadable_total +${count}`);
      if (count === 0) fault("unreadable frames were not counted");
    },
  },
  {
    name: "notice",
    title: "notice 64008: announced end, connections closed after 5 s",
    announced: [],
    async strike({ environment, pause, lifted, note, fault }) {
      const before = await environment.stats();
      await environment.exchange.command("notice=5s");
      await pause(6000);
      lifted();
      const after = await environment.stats();
      note(`${(after.connects ?? 0) - (before.connects ?? 0)} connections made`);
      const bad = environment.observer.signs.filter(({ text }) => /DISCONNECTED|stale|readyz/.test(text));
      if (bad.length > 0) {
        fault(`what was announced ahead still broke: ${bad.map(({ text }) => text).join(", ")}`);
      }
    },
  },
  {
    name: "sequence-gap",
    title: "sequence gap: a push of a book is lost",
    fromStrike: true,
    announced: [/^subs syncing$/, /^readyz .*books:BTC-USDT is (syncing|sent): .+$/],
    async strike({ environment, seen }) {
      await environment.exchange.command("gap books:BTC-USDT");
      await seen(/^subs (syncing|sent)$/);
    },
  },
  {
    name: "trade-gap",
    title: "sequence gap: pushes of trades are lost, one now and then",
    fromStrike: true,
    announced: [/^gaps /],
    async strike({ environment, pause }) {
      for (
        const path of ["trades:BTC-USDT", "trades:ETH-USDT", "trades-all:BTC-USDT-SWAP", "trades:BTC-USDT"]
      ) {
        await environment.exchange.command(`gap ${path}`);
        await pause(1000);
      }
    },
  },
];
