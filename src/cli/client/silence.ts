/** While nothing comes, a person sees what is known of that: an empty screen says neither "quiet" nor "broken". */
import type { Client } from "../../client/client.ts";
import { repeat } from "../../shared/async/repeat.ts";
import { translator } from "../i18n/translate.ts";
import type { Io } from "../terminal/io.ts";
import { renderAge } from "../terminal/age.ts";
import { renderReason } from "../terminal/reason.ts";
import { safeText } from "../terminal/text.ts";

/** Milliseconds without a row before it is said; and again after as long as was silent until then. */
const SILENCE_MS = 5000;

/** Paths that are named at once. */
const MAX_PATHS = 20;

/** What is watched; `lastAt`: when something came last, on the monotonic clock. */
type Watched = {
  readonly name: string;
  readonly paths: readonly string[];
  readonly lastAt: () => number;
  /** What tests set, in the place of {@link SILENCE_MS}. */
  readonly afterMs?: number;
};

/** Prints on stderr what state each path is in, when nothing has come of any for {@link SILENCE_MS}; until the signal is aborted. */
export function noteSilence(
  client: Pick<Client, "subscriptions">,
  watched: Watched,
  io: Io,
  signal: AbortSignal,
): Promise<void> {
  const { afterMs = SILENCE_MS } = watched;
  let due = afterMs;
  let lastAt = watched.lastAt();
  return repeat(
    () => {
      const now = watched.lastAt();
      if (now !== lastAt) due = afterMs;
      lastAt = now;
      const silentMs = performance.now() - lastAt;
      if (silentMs < due) return;
      due = 2 * silentMs;
      // Where Redis is away, the read of the rows says so.
      client.subscriptions(watched.name).then((records) => note(watched, records, silentMs, io), () => {});
    },
    afterMs / 10,
    signal,
  );
}

function note(
  { paths }: Watched,
  records: Awaited<ReturnType<Client["subscriptions"]>>,
  silentMs: number,
  io: Io,
): void {
  const t = translator(io);
  io.note(t("watch.silent", { time: renderAge(silentMs, t) }));
  for (const path of paths.slice(0, MAX_PATHS)) {
    const { state, error } = records.get(path) ?? { state: t("watch.not_wanted"), error: null };
    const reason = error === null ? "" : `: ${renderReason(error, t)}`;
    io.note(`  ${path}: ${safeText(state)}${reason}`);
  }
}
