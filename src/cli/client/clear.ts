/** `okws client clear`: deletes what is cached. */
import { EXIT } from "../exit.ts";
import { withProgress } from "../terminal/progress.ts";
import type { ClientCommands } from "./command.ts";

/** Adds it to the group. */
export function addClearCommand({ add, withClient, io, t }: ClientCommands): void {
  add(
    "clear [pattern]",
    "clear.about",
    "clear\nclear 'okex/test/spot/*'",
  ).action((pattern, flags) =>
    withClient(flags, async (client, output) => {
      const deleted = await withProgress(
        io,
        (report) => client.redisClear(pattern, (count) => report(t("clear.progress", { count }))),
      );
      output.data({ deleted }, () => [t("clear.done", { count: deleted })]);
      return EXIT.done;
    })
  );
}
