// deno-lint-ignore-file no-console -- it prints for the user of a task
/**
 * `deno task gen`: writes every generated table, schema and page of the documentation, and the dashboard. `deno task
 * gen:check` names those that are stale and ends with 1, and changes none of them, whatever else has been edited.
 */
import { readTaskArguments } from "../tests/support/task_arguments.ts";
import { benchmarkFiles } from "./bench/page.ts";
import { channelFiles } from "./channel_table.ts";
import { schemaFiles } from "./config_schema.ts";
import { contractFiles } from "./contract/main.ts";
import { faultFiles } from "./fault_table.ts";
import { findStale, type GeneratedFiles, writeGenerated } from "./generated_files.ts";
import { pageFiles } from "./page.ts";
import { findPromises, promiseFaults, promiseFiles } from "./promises.ts";
import { settingsFiles } from "./settings_table.ts";

const USAGE =
  `deno task gen          writes every generated table, schema, page and part of the dashboard that is stale
deno task gen:check    names those that are stale, with exit code 1, and changes nothing`;

/** In their order: the promises are read from the pages that those before have written. */
const GENERATORS: readonly (() => GeneratedFiles | Promise<GeneratedFiles>)[] = [
  ...[channelFiles, settingsFiles, schemaFiles, contractFiles, faultFiles, benchmarkFiles],
  ...[pageFiles, promiseFiles],
];

if (import.meta.main) {
  const { values: { check = false } } = readTaskArguments({ check: { type: "boolean" } }, USAGE);
  let isStale = false;
  for (const generate of GENERATORS) {
    const files = await generate();
    for (const path of await (check ? findStale(files) : writeGenerated(files))) {
      isStale = true;
      console.log(check ? `${path} is stale: run deno task gen` : `Written: ${path}`);
    }
  }
  for (const fault of await promiseFaults(await findPromises())) console.log(fault);
  if (check && isStale) Deno.exit(1);
}
