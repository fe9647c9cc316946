// deno-lint-ignore-file no-console -- it prints its findings
/**
 * `deno task faults`: one fault a row, through the executable, a real redis-server and the simulated exchange. Prints
 * what was sent, landed, lost and announced, and ends with 1 when a row has not recovered or lost something silently.
 */
import type { FaultCase, Outcome } from "./case.ts";
import { CASES } from "./cases/all.ts";
import { cleanUpWhenInterrupted } from "./interrupted.ts";
import { describeMachine } from "./machine.ts";
import { replaceFigures, replaceRows } from "./page.ts";
import { findProgram } from "./program.ts";
import { runCase } from "./run_case.ts";
import { renderMarkdown, renderTable } from "./table.ts";
import { readTaskArguments, refuseTaskArguments } from "../../tests/support/task_arguments.ts";

const USAGE =
  `deno task faults [NAME…] [--json] [--markdown FILE] [--bin PATH | --source] [--jobs N] [--logs DIR] [--list]

  NAME             only these faults; all unless given
  --list           the names of all faults
  --json           the results as JSON
  --markdown FILE  puts the table into this page; with NAMEs these rows alone
  --bin PATH       an executable instead of dist/okws, which is built where there is none
  --source         the sources instead of an executable
  --jobs N         how many at once (3)
  --logs DIR       keeps the logs of the services there`;

const { values, positionals } = readTaskArguments({
  json: { type: "boolean", default: false },
  markdown: { type: "string" },
  bin: { type: "string" },
  source: { type: "boolean", default: false },
  logs: { type: "string" },
  jobs: { type: "string", default: "3" },
  list: { type: "boolean", default: false },
}, USAGE);

Deno.exit(await main());

async function main(): Promise<number> {
  if (values.list) {
    for (const { name, title } of CASES) console.log(`${name.padEnd(20)} ${title}`);
    return 0;
  }
  const unknown = positionals.filter((name) => !CASES.some((item) => item.name === name));
  if (unknown.length > 0) {
    const known = CASES.map(({ name }) => name).join(", ");
    refuseTaskArguments(`There is no fault ${unknown.join(", ")}; known: ${known}`, USAGE);
  }
  const chosen = positionals.length === 0 ? CASES : CASES.filter(({ name }) => positionals.includes(name));
  if (values.logs !== undefined) {
    await Deno.mkdir(values.logs, { recursive: true }).catch((error: Error) =>
      refuseTaskArguments(`No logs can be kept there: ${error.message}`, USAGE)
    );
  }
  const folder = await Deno.makeTempDir({ prefix: "okws-faults-" });
  cleanUpWhenInterrupted(folder);
  try {
    const program = await findProgram({ bin: values.bin, source: values.source });
    const outcomes = await runAll(
      chosen,
      (item) => runCase(item, program, { folder: `${folder}/${item.name}`, logs: values.logs }),
    );
    const machine = await describeMachine(program);
    console.log(values.json ? JSON.stringify({ machine, outcomes }, undefined, 1) : renderTable(outcomes));
    if (!values.json) console.log(`\n${machine}`);
    if (values.markdown !== undefined) {
      const page = await Deno.readTextFile(values.markdown).catch(() => "");
      const table = renderMarkdown(outcomes);
      const next = positionals.length === 0
        ? replaceFigures(page, `${table}\n\nMeasured on ${machine}.`)
        : replaceRows(page, table.split("\n").slice(2), CASES.map(({ title }) => title));
      await Deno.writeTextFile(values.markdown, next);
    }
    return outcomes.every(({ faults }) => faults.length === 0) ? 0 : 1;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Several at once; those that may take longest begin first. Answers in the order of `items`. */
async function runAll(
  items: readonly FaultCase[],
  run: (item: FaultCase) => Promise<Outcome>,
): Promise<Outcome[]> {
  const waiting = [...items].sort((a, b) => (b.recoveryMs ?? 0) - (a.recoveryMs ?? 0));
  const outcomes = new Map<FaultCase, Outcome>();
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      const outcome = await run(item);
      outcomes.set(item, outcome);
      const verdict = outcome.faults.length === 0 ? "recovered" : `FAILED: ${outcome.faults[0]}`;
      console.error(`${item.name} ${verdict} (${outcome.seconds.toFixed(0)} s)`);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Number(values.jobs)) }, worker));
  return items.flatMap((item) => outcomes.get(item) ?? []);
}
