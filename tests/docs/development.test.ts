/** docs/development.md and CONTRIBUTING.md against the project: packages, tasks, and files that are named. */
import assert from "node:assert/strict";
import { ENGINE } from "../../scripts/compile/permissions.ts";
import { readPage } from "./blocks.ts";

type Project = {
  readonly imports: Readonly<Record<string, string>>;
  readonly tasks: Readonly<Record<string, string>>;
};

for (const page of ["docs/development.md", "docs/development.zh-CN.md"]) {
  Deno.test(`${page} lists the packages of deno.json, and no others`, async () => {
    const { imports } = JSON.parse(await readPage("deno.json")) as Project;
    const packages = Object.values(imports).filter((target) => /^(?:npm|jsr):/.test(target));
    const names = packages.map((target) => target.replace(/^\w+:|(?<=.)@[^@/]*$/g, ""));
    assert.ok(names.length > 10);
    const listed = await firstCells(page, "## (?:Dependencies|依赖)", /`([^`]+)`/g);
    assert.deepEqual(listed.toSorted(), [...new Set(names)].toSorted());
  });

  Deno.test(`${page} lists the tasks of deno.json, and no others`, async () => {
    const { tasks } = JSON.parse(await readPage("deno.json")) as Project;
    const listed = await firstCells(page, "## (?:Tasks|任务)", /`(?:deno task )?([\w:-]+)[^`]*`/g);
    assert.deepEqual(listed.toSorted(), Object.keys(tasks).toSorted());
  });
}

Deno.test("the tasks that run okws from its sources have the engine of an executable", async () => {
  const { tasks } = JSON.parse(await readPage("deno.json")) as Project;
  for (const task of ["start", "demo", "okws", "mock"]) {
    assert.ok(tasks[task]?.startsWith(`deno run ${ENGINE} `), `${task}: ${tasks[task]}`);
  }
});

Deno.test("CONTRIBUTING.md names files and tasks that are there", async () => {
  const page = await readPage("CONTRIBUTING.md");
  const text = page.replace(/^ *```[^]*?^ *```$/gm, "");
  // The example has the reader write it.
  const mine = "tests/integration/borrow_rate.test.ts";
  const files = [...text.matchAll(/`((?:src|tests|scripts|config|docs|web|clients)\/[\w./-]*)`/g)].map((
    [, name],
  ) => name as string);
  assert.ok(files.length > 20 && files.includes(mine));
  const shell = [...page.matchAll(/^ *```sh\n([^]*?)^ *```$/gm)].map(([, lines]) => lines).join("");
  const inShell = [...shell.matchAll(/(?<=\s)(?:src|tests|scripts|config|docs|web|clients)\/[\w./-]*/g)].map((
    [name],
  ) => name);
  assert.ok(inShell.length > 0);
  for (const file of new Set([...files, ...inShell])) {
    if (file !== mine) await Deno.stat(new URL(`../../${file}`, import.meta.url));
  }
  const { tasks } = JSON.parse(await readPage("deno.json")) as Project;
  for (const [, task = ""] of page.matchAll(/\bdeno task ([\w:-]+)/g)) assert.ok(task in tasks, task);
});

/** What a pattern finds in the first cells of the tables below a heading, as far as the next one. */
async function firstCells(page: string, heading: string, pattern: RegExp): Promise<string[]> {
  const [, chapter = ""] =
    new RegExp(`^${heading}$([^]*?)(?=^## |$(?![^]))`, "m").exec(await readPage(page)) ?? [];
  const rows = [...chapter.matchAll(/^\| ([^|]+) \|/gm)].map(([, cell]) => cell as string);
  return rows.flatMap((cell) => [...cell.matchAll(pattern)].map(([, name]) => name as string));
}
