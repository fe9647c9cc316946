/** From a recording to tables, by reading it twice: what columns there are, then what is in them. */
import { CODECS } from "../../okx/codec.ts";
import { type Message, message } from "../../shared/messages/message.ts";
import { readFrames, type Recorded, type RecordedPush } from "../../recording/frames.ts";
import { readRecording } from "../../recording/reader.ts";
import { whyNothing } from "../../recording/why_nothing.ts";
import { NotWrittenError, UsageError } from "../shared/exit.ts";
import { keyed } from "../i18n/translate.ts";
import { ColumnFinder, tableRows } from "./columns.ts";
import { createFileNames } from "./names.ts";
import type { ExportFormat } from "./encoders.ts";
import { TableFile } from "./table_file.ts";

/** What is turned into tables, and where they go. */
export type ExportOptions = {
  readonly path: string;
  readonly out: string;
  readonly format: ExportFormat;
  /** Paths to export; empty: all. */
  readonly paths: readonly string[];
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly server?: string | undefined;
  /** Whether files that are there are replaced. */
  readonly force: boolean;
  readonly onNote: (note: Message) => void;
  readonly onProgress: (step: "reading" | "writing", rows: number) => void;
};

/** One table that was written. */
export type ExportedTable = {
  readonly server: string;
  readonly path: string;
  readonly file: string;
  readonly rows: number;
  readonly bytes: number;
  readonly columns: Readonly<Record<string, string>>;
};

/** A table is written when so much of it waits, and all are when so much waits of all. */
const TABLE_BYTES = 4 * 1024 * 1024;
const ALL_BYTES = 64 * 1024 * 1024;

/** What a value takes in memory beside its text. */
const VALUE_BYTES = 50;

type Table = { readonly server: string; readonly path: string; readonly finder: ColumnFinder };

/** Writes a file for each path. Rejects with UsageError where there is nothing to write, with NotWrittenError where a file is in the way. */
export async function exportTables(options: ExportOptions, signal: AbortSignal): Promise<ExportedTable[]> {
  const tables = await findTables(options, signal);
  const files = await openFiles(tables, options);
  try {
    await fill(files, options, signal);
    for (const { file } of files.values()) {
      signal.throwIfAborted();
      await file.finish();
    }
  } catch (error) {
    for (const { file } of files.values()) await file.discard();
    throw error;
  }
  return [...files.values()].map(({ server, path, file }) => ({
    ...{ server, path, file: file.path, rows: file.rows, bytes: file.bytes },
    columns: Object.fromEntries(file.columns),
  }));
}

async function findTables(options: ExportOptions, signal: AbortSignal): Promise<Map<string, Table>> {
  const { paths, onProgress, onNote } = options;
  const tables = new Map<string, Table>();
  const recorded = new Set<string>();
  let rows = 0;
  for await (const push of pushes(options, onNote, signal)) {
    const path = CODECS[push.protocol].formatPath(push.arg);
    recorded.add(path);
    if (paths.length > 0 && !paths.includes(path)) continue;
    const table = tables.get(push.key) ?? { server: push.server, path, finder: new ColumnFinder() };
    tables.set(push.key, table);
    for (const row of tableRows(push)) table.finder.add(row);
    rows += push.frame.rows.length;
    onProgress("reading", rows);
  }
  if (recorded.size === 0) {
    throw new UsageError(await whyNothing(options.path, { server: options.server, signal }));
  }
  const missing = paths.filter((path) => !recorded.has(path));
  if (missing.length > 0) {
    const list = [...recorded].sort().slice(0, 20).join(" ");
    throw new UsageError(keyed("export.not_recorded", { paths: missing.join(" "), list }));
  }
  for (const { path, finder: { ignored } } of tables.values()) {
    if (ignored > 0) onNote(message("recording.columns", { path, count: ignored }));
  }
  return tables;
}

type Target = Omit<Table, "finder"> & { readonly file: TableFile };

async function openFiles(
  tables: ReadonlyMap<string, Table>,
  { out, format, force }: ExportOptions,
): Promise<Map<string, Target>> {
  const names = new Map<string, ReturnType<typeof createFileNames>>();
  const files = new Map<string, Target>();
  for (const [key, { server, path, finder }] of tables) {
    const nameOf = names.get(server) ?? createFileNames();
    names.set(server, nameOf);
    const folder = `${out}/${createFileNames()(server)}`;
    const target = `${folder}/${nameOf(path)}.${format}`;
    if (!force && await exists(target)) {
      throw new NotWrittenError(keyed("export.in_the_way", { file: target }));
    }
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    files.set(key, { server, path, file: new TableFile(target, format, finder.columns) });
  }
  return files;
}

async function fill(
  files: ReadonlyMap<string, Target>,
  options: ExportOptions,
  signal: AbortSignal,
): Promise<void> {
  let waiting = 0;
  let rows = 0;
  for await (const push of pushes(options, () => {}, signal)) {
    const file = files.get(push.key)?.file;
    if (file === undefined) continue;
    for (const row of tableRows(push)) {
      const bytes = push.frame.text.length / push.frame.rows.length + row.size * VALUE_BYTES;
      file.add(row, bytes);
      waiting += bytes;
      rows += 1;
    }
    if (file.waitingBytes > TABLE_BYTES) {
      waiting -= file.waitingBytes;
      await file.flush();
    }
    if (waiting > ALL_BYTES) {
      for (const each of files.values()) await each.file.flush();
      waiting = 0;
    }
    options.onProgress("writing", rows);
  }
}

async function* pushes(
  { path, from, to, server }: ExportOptions,
  onNote: (note: Message) => void,
  signal: AbortSignal,
): AsyncGenerator<RecordedPush> {
  const frames: AsyncIterable<Recorded> = readFrames(readRecording(path, { from, to, onNote }), server);
  for await (const frame of frames) {
    signal.throwIfAborted();
    if (frame.kind === "push") yield frame;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
