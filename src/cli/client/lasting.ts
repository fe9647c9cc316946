/** Commands that go on when Redis has been away, or another one has taken its place. */
import type { Client } from "../../client/client.ts";
import { EXIT } from "../exit.ts";
import { translator } from "../i18n/translate.ts";
import { keepConnected } from "../live_client.ts";
import type { Io } from "../terminal/io.ts";
import { type Flags, readConnection } from "./command.ts";

/** What is done with each client; `onBegun` is called when it can go on without this one. */
export type LastingWork = (client: Client, onBegun: () => void) => Promise<void>;

/** Works until it is done or interrupted. Rejects as the work does before it has begun; `back` is said after an outage. */
export async function runLasting(
  flags: Flags,
  io: Io,
  { work, back }: { readonly work: LastingWork; readonly back: "lasting.back" | "lasting.back_without" },
): Promise<number> {
  const options = await readConnection(flags, io);
  const t = translator(io);
  const done = new AbortController();
  let hasBegun = false;
  let isAway = false;
  await keepConnected(options, async (client) => {
    await work(client, () => {
      if (isAway) io.note(`okws: ${t(back)}`);
      [hasBegun, isAway] = [true, false];
    });
    done.abort();
  }, {
    signal: AbortSignal.any([io.signal, done.signal]),
    onOutage(error) {
      if (!hasBegun) throw error;
      if (!isAway) io.note(`okws: ${t("lasting.away", { reason: t.error(error) })}`);
      isAway = true;
    },
  });
  if (done.signal.aborted || hasBegun) return EXIT.done;
  io.note(`okws: ${t("okws.interrupted")}`);
  return EXIT.failed;
}
