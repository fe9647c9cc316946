/**
 * Recorded frames: those that are kept with the tests, and the larger collection beside the repository where it is
 * there. Tests of the collection are not defined without it.
 */

const FIXTURES = new URL("../fixtures/", import.meta.url);
const CAPTURES = new URL("../../../shared/captures/", import.meta.url);

/** The lines of a file below `tests/fixtures/`. */
export function readFixture(name: string): string[] {
  return linesOf(new URL(name, FIXTURES));
}

/** The names of the collected files that match; none when the collection is not there. */
export function captureNames(pattern: RegExp): string[] {
  try {
    return [...Deno.readDirSync(CAPTURES)].map(({ name }) => name).filter((name) => pattern.test(name))
      .sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return [];
    throw error;
  }
}

/** The lines of a collected file. */
export function readCapture(name: string): string[] {
  return linesOf(new URL(name, CAPTURES));
}

function linesOf(file: URL): string[] {
  return Deno.readTextFileSync(file).split("\n").filter((line) => line !== "");
}
