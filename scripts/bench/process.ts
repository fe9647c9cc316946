/** Child processes of the benchmark and what they cost, read from /proc (Linux). */
import { type Child, startChild, type Surroundings } from "../../tests/support/child.ts";

/** A child with its cost so far. */
export type Measured = AsyncDisposable & {
  /** Seconds of CPU used so far, user and system. */
  cpuSeconds(): Promise<number>;
  /** Most memory ever used, in megabytes. */
  peakMegabytes(): Promise<number>;
  /** Throws, with the last line that it wrote, when it has ended. */
  assertRuns(): void;
};

/** A program with its arguments. */
export type Command = Surroundings & { readonly name: string; readonly command: readonly string[] };

/** Ticks per second of the times in /proc/PID/stat; 100 on every Linux that Deno runs on. */
const TICKS = 100;

/** Lines of output that are kept. */
const MOST_LINES = 200;

export function startMeasured(
  { name, command: [command = "", ...args], ...surroundings }: Command,
): Measured {
  const child: Child = startChild(command, args, { ...surroundings, name, mostLines: MOST_LINES });
  const endOf = (code: number) =>
    new Error(`${name} ended with ${code}: ${child.lines.at(-1)?.text ?? "it said nothing"}`);
  const read = async (file: string) => {
    try {
      return await Deno.readTextFile(`/proc/${child.pid}/${file}`);
    } catch {
      throw endOf(await child.ended());
    }
  };
  return {
    cpuSeconds: async () => parseCpuSeconds(await read("stat")),
    peakMegabytes: async () => parsePeakMegabytes(await read("status")),
    assertRuns() {
      const code = child.code();
      if (code !== undefined) throw endOf(code);
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

/** Seconds of CPU, from /proc/PID/stat; the name of the program may have spaces and parentheses. */
export function parseCpuSeconds(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** Most memory ever held, from /proc/PID/status. */
export function parsePeakMegabytes(status: string): number {
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}
