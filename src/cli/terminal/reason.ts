/** The reason for the state of a path, in the reader's language. */
import { type Reason, reasonText, secondsUntil } from "../../shared/reason.ts";
import type { Translate } from "../i18n/translate.ts";
import { safeText } from "./text.ts";

/** Renders code, message and the time to the next attempt. */
export function renderReason(error: Reason, t: Translate, now = Date.now()): string {
  const reason = safeText(reasonText(error));
  const seconds = secondsUntil(error, now);
  return seconds === undefined ? t.sentence(reason) : t("ready.next_attempt", { reason, seconds });
}
