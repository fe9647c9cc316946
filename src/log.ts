/** Logging is set up here and nowhere else; every other file only asks for its logger. */
import {
  configure,
  getConsoleSink,
  getJsonLinesFormatter,
  getLogger,
  getStreamSink,
  type Logger,
  type LogLevel,
  type LogRecord,
} from "@logtape/logtape";
import { redactByField, redactByPattern } from "@logtape/redaction";

/** What a user may ask for. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogSettings = { readonly level: typeof LOG_LEVELS[number]; readonly format: "pretty" | "json" };

/** The logger of a room: `roomLogger("session")`. */
export function roomLogger(room: string): Logger {
  return getLogger(["okws", room]);
}

/**
 * Sends records to `out`, one line each. Secrets never reach a logger in the first place; the redaction below is the
 * second wall: fields by name, and texts that look like a password inside a URL.
 */
export async function setupLogging(settings: LogSettings, out: WritableStream<Uint8Array>): Promise<void> {
  const level: LogLevel = settings.level === "warn" ? "warning" : settings.level;
  const format = redactByPattern(settings.format === "json" ? getJsonLinesFormatter() : prettyLine, [
    { pattern: /(?<=:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/g, replacement: "***" },
  ]);
  const sink = redactByField(getStreamSink(out, { formatter: format }), {
    fieldPatterns: [/secret/i, /pass(word|phrase)?$/i, /^sign$/i, /api-?key/i, /token/i],
    action: () => "***",
  });
  await configure({
    reset: true,
    sinks: { out: sink, console: getConsoleSink() },
    loggers: [
      { category: ["okws"], lowestLevel: level, sinks: ["out"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["console"] },
    ],
  });
}

const MARKS: Readonly<Record<LogLevel, string>> = {
  trace: "trace",
  debug: "debug",
  info: "info ",
  warning: "WARN ",
  error: "ERROR",
  fatal: "FATAL",
};

/** `14:03:22.120 info  session  Connected  endpoint=public server=test` */
function prettyLine(record: LogRecord): string {
  const time = new Date(record.timestamp).toISOString().slice(11, 23);
  const message = record.message.map((part) => typeof part === "string" ? part : JSON.stringify(part)).join(
    "",
  );
  const fields = Object.entries(record.properties).map(([name, value]) => `${name}=${showValue(value)}`);
  const room = record.category.slice(1).join("/").padEnd(8);
  return `${[time, MARKS[record.level], room, message].join(" ")}  ${fields.join(" ")}`.trimEnd() + "\n";
}

function showValue(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value) ?? "";
  return /^[!-~]*$/.test(text) ? text : JSON.stringify(text);
}
