/** Decides what counts: a finding that stays for as long as its patience says, on a machine that may be busy. */
import type { Finding } from "./checks/finding.ts";

export type Violation = { what: string; evidence: string; afterMs: number };

export type Judge = {
  /** Takes the findings of one moment and returns those that have become violations, each once. */
  weigh(findings: readonly Finding[], now: number, options: { disturbedAt: number }): Violation[];
};

/** What was done to Redis is noticed and mended within ten seconds; until then nothing is held against the service. */
const NOTICED_MS = 10_000;
/** A finding has to be seen this often, so that one slow look is none. */
const LOOKS = 4;

export function createJudge(): Judge {
  const seen = new Map<string, { since: number; looks: number }>();
  const reported = new Set<string>();
  let last = 0;
  /** How long looks take here lately; where they are late, the service may be too. */
  let lag = 0;
  return {
    weigh(findings, now, { disturbedAt }) {
      if (last > 0) lag = Math.max(0, now - last - 500, lag * 0.8);
      last = now;
      const names = new Set(findings.map(({ what }) => what));
      for (const what of seen.keys()) {
        if (!names.has(what)) seen.delete(what);
      }
      const violations: Violation[] = [];
      for (const { what, evidence, patienceMs } of findings) {
        const entry = seen.get(what) ?? { since: now, looks: 0 };
        entry.looks++;
        seen.set(what, entry);
        const since = Math.max(entry.since, disturbedAt + NOTICED_MS);
        const enough = patienceMs === 0 || (entry.looks >= LOOKS && now - since >= patienceMs + 4 * lag);
        if (!enough || reported.has(what)) continue;
        reported.add(what);
        violations.push({ what, evidence, afterMs: now - entry.since });
      }
      return violations;
    },
  };
}
