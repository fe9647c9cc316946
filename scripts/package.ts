/**
 * Builds packages of the executable, `dist/okws_VERSION_ARCH.deb` and `dist/okws-VERSION.ARCH.rpm`:
 *
 *     deno task compile && deno task package
 *
 * Needs dpkg-deb or rpmbuild, and gzip, and no root.
 */
import { readTaskArguments, refuseTaskArguments } from "../tests/support/task_arguments.ts";
import { exitCodeOf, say } from "./compile/run.ts";
import { buildPackage, type Format, FORMATS } from "./package/build.ts";

const USAGE = `Usage: deno task package [deb] [rpm] [--bin FILE] [--output FOLDER] [--fast]

Makes packages of the executable; without a format, a Debian package.

  --bin FILE       the executable; dist/okws when left out
  --output FOLDER  where the package goes; dist when left out
  --fast           compresses little, for tests`;

if (import.meta.main) {
  const { values, positionals } = readTaskArguments({
    bin: { type: "string", default: "dist/okws" },
    output: { type: "string", default: "dist" },
    fast: { type: "boolean", default: false },
  }, USAGE);
  const wrong = positionals.find((word) => !FORMATS.some((format) => format === word));
  if (wrong !== undefined) refuseTaskArguments(`A format is ${FORMATS.join(" or ")}: ${wrong}`, USAGE);
  const formats = positionals.length === 0 ? ["deb"] : positionals;
  Deno.exit(
    await exitCodeOf(async () => {
      for (const format of formats as Format[]) {
        const { file, bytes } = await buildPackage({ ...values, format });
        await say(`${file}: ${(bytes / 1e6).toFixed(1)} MB`);
      }
    }),
  );
}
