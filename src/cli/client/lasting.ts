/** Commands that go on when Redis has been away, or another one has replaced it, and say what was missed meanwhile. */
import { type Client, connect } from "../../client/client.ts";
import type { Missed } from "../../client/missed.ts";
import type { FollowOptions } from "../../client/reader.ts";
import { EXIT } from "../shared/exit.ts";
import { translator } from "../i18n/translate.ts";
import type { Io } from "../terminal/io.ts";
import { type Flags, readConnection } from "./command.ts";

/** What is done with the client; `onBegun` is called when it goes on whatever becomes of Redis. */
export type LastingWork = (client: Client, options: FollowOptions, onBegun: () => void) => Promise<void>;

/** Works until it is done or interrupted, and rejects as the work does. */
export async function runLasting(flags: Flags, io: Io, work: LastingWork): Promise<number> {
  const t = translator(io);
  let hasBegun = false;
  let isAway = false;
  const options: FollowOptions = {
    patienceMs: Infinity,
    onLost(error) {
      io.note(`okws: ${t("lasting.away", { reason: t.error(error) })}`);
      isAway = true;
    },
    onMissed(missed) {
      if (isAway) io.note(`okws: ${t("lasting.back")}`);
      isAway = false;
      noteMissed(missed, io);
    },
  };
  await using client = await connect(await readConnection(flags, io));
  const close = () => void client[Symbol.asyncDispose]();
  io.signal.addEventListener("abort", close);
  try {
    if (!io.signal.aborted) await work(client, options, () => hasBegun = true);
  } catch (error) {
    if (!io.signal.aborted) throw error;
  } finally {
    io.signal.removeEventListener("abort", close);
  }
  if (!io.signal.aborted || hasBegun) return EXIT.done;
  io.note(`okws: ${t("okws.interrupted")}`);
  return EXIT.failed;
}

function noteMissed({ path, rows, why }: Missed, io: Io): void {
  const t = translator(io);
  const reason = t(WHY[why]);
  if (rows === null) io.note(`okws: ${t("lasting.missed_unknown", { path, reason })}`);
  else if (rows > 0) io.note(`okws: ${t("lasting.missed", { path, count: rows, reason })}`);
}

const WHY = {
  "connection lost": "lasting.connection_lost",
  "trimmed": "lasting.trimmed",
  "dropped by okws": "lasting.dropped",
} as const;
