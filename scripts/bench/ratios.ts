/** What figures of one run say of each other. */
import type { Result, Run } from "./run.ts";

/** What another program took at the same work in the same run; undefined where it was not measured. */
export function counterpart(
  run: Run,
  of: Result,
  changes: Partial<Pick<Result, "program" | "tls">>,
): Result | undefined {
  const { work, offered, program, tls } = { ...of, ...changes };
  return run.results.find((each) =>
    each.work === work && each.offered === offered && each.program === program && each.tls === tls
  );
}

/** CPU time as a multiple of another program's; undefined where that one was not measured. */
export function cpuRatio(run: Run, of: Result, program: string): number | undefined {
  const other = counterpart(run, of, { program });
  return other === undefined ? undefined : of.cpuMicros / other.cpuMicros;
}

/** CPU time through TLS as a multiple of that without; undefined without TLS. */
export function tlsRatio(run: Run, of: Result): number | undefined {
  const other = of.tls ? counterpart(run, of, { tls: false }) : undefined;
  return other === undefined ? undefined : of.cpuMicros / other.cpuMicros;
}

/** Results of the same work, rate and way, in the order in which they were measured. */
export function groupResults(run: Run): Result[][] {
  return [...Map.groupBy(run.results, ({ work, offered, tls }) => `${work} ${offered} ${tls}`).values()];
}
