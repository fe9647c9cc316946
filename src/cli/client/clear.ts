/** `okws client clear`: deletes what is cached. */
import { within } from "../../shared/async/within.ts";
import { EXIT } from "../exit.ts";
import { translator } from "../i18n/translate.ts";
import type { Io } from "../terminal/io.ts";
import { withProgress } from "../terminal/progress.ts";
import { isYes } from "../terminal/prompt.ts";
import type { ClientCommands } from "./command.ts";

/** Returns whether the user confirms at the terminal; where nobody can be asked, the command itself is the confirmation. */
async function isSure(pattern: string | undefined, io: Io): Promise<boolean> {
  if (io.ask === undefined) return true;
  const t = translator(io);
  const question = pattern === undefined ? t("clear.ask_all") : t("clear.ask", { pattern });
  return isYes(await within(io.ask(`${question} `), io.signal) ?? "");
}

/** Adds it to the group. */
export function addClearCommand({ add, withClient, io, t }: ClientCommands): void {
  add(
    "clear [pattern]",
    "clear.about",
    "clear\nclear 'okex/test/spot/*'",
  ).option("-y, --yes", t("clear.yes")).action((pattern, flags) =>
    withClient(flags, async (client, output) => {
      if (flags.yes !== true && output.people && !await isSure(pattern, io)) {
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
