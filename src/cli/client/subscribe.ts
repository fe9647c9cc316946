/** `okws client subscribe` and `unsubscribe`: one line for each path, with the exchange's answer. */
import type { PathResult } from "../../client/client.ts";
import { EXIT } from "../shared/exit.ts";
import type { Translate } from "../i18n/translate.ts";
import { renderReason } from "../terminal/reason.ts";
import { parsePathOrArg, parsePathsAsWritten } from "./arguments.ts";
import type { ClientCommands } from "./command.ts";
import { findTarget, TARGET_USAGE } from "./target.ts";
import { noteUpperCase } from "./upper_case.ts";

/** Adds `subscribe` and `unsubscribe` to the group. */
export function addSubscribeCommands({ add, withClient, io, t }: ClientCommands): void {
  const paths = "subscribe test tickers:ETH-USDT spot/candle60s:BTC-USDT\nsubscribe tickers:ETH-USDT";
  add("subscribe <path...>", "subscribe.about", paths).usage(TARGET_USAGE).action(
    (words, flags) =>
      withClient(flags, async (client, output) => {
        const { name, rest } = await findTarget(words, client);
        const results = await client.trySubscribe(name, parsePathsAsWritten(rest));
        for (const result of results) output.data(result, () => [describe(result, t)]);
        const refused = results.filter(({ state }) => state === "refused").map(({ path }) => path);
        await noteUpperCase(client, name, refused, io);
        if (refused.length > 0) io.note(t("subscribe.stays_desired", { name, paths: refused.join(" ") }));
        return results.length > 0 && results.every(({ state }) => state === "live") ? EXIT.done : EXIT.failed;
      }),
  );
  add("unsubscribe <path...>", "unsubscribe.about", "unsubscribe test tickers:ETH-USDT").usage(TARGET_USAGE)
    .action(
      (words, flags) =>
        withClient(flags, async (client, output) => {
          const { name, rest } = await findTarget(words, client);
          const results = await client.unsubscribe(name, rest.map(parsePathOrArg));
          for (const result of results) output.data(result, () => [describe(result, t)]);
          return EXIT.done;
        }),
    );
}

function describe({ path, state, error }: PathResult, t: Translate): string {
  return error === null ? `${path}  ${state}` : `${path}  ${state}: ${renderReason(error, t)}`;
}
