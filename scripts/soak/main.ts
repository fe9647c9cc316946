// deno-lint-ignore-file no-console -- it prints its findings
/**
 * `deno task soak`: the service through the executable for some minutes of random faults that a seed decides. Ends with 1
 * and the differences when Redis does not equal the exchange afterwards, or the memory has grown by 10 %.
 */
import { cleanUpWhenInterrupted } from "../faults/interrupted.ts";
import { findProgram } from "../faults/program.ts";
import { runSoak } from "./soak.ts";
import { readTaskArguments, refuseTaskArguments } from "../../tests/support/task_arguments.ts";

const USAGE = `deno task soak [MINUTES] [--seed N] [--bin PATH | --source] [--json] [--log FILE]

  MINUTES      how long, 3 at least (3)
  --seed N     what happens when (1)
  --bin PATH   an executable instead of dist/okws, which is built where there is none
  --source     the sources instead of an executable
  --json       the result as JSON
  --log FILE   the records of gaps and the log of the service`;

const { values, positionals } = readTaskArguments({
  seed: { type: "string", default: "1" },
  bin: { type: "string" },
  source: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  log: { type: "string" },
}, USAGE);

Deno.exit(await main());

async function main(): Promise<number> {
  const minutes = Number(positionals[0] ?? "3");
  const seed = Number(values.seed);
  // The memory is compared from the second minute on.
  if (!(minutes >= 3)) refuseTaskArguments(`A soak takes 3 minutes or more: ${positionals[0]}`, USAGE);
  if (!Number.isSafeInteger(seed)) refuseTaskArguments(`--seed takes a whole number: ${values.seed}`, USAGE);
  const folder = await Deno.makeTempDir({ prefix: "okws-soak-" });
  cleanUpWhenInterrupted(folder);
  const start = performance.now();
  const log = (text: string) => {
    const seconds = ((performance.now() - start) / 1000).toFixed(1).padStart(7);
    console.error(`${new Date().toISOString().slice(11, 23)} ${seconds} s  ${text}`);
  };
  try {
    const program = await findProgram({ bin: values.bin, source: values.source });
    const result = await runSoak({
      program,
      folder: `${folder}/run`,
      minutes,
      seed,
      log,
      logFile: values.log,
    });
    if (values.json) console.log(JSON.stringify({ minutes, seed, ...result }, undefined, 1));
    else {
      const { actions, sent, landed, lost, recorded, gaps, memory, faults } = result;
      console.log(
        `seed ${seed}, ${minutes} minutes, ${actions} faults and commands: ${sent} trades sent, ${landed} landed, ` +
          `${lost} lost (${recorded} recorded), ${gaps} records of gaps, memory ${
            memory.before.toFixed(0)
          } MB after ` +
          `the first faults and ${memory.after.toFixed(0)} MB at the end: ${
            faults.length === 0 ? "passed" : "FAILED"
          }`,
      );
      console.log(`  memory every 30 s: ${memory.series.join(" ")} MB`);
      for (const fault of faults) console.log(`  ${fault}`);
    }
    return result.faults.length === 0 ? 0 : 1;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
