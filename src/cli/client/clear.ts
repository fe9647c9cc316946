/** `okws client clear`: deletes what is cached. */
import { EXIT } from "../exit.ts";
import { withProgress } from "../terminal/progress.ts";
import { words } from "../i18n/translate.ts";
import type { ClientCommands } from "./command.ts";

/** Adds it to the group. */
export function addClearCommand({ add, withClient, io }: ClientCommands): void {
  add(
    "clear [pattern]",
    "delete cached keys (default: all under the prefix)",
    "clear\nclear 'okex/test/spot/*'",
  ).action((pattern, flags) =>
    withClient(flags, async (client, show) => {
      const deleted = await withProgress(
        io,
        (report) => client.redisClear(pattern, (count) => report(`${count} keys deleted …`)),
      );
      show.data({ deleted }, () => [words(io)(`${deleted} keys deleted`)]);
      return EXIT.done;
    })
  );
}
