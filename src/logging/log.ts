/** Logging is set up here and nowhere else; every other file only asks for its logger. */
import {
  compareLogLevel,
  configure,
  getConsoleSink,
  getJsonLinesFormatter,
  getLogger,
  type Logger,
  type LogLevel,
  type LogRecord,
  withFilter,
} from "@logtape/logtape";
import { redactByField } from "@logtape/redaction";
import { type LevelName, type LogRoom, lowestOf, parseLevels } from "./level.ts";
import { redactLine } from "../okx/redact.ts";
import { createLogQueue, type LogOutput, type LogQueue } from "./queue.ts";

/** What a user may ask for; `level` as in `info,session=debug`. */
export type LogSettings = { readonly level: string; readonly format: "pretty" | "json" };

/** Returns the logger of a room: `roomLogger("session")`. */
export function roomLogger(room: LogRoom): Logger {
  return getLogger(["okws", room]);
}

/** Logs a warning, unless the same message was logged a moment ago. */
export type SparseWarning = (message: string, fields?: Readonly<Record<string, unknown>>) => void;

/** Messages that one {@link sparseWarning} distinguishes; they are texts of ours, never of others. */
const MAX_MESSAGES = 100;

/**
 * Warnings about what may come in floods: each message at most `lines` times in `everyMs`, and the next one says in
 * `more` how many were left out before it. `now` is a clock in milliseconds.
 */
export function sparseWarning(
  log: Pick<Logger, "warn">,
  options: { everyMs?: number; lines?: number; now?: () => number } = {},
): SparseWarning {
  const { everyMs = 10_000, lines = 1, now = () => performance.now() } = options;
  const said = new Map<string, { at: number; lines: number; more: number }>();
  return (message, fields = {}) => {
    const before = said.get(message);
    if (before !== undefined && now() - before.at < everyMs) {
      before.lines += 1;
      if (before.lines <= lines) log.warn(message, fields);
      else before.more += 1;
      return;
    }
    if (said.size >= MAX_MESSAGES) said.clear();
    said.set(message, { at: now(), lines: 1, more: 0 });
    log.warn(message, before === undefined || before.more === 0 ? fields : { ...fields, more: before.more });
  };
}

/**
 * Sends records to `out`, one line each. Secrets never reach a logger in the first place; the redaction below is the
 * second wall: fields by name, and texts that look like a login or like a password inside a URL.
 */
export async function setupLogging(settings: LogSettings, out: LogOutput): Promise<void> {
  const levels = parseLevels(settings.level);
  const jsonLine = getJsonLinesFormatter();
  const plain = settings.format === "json" ? jsonLine : prettyLine;
  const format = (record: LogRecord) => printable(redactLine(plain(shortened(record))));
  const lines = createLogQueue(out, { lostLine: (count) => format(lossRecord(count)) });
  queue = lines;
  const sink = redactByField((record: LogRecord) => lines.add(format(record)), {
    fieldPatterns: [/secret/i, /pass(word|phrase)?$/i, /^sign$/i, /api-?key/i, /token/i],
    action: () => "***",
  });
  const isWanted = ({ level, category }: LogRecord) =>
    compareLogLevel(level, nameOf(levels.rooms[category[1] ?? ""] ?? levels.base)) >= 0;
  await configure({
    reset: true,
    sinks: { out: withFilter(sink, isWanted), console: getConsoleSink() },
    loggers: [
      { category: ["okws"], lowestLevel: nameOf(lowestOf(levels)), sinks: ["out"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["console"] },
    ],
  });
}

let queue: LogQueue | undefined;

/** Longest wait for the last lines at the end of a program. */
const FLUSH_MS = 1000;

/** Waits until what was logged is written, but not for a reader that is stuck. */
export async function flushLogs(): Promise<void> {
  await queue?.flush(FLUSH_MS);
}

function nameOf(level: LevelName): LogLevel {
  return level === "warn" ? "warning" : level;
}

/** What is logged when lines can be written again. */
function lossRecord(count: number): LogRecord {
  const message = ["Log lines were lost, because they could not be written"];
  const rawMessage = message[0] ?? "";
  const properties = { lines: count };
  return {
    category: ["okws", "system"],
    level: "warning",
    message,
    rawMessage,
    properties,
    timestamp: Date.now(),
  };
}

/** Characters of one field that a line shows. What the exchange or a client sent may be long. */
const MAX_FIELD = 1000;

function shortened(record: LogRecord): LogRecord {
  const cut = (value: unknown) => {
    const text = typeof value === "string" ? value : typeof value === "object" ? JSON.stringify(value) : "";
    return text.length > MAX_FIELD ? `${text.slice(0, MAX_FIELD)}…` : value;
  };
  const fields = Object.entries(record.properties).map(([name, value]) => [name, cut(value)]);
  return { ...record, properties: Object.fromEntries(fields) };
}

/** Controls of terminals that JSON leaves as they are, and marks that turn the order of the text around. */
function printable(line: string): string {
  return line.replace(
    /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
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
