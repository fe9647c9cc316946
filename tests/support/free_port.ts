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

function isFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch {
    return false;
  }
}
