/** Waiting in tests: for a condition, with a deadline; never for a length of time. */

/** Only a test that fails waits for so long. */
const DEADLINE_MS = 60_000;

/** Deadlines are written for an idle machine; one that is busy with other things may take so many times as long. */
const SLACK = 10;

/**
 * Resolves with the first truthy value that `probe` gives; rejects at the deadline and says what was awaited
 * and what the last look saw.
 */
export async function waitFor<T>(
  what: string,
  probe: () => T | Promise<T>,
  options: { deadlineMs?: number; everyMs?: number } = {},
): Promise<NonNullable<T>> {
  const { deadlineMs = DEADLINE_MS, everyMs = 10 } = options;
  const ms = onBusyMachine(deadlineMs);
  const end = performance.now() + ms;
  let last: unknown;
  while (true) {
    try {
      last = await probe();
      if (last) return last as NonNullable<T>;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) {
      const seen = last instanceof Error ? last.message : JSON.stringify(last);
      throw new Error(`Not within ${ms} ms: ${what} (last look: ${seen})`);
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** Rejects when `promise` has not settled in time. */
export async function withTimeout<T>(what: string, promise: Promise<T>, ms = DEADLINE_MS): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const allowed = onBusyMachine(ms);
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Not within ${allowed} ms: ${what}`)), allowed);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function onBusyMachine(ms: number): number {
  return Math.max(ms, Math.min(SLACK * ms, DEADLINE_MS));
}
