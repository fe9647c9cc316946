/** A book that says `live` is the exchange's book at its sequence number, and not behind where the service is ready. */
import type { Levels } from "../exchange/book.ts";
import { key, nameOf, WATCHED } from "../paths.ts";
import type { Snapshot } from "../observe.ts";
import type { Environment } from "../environment.ts";
import { type Finding, PATIENCE_MS, ROW_MS } from "./finding.ts";

/** The reference lets a book be written 100 ms apart; this is added to the second. */
const INTERVAL_MS = 100;

/** Levels of each side in the lists of a book. */
const TOP = 25;

export function checkBooks(environment: Environment, { at, ready, subs, hashes }: Snapshot): Finding[] {
  const findings: Finding[] = [];
  for (const item of WATCHED) {
    if (item.kind !== "book") continue;
    const hash = hashes.get(key(item.server, item.path))!;
    if (hash.state !== "live") continue;
    environment.compared.books++;
    const book = environment.exchange.stage.market.books.get(item.arg.instId!)!;
    const levels = book.history.get(Number(hash.seqId));
    const difference = levels ? compare(levels, hash) : "the exchange never had this number";
    if (difference) {
      findings.push({
        what: `${nameOf(item)} says live and is not the exchange's book at its number`,
        evidence: `seqId ${hash.seqId}: ${difference}`,
        patienceMs: 0,
      });
    }
    if (!ready || subs.get(nameOf(item))?.state !== "live") continue;
    const due = book.sent.findLastIndex((one) => one.at <= at - ROW_MS - INTERVAL_MS);
    if (due < 0 || book.sent.slice(due).some(({ seqId }) => String(seqId) === hash.seqId)) continue;
    const evidence = `${book.sent[due]!.seqId} was sent ${
      at - book.sent[due]!.at
    } ms before; in Redis is ${hash.seqId}`;
    findings.push({
      what: `${nameOf(item)} is live and ready, and behind`,
      evidence,
      patienceMs: PATIENCE_MS,
    });
  }
  return findings;
}

/** In what the hash differs from the levels of both sides; undefined: in nothing. */
export function compare(levels: Levels, hash: Readonly<Record<string, string>>): string | undefined {
  for (const side of ["bids", "asks"] as const) {
    let found: unknown;
    try {
      found = JSON.parse(hash[side] ?? "");
    } catch {
      return `${side} cannot be read: ${hash[side]}`;
    }
    const text = (list: unknown) => (list as string[][]).map(([price, size]) => `${price}:${size}`);
    const [expected, there] = [text(levels[side].slice(0, TOP)), text(found)];
    const index = expected.findIndex((level, place) => level !== there[place]);
    if (index >= 0 || expected.length !== there.length) {
      const place = index >= 0 ? index : expected.length;
      return `${side}[${place}] is ${there[place]} and was ${
        expected[place]
      } (${there.length} and ${expected.length} levels)`;
    }
  }
  return undefined;
}
