/**
 * Why the system refuses a file or a folder, in words for a person. The runtime's own words name its calls and options,
 * which nobody who runs an executable knows.
 */
import { message, type Text } from "./messages/message.ts";

/** What was to be done with a file. */
export type FileUse = "read" | "write";

/** By the system's name of the error, which is the same on all systems. */
const REASONS = {
  ENOTDIR: "file.below_a_file",
  EISDIR: "file.is_a_folder",
  ENAMETOOLONG: "file.name_too_long",
  ELOOP: "file.links_in_a_circle",
  EROFS: "file.read_only",
  ENOSPC: "file.disk_full",
  EDQUOT: "file.quota_full",
  EFBIG: "file.grows_too_large",
  EIO: "file.disk_error",
  EMFILE: "file.too_many_open",
  ENFILE: "file.too_many_open",
  EBUSY: "file.in_use",
  ETXTBSY: "file.in_use",
} as const;

/** Returns whether an error is one of the system about a file, and not one of ours. */
export function isOfSystem(error: unknown): error is Error {
  return error instanceof Error &&
    (/^E[A-Z0-9]+$/.test(codeOf(error)) || Object.values(Deno.errors).some((kind) => error instanceof kind));
}

/** Returns the reason in words. */
export function fileReason(error: unknown, use: FileUse): Text {
  if (!(error instanceof Error)) return String(error);
  const code = codeOf(error);
  if (code in REASONS) return message(REASONS[code as keyof typeof REASONS]);
  if (error.message.includes("NUL")) return message("file.nul_in_name");
  if (code === "ENOENT" || error instanceof Deno.errors.NotFound) {
    return message(use === "read" ? "file.missing" : "file.no_folder");
  }
  // The runtime lets no program touch these without all rights there are.
  if (error.name === "NotCapable") return message("file.of_the_system");
  if (code === "EACCES" || code === "EPERM" || error instanceof Deno.errors.PermissionDenied) {
    return message(use === "read" ? "file.unreadable" : "file.unwritable");
  }
  if (code === "EEXIST" || error instanceof Deno.errors.AlreadyExists) return message("file.there_already");
  // Of what is rarer the system's own words, without the call that the runtime made.
  return error.message.replace(/ \(os error \d+\)[^]*$/, "");
}

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "";
}
