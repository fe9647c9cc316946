/** What is open in Redis is what is open at the exchange, or its path is not live. */
import { isOpen } from "../exchange/account.ts";
import { key, nameOf, WATCHED, type Watched } from "../paths.ts";
import { openKey, type Snapshot } from "../observe.ts";
import type { Environment } from "../environment.ts";
import { type Finding, PATIENCE_MS } from "./finding.ts";

export function checkOpen(environment: Environment, { ready, subs, sets, hashes }: Snapshot): Finding[] {
  const findings: Finding[] = [];
  const find = (what: string, evidence: string) => findings.push({ what, evidence, patienceMs: PATIENCE_MS });
  for (const item of WATCHED) {
    const sub = subs.get(nameOf(item));
    if (item.kind !== "open" || !ready || sub?.state !== "live" || sub.error) continue;
    environment.compared.sets++;
    const expected = openAtExchange(environment, item);
    const there = new Set(sets.get(openKey(item)));
    for (const id of expected) {
      if (!there.has(id)) {
        find(`${nameOf(item)} is live and ready, and lacks ${id}`, `in Redis: ${[...there].join(" ")}`);
      }
    }
    for (const id of there) {
      if (!expected.has(id)) {
        find(`${nameOf(item)} is live and ready, and still has ${id}`, `open: ${[...expected].join(" ")}`);
      }
    }
  }
  const orders = WATCHED.find(({ path }) => path.startsWith("orders:"))!;
  if (!ready || subs.get(nameOf(orders))?.state !== "live") return findings;
  // A history that could not be asked for may come later; the set above is right without it.
  const listed = Date.now() - (environment.restBadUntil.get("/trade/orders-history") ?? 0) > 90_000;
  for (const row of environment.exchange.stage.market.account.orders.values()) {
    const hash = hashes.get(key("m", `orders:${row.ordId}`));
    if (!hash || Object.keys(hash).length === 0 || hash.state === "unknown") continue;
    if (hash.state === row.state && hash.uTime === row.uTime) continue;
    if (!isOpen(row) && !listed) continue;
    find(
      `order ${row.ordId} is not as the exchange has it`,
      `sent ${JSON.stringify(row)}; in Redis ${JSON.stringify(hash)}`,
    );
  }
  return findings;
}

function openAtExchange(environment: Environment, { path }: Watched): Set<string> {
  const { account, instruments } = environment.exchange.stage.market;
  if (path.startsWith("orders")) {
    return new Set([...account.orders.values()].filter(isOpen).map(({ ordId }) => String(ordId)));
  }
  if (path.startsWith("positions")) return new Set(account.positions.keys());
  if (path.startsWith("instruments")) return new Set(instruments.keys());
  return new Set(account.balances.keys());
}
