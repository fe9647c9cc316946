/** What is measured, one after the other. */
import type { Work } from "./run.ts";

/** A program at one kind of work and one rate. `program`: a key of `PROGRAMS`, or a peer. */
export type Scenario = {
  readonly work: Work;
  readonly offered: number;
  readonly tls: boolean;
  readonly program: string;
};

/** What may be chosen on the command line. */
export type Choice = {
  readonly works: readonly Work[];
  /** In place of the rates of every kind of work. */
  readonly rates: readonly number[] | undefined;
  readonly only: readonly string[] | undefined;
  readonly tls: boolean;
  readonly peers: readonly string[];
};

/** Messages a second that are offered: what OKX sends on a lively day, ten and five times as much, and a flood. */
const RATES: Readonly<Record<Work, readonly number[]>> = {
  tickers: [2000, 20_000, 300_000],
  books: [2000, 10_000],
};

/** Peers have no bound on what waits: a flood would only say how much memory there is. */
const MAX_PEER_RATES: Readonly<Record<Work, number>> = { tickers: 20_000, books: 2000 };

/** Programs of our own by their names, the reference of all ratios first. */
const PROGRAMS: Readonly<Record<Work, readonly string[]>> = {
  tickers: ["relay", "plain", "okws"],
  books: ["relay", "plain", "okws", "okws-top"],
};

/** The same without a lease and what it fences; only where it is named. */
export const UNLEASED = "okws-unleased";

/** Those that go over TLS too, at the lowest rate. */
const TLS_PROGRAMS: readonly string[] = ["relay", "okws"];

/** Programs whose cost is ours. */
export function isOurs(program: string): boolean {
  return program === "okws" || program === "okws-top" || program === UNLEASED;
}

export function planScenarios({ works, rates, only, tls, peers }: Choice): Scenario[] {
  return works.flatMap((work) => {
    const all = rates ?? RATES[work];
    const lowest = Math.min(...all);
    const plain = all.flatMap((offered) =>
      [
        // What OKX sends is enough to measure what the hashes of all levels cost.
        ...PROGRAMS[work].filter((program) => program !== "okws-top" || offered === lowest),
        ...only?.includes(UNLEASED) === true ? [UNLEASED] : [],
        ...(rates !== undefined || offered <= MAX_PEER_RATES[work] ? peers : []),
      ].map((program) => ({ work, offered, tls: false, program }))
    );
    const encrypted = tls
      ? TLS_PROGRAMS.map((program) => ({ work, offered: lowest, tls: true, program }))
      : [];
    return [...plain, ...encrypted].filter(({ program }) => only === undefined || only.includes(program));
  });
}

/** As it is shown to a person, such as `okws, 2,000 tickers/s, TLS`. */
export function nameOf({ program, work, offered, tls }: Scenario): string {
  return `${program}, ${offered.toLocaleString("en")} ${work}/s${tls ? ", TLS" : ""}`;
}
