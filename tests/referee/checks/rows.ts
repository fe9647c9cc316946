/** Where a path is live and the service ready, the row is what the exchange sent last. */
import { asHash, type Row } from "../exchange/rows.ts";
import { CONTENDED, key, nameOf, WATCHED, type Watched } from "../paths.ts";
import type { Snapshot } from "../observe.ts";
import type { Environment } from "../environment.ts";
import { type Finding, PATIENCE_MS, ROW_MS } from "./finding.ts";

export function checkRows(environment: Environment, { at, ready, subs, hashes }: Snapshot): Finding[] {
  const findings: Finding[] = [];
  for (const item of [...WATCHED, CONTENDED]) {
    const sub = subs.get(nameOf(item));
    if (item.kind !== "row" || !ready || sub?.state !== "live" || sub.error) continue;
    const sent = environment.exchange.stage.market.sent.get(item.feed) ?? [];
    const due = sent.findLastIndex((one) => one.at <= at - ROW_MS);
    if (due < 0) continue;
    environment.compared.rows++;
    const hash = hashes.get(key(item.server, item.path))!;
    if (sent.slice(due).some(({ row }) => isRow(item, row, hash))) continue;
    // Nothing came since Redis was emptied or this life began: then nobody can have it.
    const since = Math.max(
      environment.resets.get(nameOf(item)) ?? 0,
      environment.service.livingSince ?? Infinity,
    );
    if (Object.keys(hash).length === 0 && sent[due]!.at < since) continue;
    const evidence = `sent ${at - sent[due]!.at} ms before: ${JSON.stringify(sent[due]!.row)}; ` +
      `in Redis: ${JSON.stringify(hash)}; sent in the last second: ${sent.length - due - 1}`;
    findings.push({
      what: `${nameOf(item)} is live and ready, and not the row sent last`,
      evidence,
      patienceMs: PATIENCE_MS,
    });
  }
  return findings;
}

/** A native row as it was sent, beside the state of a small book; of a legacy one the price and the name. */
function isRow({ path }: Watched, row: Row, hash: Readonly<Record<string, string>>): boolean {
  if (path.startsWith("spot/")) return hash.last === row.last && hash.instrument_id === row.instId;
  const { state: _state, ...rest } = hash;
  const expected = asHash(row);
  const names = Object.keys(expected);
  return names.length === Object.keys(rest).length && names.every((name) => rest[name] === expected[name]);
}
