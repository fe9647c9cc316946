/** The memory of a process over time, compared as medians of two spans. */

/** Samples once a second until it is disposed. */
export type MemoryWatch = AsyncDisposable & { readonly samples: readonly MemorySample[] };
export type MemorySample = { readonly at: number; readonly megabytes: number };

const EVERY_MS = 1000;

/** Resident memory of `pid` (Linux). */
export function watchMemory(pid: number): MemoryWatch {
  const samples: MemorySample[] = [];
  const ending = new AbortController();
  const loop = (async () => {
    while (!ending.signal.aborted) {
      const status = await Deno.readTextFile(`/proc/${pid}/status`).catch(() => "");
      const kilobytes = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
      if (kilobytes > 0) samples.push({ at: Date.now(), megabytes: kilobytes / 1024 });
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  })();
  return {
    samples,
    async [Symbol.asyncDispose]() {
      ending.abort();
      await loop;
    },
  };
}

/** The medians of consecutive spans. */
export function mediansOf(samples: readonly MemorySample[], spanMs: number): number[] {
  const start = samples[0]?.at ?? 0;
  const end = samples.at(-1)?.at ?? 0;
  const count = Math.floor((end - start) / spanMs);
  return Array.from({ length: count }, (_, index) => {
    const from = start + index * spanMs;
    return Math.round(medianBetween(samples, from, from + spanMs));
  });
}

/** The median within a span of time; NaN when nothing was sampled there. */
export function medianBetween(samples: readonly MemorySample[], from: number, to: number): number {
  const values = samples.filter(({ at }) => at >= from && at < to).map(({ megabytes }) => megabytes)
    .sort((a, b) => a - b);
  return values[Math.floor(values.length / 2)] ?? NaN;
}
