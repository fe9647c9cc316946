/** What the series of one server miss that is not settled: a hash of JSON texts, so that another process can go on. */
import type { OpenGap } from "../event.ts";
import type { Keys } from "./keys.ts";
import type { Write } from "./write.ts";

/** Gaps of one path and ranges of one gap that are read; more were never written. */
const MAX_GAPS = 50;
const MAX_RANGES = 64;

/** See the module comment. */
export class OpenGaps {
  readonly #keys: Keys;
  readonly #open = new Map<string, Write>();

  constructor(keys: Keys) {
    this.#keys = keys;
  }

  /** What a path misses now; nothing any more where the list is empty. */
  write(path: string, gaps: readonly OpenGap[]): Write[] {
    const key = this.#keys.openGaps;
    const place = { key, field: path, last: true } as const;
    if (gaps.length === 0) {
      this.#open.delete(path);
      return [{ kind: "unfield", ...place }];
    }
    const write: Write = { kind: "field", ...place, value: formatOpenGaps(gaps) };
    this.#open.set(path, write);
    return [write];
  }

  /** All of it, for a Redis that may have lost it. */
  all(): Write[] {
    return [...this.#open.values()];
  }
}

/** `from` and `missing` are those of all gaps together, for people; null: that cannot be known yet. */
function formatOpenGaps(gaps: readonly OpenGap[]): string {
  const total = gaps.reduce((sum, { missing }) => sum + (missing ?? NaN), 0);
  return JSON.stringify({
    from: Math.min(...gaps.map(({ from }) => from)),
    missing: Number.isSafeInteger(total) ? total : null,
    gaps,
  });
}

/**
 * The writes that settle what an earlier process left open of paths that nobody wants any more: nobody will fill it. `open` is
 * the hash as it is in Redis.
 */
export function abandonedGaps(
  keys: Keys,
  open: Readonly<Record<string, string>>,
  { isWanted, now }: { readonly isWanted: (path: string) => boolean; readonly now: number },
): Write[] {
  const gone = Object.keys(open).filter((path) => !isWanted(path));
  const records = gone.flatMap((path) => parseOpenGaps(open[path] ?? "").map((gap) => ({ path, gap })));
  const appends = records.map(({ path, gap: { from, to, rows, missing } }, i): Write => ({
    ...{ kind: "append", key: keys.gaps, id: `${now}-${i}`, bytes: 64, kept: true },
    row: {
      path,
      from,
      to: to ?? Math.max(from, now),
      outcome: rows > 0 ? "partly" : "not",
      rows,
      missing: missing ?? "",
    },
  }));
  return [...appends, ...gone.map((field): Write => ({ kind: "unfield", key: keys.openGaps, field }))];
}

/** What a text in `P/gaps/open` says; none where it cannot be read. */
export function parseOpenGaps(text: string): OpenGap[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  const gaps = typeof value === "object" && value !== null ? (value as { gaps?: unknown }).gaps : undefined;
  return Array.isArray(gaps) ? gaps.filter(isOpenGap).slice(0, MAX_GAPS) : [];
}

function isOpenGap(value: unknown): value is OpenGap {
  if (typeof value !== "object" || value === null) return false;
  const { from, to, ranges, rows } = value as Record<string, unknown>;
  const isRange = (range: unknown) =>
    Array.isArray(range) && range.length === 2 && Number.isSafeInteger(range[0]) &&
    (range[1] === null || (Number.isSafeInteger(range[1]) && range[1] >= range[0]));
  return Number.isFinite(from) && (to === null || Number.isFinite(to)) && Number.isSafeInteger(rows) &&
    (ranges === null || (Array.isArray(ranges) && ranges.length <= MAX_RANGES && ranges.every(isRange)));
}
