/** The executable: a bundle, compiled with the runtime of Deno. */
import { ENGINE, PERMISSIONS, UNSTABLE } from "./permissions.ts";
import { BuildError, run } from "./run.ts";
import type { Toolchain } from "./toolchain.ts";

/**
 * A cache of compiled code would lie in the folder for temporary files under a name that anybody on the machine could
 * take first, and starts are no faster with it: 15 of each in turn, median 0.26 s with and 0.24 s without.
 */
const NO_CACHE = "--no-code-cache";

export type ExecutableOptions = {
  /** The bundled program. */
  readonly bundle: string;
  /** Absolute path of what is made. */
  readonly output: string;
  /** The platform by Deno's name, such as `aarch64-apple-darwin`; left out, this one. */
  readonly target?: string;
};

/** Compiles a bundle. */
export async function compile(
  toolchain: Toolchain,
  { bundle, output, target }: ExecutableOptions,
): Promise<void> {
  // Without configuration: the bundle needs none, and packages that it does not use would come along.
  const args = [
    "compile",
    "--quiet",
    "--no-check",
    "--no-config",
    "--no-prompt",
    NO_CACHE,
    UNSTABLE,
    ENGINE,
    ...target === undefined ? [] : ["--target", target],
    ...PERMISSIONS,
  ];
  try {
    await run(toolchain.deno, [...args, "--output", output, bundle], { environment: toolchain.environment });
  } catch (error) {
    if (error instanceof BuildError && error.message.includes("denort") && !Deno.env.has("DENORT_BIN")) {
      throw new BuildError(
        "Deno's download of its runtime failed: name one in DENORT_BIN=…, or use: deno task compile:offline",
      );
    }
    throw error;
  }
}
