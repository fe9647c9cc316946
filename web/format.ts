/** Numbers and times as people read them at a glance. Pure. */

/** `320 ms`, `4.2 s`, `3 m`, `2 h`, `5 d`; empty for a negative or unknown one. */
export function formatAge(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return "";
  if (ms < 1000) return `${Math.round(ms / 10) * 10} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} m`;
  if (ms < 172_800_000) return `${Math.round(ms / 3_600_000)} h`;
  return `${Math.round(ms / 86_400_000)} d`;
}

/** `950`, `1,234`, `56.7k`, `1.2M`; small ones with one decimal. */
export function formatCount(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)}M`;
  if (value >= 1e5) return `${Math.round(value / 1000)}k`;
  if (value >= 1e4) return `${(value / 1000).toFixed(1)}k`;
  if (value >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString("en");
  return value.toFixed(1);
}

/** A sum of sizes, with as many digits as all of them need of which `largest` is one: `0.0412`, `48.70`, `56.7k`. */
export function formatSum(value: number, largest: number): string {
  if (largest >= 10_000) return formatCount(value);
  return formatFixed(value, largest >= 100 ? 1 : largest >= 10 ? 2 : largest >= 1 ? 3 : 4);
}

/** `0 B`, `12 kB`, `3.4 MB`. */
export function formatBytes(value: number): string {
  if (value < 1000) return `${Math.round(value)} B`;
  if (value < 1e6) return `${Math.round(value / 1000)} kB`;
  return value < 1e9 ? `${(value / 1e6).toFixed(value < 1e7 ? 1 : 0)} MB` : `${(value / 1e9).toFixed(2)} GB`;
}

/** Milliseconds with as many digits as matter: `0.42`, `3.1`, `120`. */
export function formatMillis(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  if (value < 1) return value.toFixed(2);
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
}

/** The time of day here, `14:03:22`. */
export function formatClock(at: number): string {
  return new Date(at).toLocaleTimeString("en-GB");
}

/** Digits behind the point of a number as it is written; what is no plain number has none. */
export function decimalsOf(text: string): number {
  const match = /^-?\d+\.(\d+)$/.exec(text);
  return match === null ? 0 : (match[1] as string).length;
}

/** A number with that many decimals and thousands apart, `60,332.80`. */
export function formatFixed(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return "–";
  return value.toLocaleString("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}
