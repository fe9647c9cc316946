// deno-lint-ignore-file no-console -- it prints what it finds
/**
 * `deno task referee`: an independent judge of the service. It plays exchange, operator of Redis and reader at once, from
 * a seed, knows nothing but the contract in docs/reference, and checks all along that what okws says of its data is true.
 *
 *   deno task referee [SECONDS] [--seed N[.EPISODE]] [--bin PATH] [--json]
 *     --script       prints what the episode does, and ends
 *     --standby      two instances, of which one stands by; the exchange's faults, and ends of either
 *     --actions N    plays the first N actions only
 *     --no-shrink    looks for no shorter script
 *     --keep-going   goes on with the next episode after a violation
 *     --ignore TEXT  a regular expression: violations that are known
 *
 * Episodes `N.1`, `N.2`, … follow each other until the time is over. A violation ends the run: with the seed of its
 * episode, the shortest prefix of its script that failed again, and the evidence.
 */
import { parseArgs } from "node:util";
import { endWhenInterrupted, inFolder } from "./children.ts";
import { describe } from "./actions/action.ts";
import { type Result, runEpisode } from "./episode.ts";
import { makeScript, type Step } from "./script.ts";
import type { Program } from "./service.ts";
import { shrink } from "./shrink.ts";

const USAGE = `deno task referee [SECONDS] [--seed N[.EPISODE]] [--bin PATH]

  SECONDS           how long (90)
  --seed N          the episodes, or with .EPISODE just one of them (1)
  --bin PATH        an executable instead of the sources
  --actions N       only so many actions of an episode
  --ignore TEXT     a regular expression: violations that are known
  --no-shrink       violations as they were found
  --keep-going      goes on after a violation
  --standby         two instances of the service, of which one stands by
  --script          what happens in the episode, without doing it
  --json            the result as JSON`;

const { values, positionals } = readArguments();

endWhenInterrupted();
Deno.exit(await main());

function readArguments() {
  if (Deno.args.some((arg) => arg === "--help" || arg === "-h")) {
    console.log(USAGE);
    Deno.exit(0);
  }
  try {
    return parseArgs({
      args: Deno.args,
      allowPositionals: true,
      options: {
        seed: { type: "string", default: "1" },
        bin: { type: "string" },
        actions: { type: "string" },
        "no-shrink": { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        script: { type: "boolean", default: false },
        standby: { type: "boolean", default: false },
        "keep-going": { type: "boolean", default: false },
        ignore: { type: "string" },
      },
    });
  } catch (error) {
    const [what] = (error as Error).message.split(/\. (?=To )/);
    console.error(`${what}\n\n${USAGE}`);
    Deno.exit(2);
  }
}

async function main(): Promise<number> {
  const seconds = Number(positionals[0] ?? "90");
  const [seed, only] = values.seed.split(".");
  if (!(seconds > 0) || !/^\d+(\.\d+)?$/.test(values.seed)) {
    console.error(`Seconds and seeds are numbers\n\n${USAGE}`);
    return 2;
  }
  const begun = Date.now();
  const log = (text: string) => {
    const at = ((Date.now() - begun) / 1000).toFixed(1).padStart(7);
    console.error(`${new Date().toISOString().slice(11, 23)} ${at} s  ${text}`);
  };
  const cut = (script: Step[]) =>
    values.actions === undefined ? script : script.slice(0, Number(values.actions));
  const program = findProgram();
  let episodes = 0, failed = 0, actions = 0;
  const compared = { rows: 0, books: 0, sets: 0, events: 0 };
  for (let number = Number(only ?? "1");; number++) {
    const name = `${seed}.${number}`;
    const script = cut(makeScript(name, values.standby));
    if (values.script) {
      for (const { afterMs, action } of script) console.log(`${afterMs} ms, ${describe(action)}`);
      return 0;
    }
    log(`episode ${name}: ${script.length} actions`);
    const play = (steps: readonly Step[], quiet: boolean) =>
      inFolder((folder) =>
        runEpisode({
          ...{ seed: name, script: steps, folder, program, isPair: values.standby, isKnown },
          log: quiet ? () => {} : log,
        })
      );
    const result = await play(script, false);
    episodes++;
    actions += result.actions;
    for (const name of Object.keys(compared) as (keyof typeof compared)[]) {
      compared[name] += result.compared[name];
    }
    if (result.violations.length > 0) {
      failed++;
      log(`episode ${name}: VIOLATION`);
      const prefix = values["no-shrink"]
        ? { steps: script.slice(0, result.actions), runs: 0, again: 0, result }
        : await shrink(script.slice(0, result.actions), (steps) => play(steps, true), log);
      report(name, { ...prefix, first: result });
      if (!values["keep-going"]) break;
    }
    if (only !== undefined || (Date.now() - begun) / 1000 >= seconds) break;
  }
  const time = ((Date.now() - begun) / 1000).toFixed(0);
  console.log(
    `referee: seed ${values.seed}, ${episodes} episodes, ${actions} actions, ${time} s; compared ${compared.rows} rows, ` +
      `${compared.books} books, ${compared.sets} sets, ${compared.events} events: ` +
      (failed === 0 ? "no violation" : `${failed} with VIOLATIONS`),
  );
  return failed === 0 ? 0 : 1;
}

function report(
  name: string,
  found: { first: Result; result: Result; steps: readonly Step[]; runs: number; again: number },
): void {
  const { first, result, steps, runs, again } = found;
  if (values.json) {
    console.log(JSON.stringify({ seed: name, violations: first.violations, steps, runs, again }));
    return;
  }
  console.log(`seed ${name}: play it again with --seed ${name} --actions ${steps.length}`);
  for (const { what, evidence, afterMs } of first.violations) {
    console.log(
      `  ${what}${afterMs > 0 ? ` (for ${afterMs} ms)` : ""}\n    ${evidence.replaceAll("\n", "\n    ")}`,
    );
  }
  console.log(
    `  the shortest prefix that failed: ${steps.length} actions (${again} of ${runs} runs again failed)`,
  );
  for (const { afterMs, action } of steps) console.log(`    ${afterMs} ms, ${describe(action)}`);
  if (result !== first) {
    console.log("  there it was");
    for (const { what, evidence } of result.violations) {
      console.log(`    ${what}\n      ${evidence.slice(0, 600)}`);
    }
  }
  console.log("  the last lines of the log");
  for (const line of result.log.slice(-15)) console.log(`    ${line.slice(0, 300)}`);
}

/** Whether `--ignore` names it, a regular expression. */
function isKnown(what: string): boolean {
  return values.ignore !== undefined && new RegExp(values.ignore).test(what);
}

/** The executable that was named, or the sources of this checkout. */
function findProgram(): Program {
  if (values.bin) return { command: values.bin, args: [] };
  const main = new URL("../../main.ts", import.meta.url).pathname;
  const config = new URL("../../deno.json", import.meta.url).pathname;
  return { command: Deno.execPath(), args: ["run", "-A", "--no-check", "--quiet", "--config", config, main] };
}
