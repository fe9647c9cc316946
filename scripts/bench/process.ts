/** Child processes of the benchmark and what they cost, read from /proc (Linux). */

/** A child with its cost so far. */
export type Measured = AsyncDisposable & {
  /** Seconds of CPU used so far, user and system. */
  cpuSeconds(): Promise<number>;
  /** Most memory ever used, in megabytes. */
  peakMegabytes(): Promise<number>;
};

/** Ticks per second of the times in /proc/PID/stat; 100 on every Linux that Deno runs on. */
const TICKS = 100;

/** Starts a program whose output is not wanted. */
export function startMeasured(command: string, args: readonly string[]): Measured {
  const child = new Deno.Command(command, {
    args: [...args],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  return {
    async cpuSeconds() {
      const stat = await Deno.readTextFile(`/proc/${child.pid}/stat`);
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return (Number(fields[11]) + Number(fields[12])) / TICKS;
    },
    async peakMegabytes() {
      const status = await Deno.readTextFile(`/proc/${child.pid}/status`);
      return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
    },
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGKILL");
      } catch {
        // Ended by itself.
      }
      await child.status;
    },
  };
}
