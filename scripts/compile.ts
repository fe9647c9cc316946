/**
 * Builds the executable `dist/okws`: bundles main.ts, then compiles the bundle.
 *
 *     deno task compile              with the runtime that this Deno downloads for its own version
 *     deno task compile:offline      with an older runtime from the npm registry (Linux x64 with glibc only)
 *
 * COMPILE_DENO names another Deno to compile with, DENORT_BIN a runtime of that Deno's exact version.
 *
 * Bundled first, because measured on two cores with Deno 2.4.2, 31 starts of `okws --version`, median: bundled 88 MB
 * and 0.12 s; minified too 86 MB and 0.14 s; not bundled 103 MB and 0.21 s (with every file of every package inside).
 * Minifying is left out: it saves little, starts no sooner and makes stack traces useless.
 */
import { bundle } from "./compile/bundle.ts";
import { compile } from "./compile/executable.ts";
import { exitCodeOf, run, say } from "./compile/run.ts";
import { fetchToolchain, findToolchain, NPM_VERSION, type Toolchain } from "./compile/toolchain.ts";

const TARGET = "dist/okws";

/** Bundles, compiles, and says what came out. */
async function build(toolchain: Toolchain): Promise<void> {
  const start = performance.now();
  const work = await Deno.makeTempDir({ prefix: "okws-compile-" });
  try {
    await bundle(`${work}/okws.js`, "executable");
    const output = `${Deno.cwd()}/${TARGET}${Deno.build.os === "windows" ? ".exe" : ""}`;
    await Deno.mkdir("dist", { recursive: true });
    await compile(toolchain, { bundle: `${work}/okws.js`, output });
    const { size } = await Deno.stat(output);
    const version = (await run(toolchain.deno, ["--version"])).split("\n")[0] ?? "";
    const seconds = (performance.now() - start) / 1000;
    await say(
      `${TARGET}: ${(size / 1e6).toFixed(1)} MB, runtime ${version}, built in ${seconds.toFixed(1)} s`,
    );
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

async function main(args: readonly string[]): Promise<number> {
  const wrong = args.find((arg) => arg !== "--offline");
  if (wrong !== undefined) {
    await say(`The only option is --offline: ${wrong}`);
    return 2;
  }
  return await exitCodeOf(async () => {
    if (args.length === 0) return await build(findToolchain());
    await build(await fetchToolchain());
    await say(
      `It carries the older runtime ${NPM_VERSION}; to publish one, build it with: deno task compile`,
    );
  });
}

if (import.meta.main) {
  Deno.chdir(new URL("../", import.meta.url));
  Deno.exit(await main(Deno.args));
}
