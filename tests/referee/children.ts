/** Every process that the referee starts, so that an interrupted run takes them and its folders along. */

const running = new Set<Deno.ChildProcess>();
const folders = new Set<string>();

export function spawnChild(command: string, options: Deno.CommandOptions): Deno.ChildProcess {
  const child = new Deno.Command(command, { stdin: "null", ...options }).spawn();
  running.add(child);
  void child.status.then(() => running.delete(child));
  return child;
}

/** Hands a new folder to `work` and removes it afterwards. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "okws-referee-" });
  folders.add(folder);
  try {
    return await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
    folders.delete(folder);
  }
}

/** Ends all of it at SIGINT and SIGTERM, and this process with it. */
export function endWhenInterrupted(): void {
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    Deno.addSignalListener(signal, () => {
      for (const child of running) child.kill("SIGKILL");
      for (const folder of folders) Deno.removeSync(folder, { recursive: true });
      Deno.exit(code);
    });
  }
}
