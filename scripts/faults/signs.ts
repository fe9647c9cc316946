/** Signs that are read afterwards: records of gaps, and warnings in the log. */
import type { Line } from "../../tests/support/child.ts";
import type { Gap } from "./compare/gaps.ts";
import type { Sign } from "./observer.ts";

/** One sign for each outcome of the gaps that end after a time. */
export function gapSigns(gaps: readonly Gap[], since: number): Sign[] {
  const signs = new Map<string, { at: number; paths: Set<string> }>();
  for (const { path, to, outcome } of gaps) {
    if (to < since) continue;
    const sign = signs.get(outcome) ?? { at: to, paths: new Set<string>() };
    sign.paths.add(path);
    signs.set(outcome, sign);
  }
  return [...signs].map(([outcome, { at, paths }]) => ({ text: `gaps ${outcome}`, at, paths: paths.size }));
}

/** One sign for each different warning or error of the service. */
export function logSigns(lines: readonly Line[], since: number): Sign[] {
  const signs = new Map<string, Sign>();
  for (const { at, text } of lines) {
    if (at < since) continue;
    const message = warningOf(text);
    if (message !== undefined && !signs.has(message)) {
      signs.set(message, { text: `log ${message}`, at, paths: 0 });
    }
  }
  return [...signs.values()];
}

function warningOf(line: string): string | undefined {
  try {
    const { level, message } = JSON.parse(line) as { level?: unknown; message?: unknown };
    return /^(WARN|ERR|FATAL)/i.test(String(level)) ? String(message) : undefined;
  } catch {
    // Not one of its lines: a crash, or a message before logging was set up.
    return line.trim() === "" ? undefined : line.trim();
  }
}
