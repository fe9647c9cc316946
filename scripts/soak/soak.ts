/**
 * A soak from a seed: lanes of random faults, a calm after the first minute or two in which the memory is taken, more faults,
 * and another calm; then everything in Redis is compared with the exchange, and the memory with what it was.
 */
import type { Archive } from "../faults/case.ts";
import type { Program } from "../faults/program.ts";
import { flows, recovered } from "../faults/recovery.ts";
import { settle } from "../faults/settle.ts";
import { MANY } from "../faults/watched.ts";
import { type Environment, startEnvironment } from "../faults/environment.ts";
import type { Stage } from "./action.ts";
import { createLanes, type Report, runLanes } from "./lanes.ts";
import { medianBetween, mediansOf, watchMemory } from "./memory.ts";

/** Settings of {@link runSoak}. */
export type SoakOptions = {
  readonly program: Program;
  readonly folder: string;
  readonly minutes: number;
  readonly seed: number;
  readonly log: (text: string) => void;
  /** Where the service's log goes in the end. */
  readonly logFile?: string | undefined;
};

/** What came of it. */
export type SoakResult = {
  readonly actions: number;
  readonly sent: number;
  readonly landed: number;
  readonly lost: number;
  readonly recorded: number;
  readonly gaps: number;
  /** Megabytes: medians of the two calms, and of every half minute. */
  readonly memory: { readonly before: number; readonly after: number; readonly series: readonly number[] };
  /** Empty: passed. */
  readonly faults: readonly string[];
};

/**
 * The first faults, then a calm: after the first minute of a short soak. In a long one after another minute, when what is
 * kept of the last minute on purpose is all there.
 */
const WARM_MS = 45_000;
const MINUTE_MS = 60_000;
const LONG_MINUTES = 5;

/** The memory is taken in a calm, after a rest: queues are empty, and what is left is what stays. */
const REST_MS = 20_000;
const CALM_MS = 15_000;
const MOST_GROWTH = 0.1;
const SERIES_MS = 30_000;
/** A recovery from the worst, a login that was refused, takes two minutes. */
const RECOVERY_MS = 150_000;
/** What it logs of faults that are its own; the others were made on purpose. */
const OWN_FAULTS = /"level":"FATAL"|fault of okws|okws broke/;

export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const { program, folder, minutes, seed, log, logFile } = options;
  await using environment = await startEnvironment(program, folder, {
    watched: MANY,
    rate: 20,
    seed,
    persist: true,
    // When memory is given back.
    settings: { LOG_LEVEL: "info,system=debug" },
    proxies: { exchange: true, redis: true },
  });
  await environment.waitReady();
  const start = Date.now();
  await flows(environment);
  await using memory = watchMemory(environment.service().pid);
  const faults: string[] = [];
  const archives: Archive[] = [];
  const stage: Stage = { environment, archives, sleep };
  const report: Report = { log, fault: (text) => faults.push(text) };
  const lanes = createLanes(seed);
  /** Faults until a time, then a calm; answers the median of the memory in it. */
  const leg = async (until: number, calmFrom: number): Promise<{ actions: number; megabytes: number }> => {
    const actions = await runLanes(lanes, { until, stage, report });
    log("calm");
    await environment.exchange.command("off");
    await recovered(environment, RECOVERY_MS).catch((error) => {
      faults.push(`not recovered: ${error instanceof Error ? error.message : String(error)}`);
    });
    const from = Math.max(Date.now() + REST_MS, calmFrom);
    await sleep(from + CALM_MS - Date.now());
    const megabytes = medianBetween(memory.samples, from, from + CALM_MS);
    log(`memory ${megabytes.toFixed(0)} MB`);
    return { actions, megabytes };
  };
  const more = minutes >= LONG_MINUTES ? MINUTE_MS : 0;
  const first = await leg(start + WARM_MS + more, start + MINUTE_MS + more);
  const second = await leg(start + minutes * MINUTE_MS - REST_MS - CALM_MS, 0);
  const { trades, differences, gaps } = await settle(environment, { archives, since: start });
  faults.push(...trades.faults, ...differences, ...complaintsOf(environment));
  const [before, after] = [first.megabytes, second.megabytes];
  if (!(after <= before * (1 + MOST_GROWTH))) {
    faults.push(`memory grew from ${before.toFixed(0)} to ${after.toFixed(0)} MB`);
  }
  if (logFile !== undefined) {
    const records = gaps.map((gap) => JSON.stringify(gap));
    await Deno.writeTextFile(
      logFile,
      [...records, ...environment.service().lines.map(({ text }) => text)].join("\n"),
    );
  }
  const { sent, landed, lost, recorded } = trades;
  return {
    actions: first.actions + second.actions,
    sent,
    landed,
    lost,
    recorded,
    gaps: gaps.length,
    memory: { before, after, series: mediansOf(memory.samples, SERIES_MS) },
    faults,
  };
}

/** The service must live, and must not have complained of itself. */
function complaintsOf(environment: Environment): string[] {
  const service = environment.service();
  const code = service.code();
  const ended = code === undefined ? [] : [`the service ended with ${code}`];
  const odd = service.lines.filter(({ text }) => !text.startsWith("{") || OWN_FAULTS.test(text));
  return [...ended, ...odd.slice(0, 10).map(({ text }) => `logged: ${text.slice(0, 300)}`)];
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
