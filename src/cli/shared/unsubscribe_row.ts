/** Ends a subscription out of a live view, by the command of `okws client unsubscribe`. */
import { connect, type ConnectOptions } from "../../client/client.ts";
import { redactText } from "../../okx/redact.ts";
import { safeText } from "../terminal/text.ts";
import type { Translate } from "../i18n/translate.ts";

/** Returns a function that ends a subscription and says what became of it. */
export function createUnsubscribe(
  connection: ConnectOptions,
  t: Translate,
): (target: { readonly server: string; readonly path: string }) => Promise<string> {
  return async ({ server, path }) => {
    const shown = { server: safeText(server), path: safeText(path) };
    try {
      await using client = await connect(connection);
      await client.unsubscribe(server, path);
      return t("live.unsubscribed", shown);
    } catch (error) {
      const reason = error instanceof Error ? t.error(error) : String(error);
      return t("live.not_unsubscribed", { ...shown, reason: safeText(redactText(reason)) });
    }
  };
}
