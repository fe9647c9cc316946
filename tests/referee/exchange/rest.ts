/** The exchange's REST side: answers from the market, paged as documented, and the faults it may have. */
import type { Account } from "./account.ts";
import { isOpen } from "./account.ts";
import { levelsOf } from "./book.ts";
import type { Market } from "./market.ts";
import type { Login } from "./sockets.ts";
import { signature } from "./sign.ts";

export type RestFault =
  | { how: "lag"; ms: number }
  | { how: "clamp"; rows: number }
  | { how: "slow"; ms: number }
  | { how: "empty" | "html" | "429" | "500" | "unsorted" | "foreign" | "hang up" };

export type Fault = RestFault & { path: string; until: number };

export type Answer = { status: number; type: string; body: string; wait: number; hangUp: boolean };

export function answerRest(
  url: URL,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  options: { market: Market; login: Login; faults: readonly Fault[]; now: number },
): Answer {
  const { market, login, now } = options;
  const path = url.pathname.replace("/api/v5", "");
  const fault = options.faults.find((item) => item.until > now && path === item.path);
  const answer: Answer = { status: 200, type: "application/json", body: "", wait: 0, hangUp: false };
  const fail = (status: number, code: string, msg: string) => ({
    ...answer,
    status,
    body: JSON.stringify({ code, msg, data: [] }),
  });
  if (fault?.how === "429") return fail(429, "50011", "Too Many Requests");
  if (fault?.how === "500") return fail(500, "50001", "Service temporarily unavailable");
  if (fault?.how === "html") return { ...answer, type: "text/html", body: "<html>Just a moment...</html>" };
  if (fault?.how === "hang up") return { ...answer, hangUp: true };
  if (/^\/(trade|account)\//.test(path)) {
    const stamp = String(headers["ok-access-timestamp"]);
    const right = headers["ok-access-key"] === login.apiKey &&
      headers["ok-access-passphrase"] === login.passphrase &&
      headers["ok-access-sign"] === signature(login.secret, `${stamp}GET${url.pathname}${url.search}`);
    if (!right) return fail(401, "50113", `Invalid Sign for ${headers["ok-access-passphrase"]}`);
  }
  const until = fault?.how === "lag" ? now - fault.ms : now;
  const found = rows(path, url.searchParams, market, until);
  if (!found) return fail(400, "51000", "Parameter error");
  let { list } = found;
  if (fault?.how === "empty") list = [];
  if (fault?.how === "clamp") list = list.slice(0, fault.rows);
  if (fault?.how === "unsorted") list = [...list].reverse();
  if (fault?.how === "foreign") {
    list = list.map((row) => Array.isArray(row) ? row : { ...row as object, instId: "Z-USDT" });
  }
  return {
    ...answer,
    body: JSON.stringify({ code: "0", msg: "", data: list }),
    wait: fault?.how === "slow" ? fault.ms : 0,
  };
}

function rows(
  path: string,
  query: URLSearchParams,
  market: Market,
  until: number,
): { list: unknown[] } | undefined {
  const instId = query.get("instId") ?? "";
  const limit = (most: number) => Math.min(most, Number(query.get("limit") ?? "100") || 100);
  switch (path) {
    case "/public/time":
      return { list: [{ ts: String(Date.now()) }] };
    case "/public/instruments":
      return {
        list: [...market.instruments.values()].filter((row) => row.instType === query.get("instType")),
      };
    case "/market/trades":
      return { list: tradesOf(market, `trades|${instId}`, until).slice(0, limit(500)) };
    case "/market/history-trades": {
      const key = (row: Record<string, unknown>) => Number(row[query.get("type") === "2" ? "ts" : "tradeId"]);
      return { list: page(tradesOf(market, `trades|${instId}`, until), query, key, limit(100)) };
    }
    case "/market/candles":
    case "/market/history-candles": {
      const live = path === "/market/candles";
      const bars = market.bars.get(`candle${query.get("bar") ?? "1m"}|${instId}`);
      if (!bars || (live && bars.ms < 60_000)) return undefined;
      const closed = bars.closed.filter((item) => item.at <= until).map((item) => item.row.bar as string[]);
      const all = live ? [...closed.slice(-1439), bars.current] : closed;
      return { list: page(all.reverse(), query, (bar) => Number(bar[0]), limit(live ? 300 : 100)) };
    }
    case "/market/books": {
      const book = market.books.get(instId);
      if (!book) return { list: [] };
      return { list: [{ ...levelsOf(book), ts: String(Date.now()), seqId: book.seqId }] };
    }
    case "/trade/orders-pending":
      return { list: orders(market.account, query, isOpen, limit(100)) };
    case "/trade/orders-history":
    case "/trade/orders-history-archive":
      return { list: orders(market.account, query, (row) => !isOpen(row), limit(100)) };
    case "/account/positions":
      return { list: [...market.account.positions.values()] };
    case "/account/balance":
      return { list: [{ uTime: String(Date.now()), details: [...market.account.balances.values()] }] };
    default:
      return undefined;
  }
}

function tradesOf(market: Market, feed: string, until: number): Record<string, unknown>[] {
  const list = market.tapes.get(feed)?.list ?? [];
  // As documented: without `count` and `seqId`, which pushes have.
  return list.filter((item) => item.at <= until).map(({ row: { count: _count, seqId: _seqId, ...row } }) =>
    row
  )
    .reverse();
}

/** Newest first; `after` asks for what is older than it, `before` for what is newer. */
function page<T>(newestFirst: T[], query: URLSearchParams, key: (row: T) => number, limit: number): T[] {
  const after = query.get("after"), before = query.get("before");
  return newestFirst
    .filter((row) => (!after || key(row) < Number(after)) && (!before || key(row) > Number(before)))
    .slice(0, limit);
}

function orders(
  account: Account,
  query: URLSearchParams,
  wanted: (row: Record<string, unknown>) => boolean,
  limit: number,
): unknown[] {
  const list = [...account.orders.values()].filter(wanted).filter((row) =>
    ["instType", "instId"].every((name) => !query.get(name) || query.get(name) === row[name])
  );
  return page(list.reverse(), query, (row) => Number(row.ordId), limit);
}
