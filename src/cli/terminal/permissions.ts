/**
 * Which permissions a command gives up before it begins. The runtime can take back all writing, or all programs, but not a
 * part of them, and files are named only when a command is given; so each keeps what it needs and no other kind.
 */

/** What can be given up. */
export type Permission = "run" | "write";

/** Kept by command. Sockets of the file system, of a Redis or a service manager, count as writing. */
const KEPT: Readonly<Record<string, readonly Permission[]>> = {
  // The service decides with its configuration in hand.
  "": ["run", "write"],
  serve: ["run", "write"],
  // Writes a unit and asks the service manager.
  service: ["run", "write"],
  logs: ["run"],
  doctor: ["run", "write"],
  init: ["write"],
  record: ["write"],
  export: ["write"],
  client: ["write"],
  ...Object.fromEntries(["status", "quit", "reload", "subscribe", "unsubscribe", "get", "watch", "top"].map(
    (each) => [each, ["write"] as const],
  )),
};

/** Returns the permissions that the command of these words does not need. */
export function unneededBy(way: string): Permission[] {
  const kept = KEPT[way.split(" ")[0] ?? ""] ?? [];
  return (["run", "write"] as const).filter((each) => !kept.includes(each));
}

/**
 * Returns the permissions that a running service does not need: it writes no file but a recording, and reads its configuration
 * again.
 */
export function unneededByService(
  { redisUrl, notifies, runsProgram, records = false }: {
    readonly redisUrl: string | undefined;
    readonly notifies: boolean;
    readonly runsProgram: boolean;
    readonly records?: boolean;
  },
): Permission[] {
  const unneeded: Permission[] = runsProgram ? [] : ["run"];
  if (!notifies && !records && !redisUrl?.startsWith("unix:")) unneeded.push("write");
  return unneeded;
}
