/** Looks at Redis and the pages at one moment, as a reader would. */
import { isOpen } from "./exchange/account.ts";
import { CONTENDED, key, SERVERS, WATCHED } from "./paths.ts";
import type { Environment } from "./environment.ts";

export type Sub = { state: string; error: unknown; receivedAt: number };

export type Snapshot = {
  /** When Redis was read: all of it at once, some time between the two. */
  at: number;
  done: number;
  /** Whether `/readyz` said 200 before and after; undefined: no service answers. */
  ready: boolean | undefined;
  reasons: string;
  /** By name of a path; a field that cannot be read has the state `unreadable`. */
  subs: Map<string, Sub>;
  /** Rows, books and orders, by key. */
  hashes: Map<string, Record<string, string>>;
  sets: Map<string, string[]>;
};

/** Orders that are compared: all open ones, and of those that ended the newest. */
const ENDED_ORDERS = 15;

/** Undefined while Redis answers nobody. */
export async function observe(environment: Environment): Promise<Snapshot | undefined> {
  const { operator } = environment.redis;
  const before = await environment.service.ready();
  const hashKeys = [...WATCHED, CONTENDED].filter(({ kind }) => kind === "row" || kind === "book")
    .map(({ server, path }) => key(server, path));
  const orders = [...environment.exchange.stage.market.account.orders.values()];
  const chosen = [...orders.filter(isOpen), ...orders.filter((row) => !isOpen(row)).slice(-ENDED_ORDERS)];
  hashKeys.push(...chosen.map(({ ordId }) => key("m", `orders:${ordId}`)));
  const setKeys = WATCHED.filter(({ kind }) => kind === "open").map(openKey);
  const chain = operator.multi();
  const at = Date.now();
  for (const server of SERVERS) chain.hgetall(key(server, "subs"));
  for (const name of hashKeys) chain.hgetall(name);
  for (const name of setKeys) chain.smembers(name);
  let replies: [Error | null, unknown][] | null;
  try {
    replies = await chain.exec();
  } catch {
    return undefined;
  }
  if (!replies) return undefined;
  const done = Date.now();
  const after = await environment.service.ready();
  const answers = replies.map(([error, value]) => error ? undefined : value);
  const subs = new Map<string, Sub>();
  for (const [index, server] of SERVERS.entries()) {
    for (const [path, text] of Object.entries(answers[index] as Record<string, string> | undefined ?? {})) {
      subs.set(`${server} ${path}`, readSub(text));
    }
  }
  const rest = answers.slice(SERVERS.length);
  return {
    at,
    done,
    ready: before && after ? before.ok && after.ok : undefined,
    reasons: after?.text ?? "",
    subs,
    hashes: new Map(
      hashKeys.map((name, index) => [name, rest[index] as Record<string, string> | undefined ?? {}]),
    ),
    sets: new Map(
      setKeys.map((name, index) => [name, rest[hashKeys.length + index] as string[] | undefined ?? []]),
    ),
  };
}

/** The set of what is open under a path; of instruments it is the path itself. */
export function openKey({ server, path }: { server: string; path: string }): string {
  return key(server, path.startsWith("instruments") ? path : `${path}/open`);
}

function readSub(text: string): Sub {
  try {
    const { state, error, receivedAt } = JSON.parse(text);
    return { state, error, receivedAt };
  } catch {
    return { state: "unreadable", error: null, receivedAt: 0 };
  }
}
