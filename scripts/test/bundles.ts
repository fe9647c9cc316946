/**
 * Modules that import several test files each. A worker of `deno test` loads and compiles every module that its file
 * needs, which for some two hundred small files takes three times as long as the tests themselves; files of one bundle
 * share a worker.
 */

/** Files whose examples are run rather than their tests. */
const OTHERS = /(?<!\.test)\.ts$/;

/** Below the folder that the configuration includes for tests; it is not part of the repository. */
const FOLDER = "tests/.bundles";

/** Bundles of one run; disposing removes them. */
export type Bundles = AsyncDisposable & { readonly files: readonly string[] };

/** Writes `count` bundles of these files in an order that depends on the seed. */
export async function writeBundles(
  files: readonly string[],
  { count, seed }: { readonly count: number; readonly seed: number },
): Promise<Bundles> {
  await Deno.mkdir(FOLDER, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: FOLDER, prefix: "run_" });
  const up = "../../../";
  const names: string[] = [];
  for (const [i, bundle] of deal(files.filter((file) => !OTHERS.test(file)), count, seed).entries()) {
    const name = `${folder}/bundle_${i + 1}.ts`;
    await Deno.writeTextFile(name, bundle.map((file) => `import "${up}${file}";\n`).join(""));
    names.push(name);
  }
  return {
    files: [...names, ...files.filter((file) => OTHERS.test(file))],
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/**
 * Deals files out in a random order that the seed decides; returns no empty hand. The files of a folder, which take about
 * as long as each other, are spread over all hands.
 */
export function deal(files: readonly string[], count: number, seed: number): string[][] {
  const hands: string[][] = Array.from({ length: Math.min(count, files.length) }, () => []);
  const byFolder = Map.groupBy(shuffle(files, seed), (file) => file.slice(0, file.lastIndexOf("/")));
  for (const [i, file] of [...byFolder.values()].flat().entries()) hands[i % hands.length]?.push(file);
  return hands.map((hand) => shuffle(hand, seed));
}

function shuffle<T>(items: readonly T[], seed: number): T[] {
  const shuffled = [...items];
  let state = seed >>> 0;
  for (let i = shuffled.length - 1; i > 0; i--) {
    // A linear congruential generator (Numerical Recipes) is enough to order files.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const j = Math.floor(state / 2 ** 32 * (i + 1));
    [shuffled[i], shuffled[j]] = [shuffled[j] as T, shuffled[i] as T];
  }
  return shuffled;
}
