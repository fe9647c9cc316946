// deno-lint-ignore-file no-console -- it prints its findings
/**
 * `deno task soak`: the service through the executable for some minutes of random faults that a seed decides. Ends with 1
 * and the differences when Redis does not equal the exchange afterwards, or the memory has grown by 10 %.
 *
 *   deno task soak [MINUTES] [--seed N] [--bin PATH | --source] [--json] [--log FILE]
 */
import { parseArgs } from "node:util";
import { cleanUpWhenInterrupted } from "../faults/interrupted.ts";
import { findProgram } from "../faults/program.ts";
import { runSoak } from "./soak.ts";

const { values, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    seed: { type: "string", default: "1" },
    bin: { type: "string" },
    source: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    log: { type: "string" },
  },
});

Deno.exit(await main());

async function main(): Promise<number> {
  const minutes = Number(positionals[0] ?? "3");
  const seed = Number(values.seed);
  // The memory is compared from the second minute on.
  if (!(minutes >= 3) || !Number.isSafeInteger(seed)) {
    console.error("usage: deno task soak [MINUTES, at least 3] [--seed N]");
    return 2;
  }
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
          `${lost} lost (${recorded} recorded), ${gaps} records of holes, memory ${
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
