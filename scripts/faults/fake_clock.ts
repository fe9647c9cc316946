/** The clock of a service that a fault sets: by libfaketime, from a file. */

/** Where Debian puts it. */
const FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

/** Environment of a service whose clock is as much ahead as the file `clock` says, in seconds. */
export async function fakeClock(folder: string): Promise<Record<string, string>> {
  await Deno.stat(FAKETIME).catch(() => {
    throw new Error(`${FAKETIME} is not there: apt-get install libfaketime`);
  });
  await Deno.writeTextFile(`${folder}/clock`, "+0");
  return {
    LD_PRELOAD: FAKETIME,
    FAKETIME_TIMESTAMP_FILE: `${folder}/clock`,
    FAKETIME_NO_CACHE: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
}
