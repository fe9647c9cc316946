/** `okws client clear`: deletes what is cached. */
import type { Client } from "../../client/client.ts";
import { within } from "../../shared/async/within.ts";
import { shownRedisUrl } from "../../shared/redis_url.ts";
import { EXIT } from "../shared/exit.ts";
import type { Io } from "../terminal/io.ts";
import { withProgress } from "../terminal/progress.ts";
import { isYes } from "../terminal/prompt.ts";
import { type ClientCommands, type Flags, readConnection } from "./command.ts";
import { translator } from "../i18n/translate.ts";

/**
 * Asks at the terminal, with what will be gone and what that means; returns whether the user confirms. Where nobody can be
 * asked the command itself is the confirmation.
 */
async function isSure(client: Client, pattern: string | undefined, flags: Flags, io: Io): Promise<boolean> {
  if (io.ask === undefined) return true;
  const t = translator(io);
  const { redisUrl, keyPrefix } = await readConnection(flags, io);
  const { keys: count, isWritten } = await client.redisCount(pattern);
  const redis = shownRedisUrl(redisUrl);
  const what = pattern === undefined
    ? t("clear.all", { count, prefix: keyPrefix, redis })
    : t("clear.matching", { count, pattern, redis });
  const lines = [what, ...isWritten ? [t("clear.beside_service")] : [], t("clear.ask")];
  return isYes(await within(io.ask(`${lines.join("\n")} `), io.signal) ?? "");
}

/** Adds `clear` to the group. */
export function addClearCommand({ add, withClient, io, t }: ClientCommands): void {
  add(
    "clear [pattern]",
    "clear.about",
    "clear\nclear 'okex/test/spot/*'",
  ).option("-y, --yes", t("clear.yes")).action((pattern, flags) =>
    withClient(flags, async (client, output) => {
      if (flags.yes !== true && output.people && !await isSure(client, pattern, flags, io)) {
        io.note(`okws: ${t("clear.nothing_done")}`);
        return EXIT.failed;
      }
      const deleted = await withProgress(
        io,
        (report) => client.redisClear(pattern, (count) => report(t("clear.progress", { count }))),
      );
      output.data({ deleted }, () => [t("clear.done", { count: deleted })]);
      return EXIT.done;
    })
  );
}
