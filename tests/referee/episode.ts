/** One episode: an environment, a script, a judge that looks on all the while, and a calm in which everything has to come right. */
import { begin } from "./actions/lives.ts";
import { PLAYS, STANDBY_PLAYS } from "./actions/mod.ts";
import { describe } from "./actions/action.ts";
import { findAnchors } from "./anchors.ts";
import { checkBooks } from "./checks/books.ts";
import type { Finding } from "./checks/finding.ts";
import { checkOpen } from "./checks/open.ts";
import { checkRows } from "./checks/rows.ts";
import { checkSeries } from "./checks/series.ts";
import { checkStates, checkUnanswered } from "./checks/states.ts";
import { checkWriters } from "./checks/writers.ts";
import { pushTrade } from "./exchange/flow.ts";
import { SPOT } from "./exchange/market.ts";
import { createJudge, type Violation } from "./judge.ts";
import { observe, type Snapshot } from "./observe.ts";
import type { Step } from "./script.ts";
import { searchSecrets } from "./search_secrets.ts";
import type { Program } from "./service.ts";
import { type Environment, openEnvironment } from "./environment.ts";
import { sleep, until } from "./wait.ts";

export type Result = {
  violations: Violation[];
  /** How many actions had been begun when the first violation was seen. */
  actions: number;
  /** The last lines of the service's log, where there was one. */
  log: readonly string[];
  compared: Environment["compared"];
};

/** No action is begun after this, so that an episode on a busy machine comes to its end too. */
const SCRIPT_MS = 90_000;
/** Between two looks. */
const LOOK_MS = 300;
/** In a calm it takes pauses of up to 30 s between dials and lists, and 120 s after a refused login, until all is well. */
const CALM_MS = 150_000;
/** What is on its way when the market stands still lands within this. */
const LANDING_MS = 25_000;

export async function runEpisode(options: {
  seed: string;
  script: readonly Step[];
  folder: string;
  program: Program;
  /** Whether there are two instances of the service. */
  isPair?: boolean;
  /** Findings that are known and not to be stopped at. */
  isKnown(what: string): boolean;
  log(text: string): void;
}): Promise<Result> {
  const { script, log, isKnown } = options;
  await using environment = await openEnvironment(options);
  const judge = createJudge();
  const violations: Violation[] = [];
  let actions = 0;
  let over = false;

  const weigh = (findings: readonly Finding[]) => {
    const unknown = findings.filter(({ what }) => !isKnown(what));
    violations.push(...judge.weigh(unknown, Date.now(), environment));
    for (const { what, evidence } of environment.seen.splice(0)) {
      if (!isKnown(what)) violations.push({ what, evidence, afterMs: 0 });
    }
    for (const end of environment.service.ends.splice(0)) {
      violations.push({ what: "the service ends by itself", evidence: end, afterMs: 0 });
    }
    for (const place of environment.secretWatch.found) {
      if (!violations.some(({ what }) => what === `a secret: ${place}`)) {
        violations.push({ what: `a secret: ${place}`, evidence: "", afterMs: 0 });
      }
    }
    return violations.length > 0;
  };

  const look = async (): Promise<Snapshot | undefined> => {
    const unanswered = await checkUnanswered(environment);
    const snapshot = await observe(environment);
    if (!snapshot) {
      weigh(unanswered);
      return undefined;
    }
    weigh([
      ...[checkRows, checkBooks, checkOpen, checkStates].flatMap((check) => check(environment, snapshot)),
      ...checkWriters(environment),
    ]);
    await findAnchors(environment);
    return snapshot;
  };

  const looking = (async () => {
    while (!over && violations.length === 0) {
      await look();
      await sleep(LOOK_MS);
    }
  })();

  try {
    environment.exchange.run(true);
    await begin(environment, []);
    await until(20_000, () => violations.length > 0 || allAnchored(environment), LOOK_MS);
    const end = Date.now() + SCRIPT_MS;
    for (const { afterMs, action } of script) {
      await sleep(afterMs);
      if (violations.length > 0 || Date.now() > end) break;
      actions++;
      log(describe(action));
      try {
        await (PLAYS[action.do] ?? STANDBY_PLAYS[action.do])!.perform(environment, action);
      } catch (error) {
        // Redis is away by an earlier action; what cannot be done now is left out.
        log(`  (${(error as Error).message})`);
      }
    }
    if (violations.length === 0) await calmDown(environment, () => violations.length > 0);
  } finally {
    over = true;
    await looking;
  }
  if (violations.length === 0) weigh(await lastLook(environment, isKnown));
  if (violations.length === 0) {
    await searchSecrets(environment);
    weigh([]);
  }
  return {
    violations,
    actions,
    log: violations.length > 0 ? environment.service.log.slice(-40) : [],
    compared: environment.compared,
  };
}

/** Every series that brings something each second has been seen in Redis; the script may begin. */
function allAnchored(environment: Environment): boolean {
  return ["m trades:A-USDT", "m candle1s:A-USDT", "m spot/trade:B-USDT"].every((name) =>
    environment.anchors.has(name)
  );
}

/** Ends what is going on, lets the exchange behave, and waits until the service says that all is well. */
async function calmDown(environment: Environment, violated: () => boolean): Promise<void> {
  const { manners } = environment.exchange.stage.sockets;
  environment.exchange.faults.length = 0;
  manners.dialsRefusedUntil = manners.silentUntil = manners.loginsRefusedUntil = 0;
  manners.answers.until = manners.refused.until = 0;
  environment.exchange.stage.lose = { trade: 0, bar: 0, book: 0 };
  environment.exchange.stage.muted.clear();
  await Promise.all(environment.pending);
  if (violated()) return;
  const start = Date.now();
  const ready = await until(
    CALM_MS,
    async () => violated() || (await environment.service.ready())?.ok === true,
    500,
  );
  if (ready === undefined) {
    const last = await environment.service.ready();
    const evidence = last ? last.text : "no answer";
    environment.seen.push({ what: `it is not ready ${CALM_MS / 1000} s after the last trouble`, evidence });
  }
  environment.log(`calm: ready after ${((Date.now() - start) / 1000).toFixed(1)} s`);
  // What was disturbed at last is judged too.
  const rest = Math.max(3000, environment.disturbedAt + 16_000 - Date.now());
  await until(rest, violated, 300);
}

/** The market stands still: what happened is there, or a gap covers it. */
async function lastLook(environment: Environment, isKnown: (what: string) => boolean): Promise<Finding[]> {
  // What was lost at last shows when something follows.
  for (const instId of SPOT.slice(0, 3)) pushTrade(environment.exchange.stage, instId);
  environment.exchange.run(false);
  await sleep(1500);
  let findings: Finding[] = [];
  await until(LANDING_MS, async () => {
    environment.compared.events = 0;
    findings = await checkSeries(environment);
    return findings.every(({ what }) => isKnown(what));
  }, 1000);
  return findings;
}
