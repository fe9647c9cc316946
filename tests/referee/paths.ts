/** What the referee has the service keep, and where each thing lies in Redis by the table of keys of the reference. */
import type { Feed } from "./exchange/rows.ts";
import type { Arg } from "./exchange/sockets.ts";

/** What is compared: the newest row, a whole book, events that count once each, closed bars, or a set of what is open. */
export type Kind = "row" | "book" | "events" | "bars" | "open";

export type Watched = {
  server: "m" | "n";
  path: string;
  /** The exchange's own argument, by which its connections know the subscription. */
  arg: Arg;
  kind: Kind;
  feed: Feed;
};

/** `m` has a login, `n` has none. */
export const SERVERS = ["m", "n"] as const;
export const PREFIX = "okex";

function watched(server: "m" | "n", kind: Kind, path: string, arg: Arg): Watched {
  return {
    server,
    kind,
    path,
    arg,
    feed: `${arg.channel}|${arg.instId ?? arg.instFamily ?? arg.instType ?? ""}`,
  };
}

/** A native path of one instrument, or with other arguments in their order. */
function native(server: "m" | "n", kind: Kind, channel: string, ...args: [string, string][]): Watched {
  return watched(server, kind, [channel, ...args.map(([, value]) => value)].join(":"), {
    channel,
    ...Object.fromEntries(args),
  });
}

/** What the file asks for when nothing is left out. */
export const WATCHED: readonly Watched[] = [
  ...["A-USDT", "B-USDT"].map((id) => native("m", "row", "tickers", ["instId", id])),
  ...["mark-price", "open-interest", "funding-rate"].map((channel) =>
    native("m", "row", channel, ["instId", "A-USDT-SWAP"])
  ),
  native("m", "row", "index-tickers", ["instId", "A-USDT"]),
  native("m", "row", "books5", ["instId", "B-USDT"]),
  watched("m", "row", "spot/ticker:A-USDT", { channel: "tickers", instId: "A-USDT" }),
  native("m", "book", "books", ["instId", "A-USDT"]),
  native("m", "events", "trades", ["instId", "A-USDT"]),
  watched("m", "events", "spot/trade:A-USDT", { channel: "trades", instId: "A-USDT" }),
  watched("m", "events", "spot/trade:B-USDT", { channel: "trades", instId: "B-USDT" }),
  native("m", "events", "liquidation-orders", ["instType", "SWAP"]),
  watched("m", "events", "option-trades:OPTION:instFamily=A-USD", {
    channel: "option-trades",
    instType: "OPTION",
    instFamily: "A-USD",
  }),
  native("m", "bars", "candle1s", ["instId", "A-USDT"]),
  native("m", "bars", "candle1m", ["instId", "A-USDT"]),
  native("m", "open", "orders", ["instType", "ANY"]),
  native("m", "open", "positions", ["instType", "ANY"]),
  native("m", "open", "account"),
  native("m", "open", "balance_and_position"),
  native("m", "open", "instruments", ["instType", "SPOT"]),
  native("n", "row", "tickers", ["instId", "C-USDT"]),
  native("n", "book", "books", ["instId", "C-USDT"]),
  native("n", "events", "trades", ["instId", "C-USDT"]),
  native("n", "bars", "candle1s", ["instId", "C-USDT"]),
];

/** What only commands ask for; no file names it. */
export const CONTENDED: Watched = native("m", "row", "tickers", ["instId", "D-USDT"]);

export function nameOf({ server, path }: Watched): string {
  return `${server} ${path}`;
}

export function key(server: string, rest: string): string {
  return `${PREFIX}/${server}/${rest}`;
}
