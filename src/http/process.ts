/** What this process uses, as Prometheus names it. What the system or the permissions do not give is left out. */
import process from "node:process";

/** Bytes and seconds; undefined: not known. */
export type ProcessUse = {
  readonly residentBytes: number | undefined;
  readonly heapBytes: number | undefined;
  readonly cpuSeconds: number | undefined;
};

/** Asks the runtime. */
export function readProcessUse(): ProcessUse {
  const memory = attempt(() => Deno.memoryUsage());
  const cpu = attempt(() => process.cpuUsage());
  return {
    residentBytes: memory?.rss,
    heapBytes: memory?.heapUsed,
    cpuSeconds: cpu === undefined ? undefined : (cpu.user + cpu.system) / 1e6,
  };
}

function attempt<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
