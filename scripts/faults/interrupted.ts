/** What an interrupted harness leaves behind: nothing. */
import { killChildren } from "../../tests/support/child.ts";

/** Kills every child, removes the folder and exits when this process is asked to end; kills them too when it crashes. */
export function cleanUpWhenInterrupted(folder: string): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(signal, () => {
      killChildren();
      Deno.removeSync(folder, { recursive: true });
      Deno.exit(130);
    });
  }
  globalThis.addEventListener("unload", killChildren);
}
