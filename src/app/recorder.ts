/** The recorder of a service: built from its settings, and what it has to say in the log. */
import type { Settings } from "../config/shapes.ts";
import { roomLogger, sparseWarning } from "../logging/log.ts";
import { HAS_ZSTD } from "../recording/packing.ts";
import { Recorder, type RecorderEvents } from "../recording/recorder.ts";
import { fileReason } from "../shared/file_reason.ts";
import { englishOf } from "../shared/messages/message.ts";

const log = roomLogger("service");
const warn = sparseWarning(log);

const MB = 1024 * 1024;

/** Creates the recorder of `RECORD`; undefined where nothing is to be recorded. */
export function createRecorder(settings: Settings): Recorder | undefined {
  const { RECORD: folder, RECORD_COMPRESSION: wanted } = settings;
  if (folder === undefined) return undefined;
  const packing = wanted === "zstd" && !HAS_ZSTD ? "gzip" : wanted;
  if (packing !== wanted) {
    log.warn("This runtime has no zstd, recording with gzip", {
      deno: Deno.version.deno,
      remedy: "RECORD_COMPRESSION: gzip, or an okws that was built with Deno 2.9",
    });
  }
  log.info("Recording frames", { folder, compression: packing });
  return new Recorder({
    ...{ folder, packing },
    ...recordingBounds(settings),
    events: logEvents(folder),
  });
}

/** Returns how large a recording may grow, and when its next file is begun, in bytes and milliseconds. */
export function recordingBounds(
  { RECORD_MB, RECORD_FILE_MB, RECORD_FILE_MINUTES }: Settings,
): { readonly maxBytes: number; readonly fileBytes: number; readonly fileMs: number } {
  return { maxBytes: RECORD_MB * MB, fileBytes: RECORD_FILE_MB * MB, fileMs: RECORD_FILE_MINUTES * 60_000 };
}

/** What concerns the recording is said; the service goes on. */
function logEvents(folder: string): RecorderEvents {
  return {
    onTrouble: (error) =>
      log.error("Frames cannot be recorded, trying again", {
        folder,
        reason: englishOf(fileReason(error, "write")),
      }),
    onRecovered: () => log.info("Frames are recorded again", { folder }),
    onMissing: (missing) => warn("Frames are missing from the recording", { folder, ...missing }),
    onRemoved: (files) =>
      log.info("The oldest files of the recording were deleted", {
        folder,
        files: files.length,
        newest: files.at(-1)?.name ?? "",
      }),
  };
}
