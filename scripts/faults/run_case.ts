/**
 * One row of the matrix from start to verdict: a healthy environment, the fault, the recovery, some more trade, then the
 * market stands still and everything in Redis is compared with the exchange.
 */
import { waitFor } from "../../tests/support/wait.ts";
import { readArchive } from "./archive.ts";
import type { Archive, FaultCase, Outcome, Run } from "./case.ts";
import { readGaps } from "./compare/gaps.ts";
import type { TradeCount } from "./compare/trades.ts";
import type { Sign } from "./observer.ts";
import type { Program } from "./program.ts";
import { flows, recovered } from "./recovery.ts";
import { settle } from "./settle.ts";
import { gapSigns, logSigns } from "./signs.ts";
import { type Environment, startEnvironment } from "./environment.ts";

/** Trade before the fault, and after the recovery. */
const BEFORE_MS = 2000;
const AFTER_MS = 1500;
const RECOVERY_MS = 60_000;

/** Never rejects: whatever goes wrong is a fault of the row. */
export async function runCase(
  item: FaultCase,
  program: Program,
  { folder, logs }: { readonly folder: string; readonly logs?: string | undefined },
): Promise<Outcome> {
  const start = performance.now();
  const faults: string[] = [];
  const notes: string[] = [];
  let trades: TradeCount | undefined;
  let signs: Sign[] = [];
  let struckAt = 0;
  let recoveredMs: number | undefined;
  try {
    await using environment = await startEnvironment(program, folder, item.environment);
    await environment.waitReady();
    const since = Date.now();
    await flows(environment);
    await sleep(BEFORE_MS);
    const archives: Archive[] = [];
    let liftedAt = 0;
    const struck = () => {
      struckAt = Date.now();
      environment.observer.begin();
    };
    const offsets = [0];
    const run: Run = {
      environment,
      struck,
      lifted: () => void (liftedAt = Date.now()),
      seen: (sign, deadlineMs = 60_000) => seen(environment, struckAt, sign, deadlineMs),
      flows: (deadlineMs) => flows(environment, deadlineMs),
      pause: sleep,
      note: (text) => void notes.push(text),
      fault: (text) => void faults.push(text),
      clockMoved: (ms) => void offsets.push(ms),
      archive: async () => void archives.push(await readArchive(environment)),
    };
    struck();
    try {
      await item.strike(run);
      if (liftedAt === 0) liftedAt = Date.now();
      await recovered(environment, item.recoveryMs ?? RECOVERY_MS);
      recoveredMs = Date.now() - (item.fromStrike ? struckAt : liftedAt);
      await sleep(AFTER_MS);
      const result = await settle(environment, { archives, offsets, since });
      trades = result.trades;
      faults.push(...result.trades.faults, ...result.differences);
      signs = [...environment.observer.signs, ...gapSigns(result.gaps, struckAt)];
    } finally {
      if (signs.length === 0) signs = [...environment.observer.signs];
      signs.push(...logSigns(environment.service().lines, struckAt));
      if (logs !== undefined) await keepLogs(environment, `${logs}/${item.name}`, struckAt);
    }
  } catch (error) {
    faults.push(error instanceof Error ? error.message : String(error));
  }
  for (const wanted of item.announced) {
    if (!signs.some(({ text }) => wanted.test(text))) faults.push(`nobody could see ${wanted.source}`);
  }
  signs.sort((a, b) => a.at - b.at);
  const [first] = signs;
  // Those that had to be seen are listed first.
  const isWanted = ({ text }: Sign) => item.announced.some((wanted) => wanted.test(text));
  const listed = [...signs.filter(isWanted), ...signs.filter((sign) => !isWanted(sign))];
  return {
    name: item.name,
    title: item.title,
    trades,
    announced: listed.map(({ text, paths }) => paths > 1 ? `${text} (${paths} paths)` : text),
    announcedMs: first === undefined ? undefined : Math.max(0, first.at - struckAt),
    recoveredMs,
    notes,
    faults,
    seconds: (performance.now() - start) / 1000,
  };
}

async function seen(
  environment: Environment,
  since: number,
  sign: RegExp,
  deadlineMs: number,
): Promise<void> {
  const look = () => [...environment.observer.signs, ...logSigns(environment.service().lines, since)];
  await waitFor(
    `${sign.source} to be seen`,
    () => look().some(({ text }) => sign.test(text)) || undefined,
    { deadlineMs, everyMs: 50 },
  );
}

/** For the diagnosis: the service's log, and the records of gaps. */
async function keepLogs(
  { prefix, service, redis }: Environment,
  file: string,
  struckAt: number,
): Promise<void> {
  const time = (at: number) => new Date(at).toISOString().slice(11, 23);
  const lines = service().lines.map(({ at, text }) => `${time(at)} ${text}`);
  const gaps = (await readGaps(redis.client, prefix)).map((gap) =>
    `${gap.path} ${time(gap.from)} to ${time(gap.to)} ${gap.outcome} ${gap.rows}`
  );
  await Deno.writeTextFile(`${file}.log`, [`struck ${time(struckAt)}`, ...gaps, ...lines].join("\n"));
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
