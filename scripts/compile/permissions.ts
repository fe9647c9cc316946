/** What an executable may do, and the flags of the engine in it. */
import { PROGRAMS } from "../../src/system/programs.ts";

/**
 * What the executable may do. Of programs it may run those of the service manager and no other; native libraries and modules
 * from the network stay out of its reach. The rest cannot be narrower here, because it is named only when a command is given:
 * the hosts of the exchange and of Redis in the configuration; files to read with `-c`, in REDIS_CA and in URLs; a file to
 * write with `init`, a folder with `service install --root`; variables by `${NAME}`. What is of the system is facts alone
 * (user, memory, uptime). Each command gives up what it does not need when it begins: src/cli/terminal/permissions.ts.
 */
export const PERMISSIONS: readonly string[] = [
  ...["net", "env", "read", "write", "sys"].map((name) => `--allow-${name}`),
  `--allow-run=${PROGRAMS.join(",")}`,
];

/** Datagram sockets, by which systemd learns how the service is. */
export const UNSTABLE = "--unstable-net";

/**
 * Young objects get 4 MB of room, not the 16 MB or more that the engine takes after some bursts and keeps. Resident after
 * 3 minutes of `drop` every 4 s, 49 paths and 20 market steps a second, one run each and not side by side: 126 MB with and
 * 207 MB without. CPU time per message in three rounds of `deno task bench 4`: 9.7, 8.0 and 9.8 µs with, 9.3, 7.7 and 7.4
 * without. The engine's `--heap-growing-percent=20` beside it was tried and left out: 18.5, 13.3 and 16.0 µs.
 */
const YOUNG = "--max-semi-space-size=4";

/**
 * The service gives memory back when trouble is over (src/system/memory.ts). Measured with a Redis stopped for 14 s at 2800
 * messages a second: 213 MB resident 12 s after it, 111 MB then, and 117 MB half a minute later; without it 222 MB. It took
 * 41 to 80 ms each time, 22 times in three soaks of 10 minutes that ran at once on two cores.
 */
const COLLECT = "--expose-gc";

/** The flags of the engine. */
export const ENGINE = `--v8-flags=${YOUNG},${COLLECT}`;
