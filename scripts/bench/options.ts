/** The command line of `deno task bench`. */
import type { parseArgs } from "node:util";
import type { Work } from "./run.ts";

/** What is to be measured. */
export type Options = {
  readonly works: readonly Work[];
  readonly peers: boolean;
  readonly seconds: number;
  /** In place of the usual ones. */
  readonly rates: readonly number[] | undefined;
  /** Names of the programs that are measured; all unless given. */
  readonly only: readonly string[] | undefined;
  readonly bin: string | undefined;
  readonly tls: boolean;
  readonly json: boolean;
  /** A file with a stored run, to be compared with. */
  readonly check: string | undefined;
  /** Whether the file of the documentation, its table and its chart are written. */
  readonly write: boolean;
  /** Where peers are installed, and stay; a folder that is removed unless given. */
  readonly folder: string | undefined;
};

export const USAGE = `deno task bench [tickers] [books] [peers] [SECONDS] [options]

  tickers, books   what is measured; both unless one is named
  peers            other libraries beside it, as far as they can be installed here
  SECONDS          for each program and rate; 8 unless given
  --rate N[,N…]    messages a second that are offered, in place of the usual ones
  --only NAME[,…]  these programs alone: okws, okws-top, plain, relay, redis-benchmark, cryptofeed, ccxt, okx-api;
                   okws-unleased (without a lease) where it is named
  --bin PATH       an executable of okws in place of the sources
  --no-tls         nothing through wss://
  --json           the result as data, with a description of the machine
  --check FILE     compares ratios with a run that --json printed; ends with 1 where one is worse by more than 15 %
  --write          writes docs/benchmarks.json, and from it the table and the chart of docs/benchmarks.md
  --folder DIR     where peers are installed and stay, in place of a folder that is removed`;

/** Longest time for one program, in seconds: what is long is measured by a soak. */
const MAX_SECONDS = 600;

const WORKS: readonly string[] = ["tickers", "books"];

/** As `parseArgs` takes them. */
export const OPTIONS = {
  rate: { type: "string" },
  only: { type: "string" },
  bin: { type: "string" },
  check: { type: "string" },
  folder: { type: "string" },
  "no-tls": { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  write: { type: "boolean", default: false },
} as const;

/** What `parseArgs` makes of a command line. */
export type Arguments = ReturnType<typeof parseArgs<{ allowPositionals: true; options: typeof OPTIONS }>>;

/** Throws TypeError with a message for a person. */
export function readOptions({ values, positionals }: Arguments): Options {
  const numbers = positionals.filter((each) => /^[\d.]+$/.test(each));
  const words = positionals.filter((each) => !numbers.includes(each));
  const unknown = words.find((each) => each !== "peers" && !WORKS.includes(each));
  if (unknown !== undefined) {
    throw new TypeError(`Cannot measure: ${unknown} is neither tickers, books nor peers`);
  }
  if (numbers.length > 1) {
    throw new TypeError(`Cannot measure: two lengths of time, ${numbers.join(" and ")}`);
  }
  const works = words.filter((each): each is Work => WORKS.includes(each));
  return {
    works: works.length === 0 ? ["tickers", "books"] : [...new Set(works)],
    peers: words.includes("peers"),
    seconds: positive("SECONDS", numbers[0] ?? "8", MAX_SECONDS),
    rates: values.rate?.split(",").map((each) => positive("--rate", each, 10_000_000)),
    only: values.only?.split(","),
    bin: values.bin,
    tls: !values["no-tls"],
    json: values.json,
    check: values.check,
    write: values.write,
    folder: values.folder,
  };
}

function positive(name: string, text: string, most: number): number {
  const value = Number(text);
  if (text.trim() !== "" && value > 0 && value <= most) return value;
  throw new TypeError(`Cannot measure: ${name} is ${text || "empty"}, no number above 0 and up to ${most}`);
}
