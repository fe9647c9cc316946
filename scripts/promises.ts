/**
 * Writes docs/promises.md: each promise of README.md and docs/ with the test that holds it. A promise without one, an entry
 * of scripts/promises_table.ts whose words are gone, and a test that is not there are faults.
 *
 *     deno run --allow-read --allow-write scripts/promises.ts
 */
import { type GeneratedFiles, writeGenerated } from "./generated_files.ts";
import { promisesOf } from "./promise_sentences.ts";
import { PROMISES } from "./promises_table.ts";

/** The page that is written. */
export const PAGE = "docs/promises.md";

/** A promise that a page makes. */
export type Found = { readonly page: string; readonly sentence: string };

/** Every promise of the English pages, which the Chinese ones repeat. */
export async function findPromises(): Promise<Found[]> {
  const pages = ["README.md"];
  for (const folder of ["docs", "docs/reference"]) {
    for await (const { name } of Deno.readDir(pathOf(folder))) {
      const page = `${folder}/${name}`;
      if (name.endsWith(".md") && !name.endsWith(".zh-CN.md") && page !== PAGE) pages.push(page);
    }
  }
  const found = await Promise.all(
    pages.sort().map(async (page) =>
      promisesOf(await readText(page)).map((sentence) => ({ page, sentence }))
    ),
  );
  return found.flat();
}

/** What is wrong between pages, table and tests; each a line that says what to do. */
export async function promiseFaults(found: readonly Found[]): Promise<string[]> {
  const faults: string[] = [];
  for (const { page, sentence } of found) {
    if (entriesOf({ page, sentence }).length === 0) {
      faults.push(
        `${page}: no test holds "${sentence}": name one in scripts/promises_table.ts, or say why none`,
      );
    }
  }
  for (const entry of PROMISES) {
    const { page, says } = entry;
    if (!found.some((each) => each.page === page && each.sentence.includes(says))) {
      faults.push(`${page} does not say "${says}" any more: remove it from scripts/promises_table.ts`);
    }
    for (const test of "tests" in entry ? entry.tests : []) {
      if (!await isThere(test)) faults.push(`${page}: "${says}": there is no test ${test}`);
    }
  }
  return faults;
}

/** The page as it should be. */
export function renderPromises(found: readonly Found[]): string {
  const lines = [
    "# What is promised, and what holds it",
    "",
    "Sentences of [README.md](../README.md) and of these pages that allow no exception (never, always, at most, within, at the",
    "latest, no more than, exactly once), each with the test that fails when it is not kept. Written by `scripts/promises.ts` from",
    "the pages and [scripts/promises_table.ts](../scripts/promises_table.ts); `tests/docs/promises.test.ts` fails where a promise",
    "has no test, or a test is gone.",
  ];
  for (const page of new Set(found.map((each) => each.page))) {
    const link = page.startsWith("docs/") ? page.slice("docs/".length) : `../${page}`;
    lines.push("", `## [${page}](${link})`, "", "| promise | held by |", "| --- | --- |");
    for (const each of found.filter((one) => one.page === page)) {
      const tests = entriesOf(each).map((entry) =>
        "why" in entry ? `no promise: ${entry.why}` : entry.tests.map(linkOf).join("<br>")
      );
      lines.push(`| ${cellOf(each.sentence)} | ${tests.join("<br>")} |`);
    }
  }
  return `${lines.join("\n")}\n`;
}

/** The page as it should be, by its path. */
export async function promiseFiles(): Promise<GeneratedFiles> {
  return new Map([[PAGE, renderPromises(await findPromises())]]);
}

function entriesOf({ page, sentence }: Found): (typeof PROMISES)[number][] {
  return PROMISES.filter((entry) => entry.page === page && sentence.includes(entry.says));
}

/** A test file has the name, as the text of a test or of a step. A check of the referee is a file of its own. */
async function isThere(test: string): Promise<boolean> {
  const [file, name] = partsOf(test);
  const text = await readText(`tests/${file}`).catch(() => "");
  if (file.startsWith("referee/checks/")) return name === "the referee" && text !== "";
  return ['"', "`"].some((quote) => text.includes(`${quote}${name}${quote}`));
}

function partsOf(test: string): [file: string, name: string] {
  const at = test.indexOf(": ");
  return [test.slice(0, at), test.slice(at + 2)];
}

function linkOf(test: string): string {
  const [file, name] = partsOf(test);
  return `[${cellOf(name)}](../tests/${file})`;
}

/** A sentence inside a table, without links, which lead from another page. */
function cellOf(text: string): string {
  return text.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replaceAll(/(?<!\\)\|/g, "\\|");
}

function pathOf(path: string): URL {
  return new URL(`../${path}`, import.meta.url);
}

function readText(path: string): Promise<string> {
  return Deno.readTextFile(pathOf(path));
}

if (import.meta.main) {
  await writeGenerated(await promiseFiles());
  for (const fault of await promiseFaults(await findPromises())) await write(`${fault}\n`);
}

async function write(text: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(text));
}
