/** Waiting in tests: for a condition, with a deadline; never for a length of time. */

/**
 * Resolves with the first truthy value that `probe` gives; rejects at the deadline and says what was awaited
 * and what the last look saw.
 */
export async function waitFor<T>(
  what: string,
  probe: () => T | Promise<T>,
  options: { deadlineMs?: number; everyMs?: number } = {},
): Promise<NonNullable<T>> {
  const { deadlineMs = 15_000, everyMs = 10 } = options;
  const end = performance.now() + deadlineMs;
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
      throw new Error(`Not within ${deadlineMs} ms: ${what} (last look: ${seen})`);
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** Rejects when `promise` has not settled in time. */
export async function withTimeout<T>(what: string, promise: Promise<T>, ms = 15_000): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Not within ${ms} ms: ${what}`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
