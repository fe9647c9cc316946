/** What an examination finds, and how examinations are run: all at once, each within its own deadline. */

import { within } from "../../shared/async/within.ts";
import { MessageError } from "../../shared/errors.ts";
import { englishOf, type Text } from "../../shared/messages/message.ts";
import { keyed } from "../i18n/translate.ts";

/** How serious something is: `fail` keeps okws from working, `warn` may one day, or costs something. */
export type FindingState = "ok" | "warn" | "fail";

/** One line of the report. */
export type Finding = {
  /** What was looked at: `file`, `Redis`, `exchange okx`. */
  readonly area: Text;
  readonly name: string;
  readonly state: FindingState;
  readonly message: Text;
  /** What to do about it; empty where nothing has to be done. */
  readonly remedy: Text;
};

/** A name, how serious it is, what was found, and what to do about it. */
export type ReportedFinding = readonly [name: string, state: FindingState, message: Text, remedy?: Text];

/** Reports one finding of an area. */
export type ReportFinding = (...verdict: ReportedFinding) => void;

/** Examines one area and reports what it finds. A rejection is a finding too. */
export type Examination = {
  readonly area: Text;
  readonly look: (report: ReportFinding, signal: AbortSignal) => Promise<void>;
};

/** How long one area may take, and how long it then has to say what it was waiting for. */
const DEADLINE_MS = 8000;
const GRACE_MS = 500;

/**
 * Runs all at once; `onProgress` is called with the areas that are still under way. Findings come in the order given, each
 * once: two examinations of one area, as of both protocols of an exchange, may find the same.
 */
export async function examine(
  examinations: readonly Examination[],
  options: {
    readonly signal: AbortSignal;
    readonly deadlineMs?: number;
    readonly onProgress?: (areas: readonly Text[]) => void;
  },
): Promise<Finding[]> {
  const { signal, deadlineMs = DEADLINE_MS, onProgress = () => {} } = options;
  const open = new Set(examinations.map(({ area }) => area));
  onProgress([...open]);
  const found = await Promise.all(examinations.map(async ({ area, look }) => {
    const findings: Finding[] = [];
    const late = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
    const over = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs + GRACE_MS)]);
    // What an area still says when its time is over is not listened to any more.
    const report: ReportFinding = (name, state, message, remedy = "") => {
      if (open.has(area)) findings.push({ area, name, state, message, remedy });
    };
    try {
      await within(look(report, late), over);
    } catch (error) {
      const isLate = over.aborted && !signal.aborted;
      const message = isLate ? keyed("doctor.none_within", { ms: deadlineMs }) : explainError(error);
      report("answer", "fail", message, keyed("doctor.try_again"));
    }
    open.delete(area);
    onProgress([...open]);
    return findings;
  }));
  return [...new Map(found.flat().map((each) => [comparisonKey(each), each])).values()];
}

/** Equal for findings that read the same. */
function comparisonKey(finding: Finding): string {
  return JSON.stringify(Object.values(finding).map(englishOf));
}

/** Returns what went wrong, for a person; a failed request keeps its reason inside. */
export function explainError(error: unknown): Text {
  if (error instanceof MessageError) return error.text ?? error.message;
  if (!(error instanceof Error)) return String(error);
  return error instanceof TypeError && error.cause instanceof Error
    ? `${error.message}: ${englishOf(explainError(error.cause))}`
    : error.message;
}
