/** What is said when data cannot be written to stdout. */
import { fileReason } from "../../shared/file_reason.ts";
import { translator } from "../i18n/translate.ts";

/** Returns the line for stderr. */
export function describeUnprintable(
  error: unknown,
  environment: Readonly<Record<string, string>>,
): string {
  return `okws: ${translator({ environment })("okws.cannot_print", { reason: fileReason(error, "write") })}`;
}
