/** Which tests make up which suite, in groups that run one after the other. */

/** One `deno test`: its files run side by side. */
export type Group = {
  readonly name: string;
  /** Folders below the root, or files. */
  readonly paths: readonly string[];
  /** How many workers run it; more than there are cores, where tests mostly wait. */
  readonly jobs: number;
};

/** What proves the product on any machine, in two minutes. */
const FAST: readonly Group[] = [
  {
    name: "fast",
    paths: ["tests/unit", "tests/contract", "tests/integration", "tests/docs", "tests/packaging", "mod.ts"],
    jobs: 6,
  },
];

/** What is heavy: whole programs, a browser, fail-over and long outages, floods. */
const SYSTEM: readonly Group[] = ["executable", "browser", "redis", "clients", "hostile", "outages"].map(
  (name) => ({ name, paths: [`tests/system/${name}`], jobs: 4 }),
);

export const SUITES: Readonly<Record<string, readonly Group[]>> = { fast: FAST, system: SYSTEM };

/** Returns the test files of a group, sorted; `filter` keeps those whose path holds one of its texts. */
export async function filesOf({ paths }: Group, filter: readonly string[] = []): Promise<string[]> {
  const files = (await Promise.all(paths.map(filesBelow))).flat();
  return files.filter((file) => filter.length === 0 || filter.some((part) => file.includes(part))).sort();
}

async function filesBelow(path: string): Promise<string[]> {
  if ((await Deno.stat(path)).isFile) return [path];
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(path)) {
    if (isDirectory) found.push(...await filesBelow(`${path}/${name}`));
    else if (name.endsWith(".test.ts")) found.push(`${path}/${name}`);
  }
  return found;
}
