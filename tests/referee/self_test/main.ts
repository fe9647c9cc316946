// deno-lint-ignore-file no-console -- it prints what it finds
/**
 * `deno task referee:self-test`: shows that the referee can fail. One after the other, faults are planted into a copy of
 * the sources; the referee has to see each, and to see nothing in the copy as it was.
 *
 *   deno task referee:self-test [NAME…]     those whose name has one of these texts
 */
import { endWhenInterrupted, inFolder } from "../children.ts";
import { runEpisode } from "../episode.ts";
import type { Violation } from "../judge.ts";
import type { Program } from "../service.ts";
import { type Plant, PLANTS } from "./plants.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;
const COPIED = ["src", "main.ts", "mod.ts", "deno.json", "deno.lock"];
/** Chance plays a part in what is pushed and when. */
const TRIES = 3;

endWhenInterrupted();
Deno.exit(await main());

async function main(): Promise<number> {
  const chosen = PLANTS.filter(({ name }) =>
    Deno.args.length === 0 || Deno.args.some((part) => name.includes(part))
  );
  const start = Date.now();
  const caught = await inFolder((folder) => plantEach(chosen, folder));
  const seconds = ((Date.now() - start) / 1000).toFixed(0);
  console.log(`referee:self-test: ${caught} of ${chosen.length} planted faults caught, ${seconds} s`);
  return caught === chosen.length && chosen.length > 0 ? 0 : 1;
}

/** Plants one after the other into a copy in `folder`; returns how many were seen. */
async function plantEach(plants: readonly Plant[], folder: string): Promise<number> {
  let caught = 0;
  for (const part of COPIED) await copy(`${ROOT}${part}`, `${folder}/${part}`);
  for (const plant of plants) {
    const before = await watchFor(plant, folder, 1);
    if (before) {
      console.log(
        `NOT PROVED  ${plant.name}: without it the referee says so too: ${before.what} (${before.evidence})`,
      );
      continue;
    }
    const { file, find, replace } = plant;
    const source = await Deno.readTextFile(`${folder}/${file}`);
    const places = source.split(find).length - 1;
    if (places !== 1) {
      console.log(`NOT PLANTED ${plant.name}: ${file} has "${find}" ${places} times`);
      continue;
    }
    await Deno.writeTextFile(`${folder}/${file}`, source.replace(find, () => replace));
    const violation = await watchFor(plant, folder, TRIES);
    await Deno.writeTextFile(`${folder}/${file}`, source);
    if (violation) caught++;
    console.log(
      `${violation ? "caught     " : "NOT CAUGHT "} ${plant.name}${violation ? `: ${violation.what}` : ""}`,
    );
  }
  return caught;
}

/** Plays the plant's script until the referee sees what it has to, or the tries are used up. */
async function watchFor(plant: Plant, copied: string, tries: number): Promise<Violation | undefined> {
  const program: Program = {
    command: Deno.execPath(),
    args: ["run", "-A", "--no-check", "--quiet", "--config", `${copied}/deno.json`, `${copied}/main.ts`],
  };
  for (let number = 1; number <= tries; number++) {
    const { violations } = await inFolder((folder) =>
      runEpisode({
        seed: `self-test.${number}`,
        script: plant.script,
        folder,
        program,
        isPair: plant.isPair === true,
        isKnown: (what) => !plant.expect.test(what),
        log: () => {},
      })
    );
    const found = violations.find(({ what }) => plant.expect.test(what));
    if (found) return found;
  }
  return undefined;
}

async function copy(from: string, to: string): Promise<void> {
  if (!(await Deno.stat(from)).isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) await copy(`${from}/${name}`, `${to}/${name}`);
}
