/**
 * Ports of the loopback for servers of tests. Tests run side by side, also those of two checkouts, and a port that was
 * merely free a moment ago is soon taken by another of them. So each is handed out once, by a counter in a locked file
 * that all share, from below the range in which systems choose ports by themselves (Linux from 32768, others from 49152):
 * a server that was ended may be started again at its port, and nothing else answers there meanwhile.
 */
import { tmpdir } from "node:os";

/** From here on; a node of a Redis cluster needs the one 10,000 above too, which nothing else uses. */
const FIRST = 10_000;
const COUNT = 10_000;
const CLUSTER_BUS = 10_000;

const FILE = `${tmpdir()}/okws-test-ports`;

/** Returns a port that no other test is given, at which nothing listens. */
export function freePort(): number {
  for (let attempt = 0; attempt < COUNT; attempt++) {
    const port = FIRST + nextNumber() % COUNT;
    if (isFree(port) && isFree(port + CLUSTER_BUS)) return port;
  }
  throw new Error(`Every port from ${FIRST} to ${FIRST + COUNT - 1} is taken`);
}

/** Counts on in the shared file; one caller at a time. */
function nextNumber(): number {
  using file = Deno.openSync(FILE, { read: true, write: true, create: true, mode: 0o666 });
  file.lockSync(true);
  const bytes = new Uint8Array(16);
  const size = file.readSync(bytes) ?? 0;
  const last = Number(new TextDecoder().decode(bytes.subarray(0, size)));
  // A new file begins anywhere: one that was cleaned away must not hand out what is still in use.
  const next = size > 0 && Number.isSafeInteger(last) ? last + 1 : Math.floor(Math.random() * COUNT);
  file.truncateSync();
  file.seekSync(0, Deno.SeekMode.Start);
  file.writeSync(new TextEncoder().encode(String(next % 1_000_000_000)));
  return next;
}

/**
 * Returns whether nothing has this port. Where the system can be asked, it is: a socket that is opened here to find out is
 * inherited by a child that is just being started, for some milliseconds after it was closed here.
 */
function isFree(port: number): boolean {
  const taken = takenPorts();
  if (taken !== undefined) return !taken.has(port);
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch {
    return false;
  }
}

/** What was taken some seconds ago: others than tests, which are handed each port once, come and go slowly. */
let looked: { readonly at: number; readonly ports: Set<number> | undefined } | undefined;
const LOOK_AGAIN_MS = 10_000;

/** Local ports of all TCP sockets (Linux, proc(5)); undefined elsewhere. */
function takenPorts(): Set<number> | undefined {
  const now = performance.now();
  if (looked === undefined || now - looked.at > LOOK_AGAIN_MS) looked = { at: now, ports: readPorts() };
  return looked.ports;
}

function readPorts(): Set<number> | undefined {
  try {
    const tables = ["tcp", "tcp6"].map((name) => Deno.readTextFileSync(`/proc/self/net/${name}`));
    // As in "0: 0100007F:2710 00000000:0000 0A …": number, local address and port, all in hexadecimal.
    const ports = tables.join("\n").matchAll(/^ *\d+: [0-9A-F]+:([0-9A-F]{4}) /gm);
    return new Set([...ports].map(([, port]) => parseInt(port as string, 16)));
  } catch {
    return undefined;
  }
}
