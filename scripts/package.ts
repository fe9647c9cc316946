/**
 * Builds the Debian package of the executable, `dist/okws_VERSION_ARCH.deb`:
 *
 *     deno task compile && deno task package
 *     deno run -A scripts/package.ts [--bin FILE] [--output FOLDER] [--fast]
 *
 * --fast compresses little, for tests. Needs dpkg-deb and gzip, and no root.
 */
import { buildPackage, PackageError } from "./package/build.ts";

async function main(args: readonly string[]): Promise<number> {
  const options = { bin: "dist/okws", output: "dist", fast: false };
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--fast") options.fast = true;
    else if (word === "--bin") options.bin = rest.shift() ?? "";
    else if (word === "--output") options.output = rest.shift() ?? "";
    else {
      await say(`The options are --bin FILE, --output FOLDER and --fast: ${word}`);
      return 2;
    }
  }
  try {
    const { file, bytes } = await buildPackage(options);
    await say(`${file}: ${(bytes / 1e6).toFixed(1)} MB`);
    return 0;
  } catch (error) {
    if (!(error instanceof PackageError)) throw error;
    await say(error.message);
    return 1;
  }
}

async function say(line: string): Promise<void> {
  await Deno.stderr.write(new TextEncoder().encode(`${line}\n`));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
