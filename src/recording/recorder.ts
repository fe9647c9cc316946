/**
 * Records every frame of the connections that it is shown. The connections never wait for it: what they bring is queued, and
 * where the disk is slower than the exchange, or full, the newest frames are left out, counted, and marked in the recording.
 */
import { Buffer } from "node:buffer";
import { inflateRawSync } from "node:zlib";
import { redactText } from "../okx/redact.ts";
import { MAX_INFLATED } from "../okx/v3/wire.ts";
import { sleep } from "../shared/async/sleep.ts";
import { hasPassed } from "../shared/elapsed.ts";
import { fileReason } from "../shared/file_reason.ts";
import { englishOf } from "../shared/messages/message.ts";
import {
  type ClockReadings,
  formatEntry,
  type FrameData,
  type Packing,
  type RecordedConnection,
  type RecordedEntry,
} from "./format.ts";
import { FileWriter } from "./file_writer.ts";
import { FolderLock } from "./folder_lock.ts";
import { listFiles, prepareFolder, type RecordingFile, removeOldest } from "./folder.ts";
import { redactSent } from "./redact_sent.ts";

/** What a recorder writes, and where. */
export type RecorderOptions = {
  readonly folder: string;
  readonly packing: Packing;
  /** Bytes of all files together; beyond it the oldest are deleted. */
  readonly maxBytes: number;
  /** Bytes and milliseconds after which the next file is begun. */
  readonly fileBytes: number;
  readonly fileMs: number;
  readonly events: RecorderEvents;
  /** What tests set. */
  readonly limits?: Partial<RecorderLimits>;
};

/** What is reported to people. */
export type RecorderEvents = {
  /** Nothing can be written: said once, until it can be again. */
  onTrouble(error: unknown): void;
  onRecovered(): void;
  /** Frames were left out. */
  onMissing(missing: { readonly frames: number; readonly reason: string }): void;
  /** The oldest files were deleted to stay within the limit. */
  onRemoved(files: readonly RecordingFile[]): void;
};

/** What bounds a recorder. */
export type RecorderLimits = {
  /** Bytes of frames that may wait for the disk. */
  readonly queueBytes: number;
  /** Milliseconds between two writes, of which a crash costs at most one; and between two attempts. */
  readonly flushMs: number;
  readonly retryMs: number;
};

const LIMITS: RecorderLimits = { queueBytes: 32 * 1024 * 1024, flushMs: 1000, retryMs: 5000 };

/** So much is written at once, before the time is up; more would hold up what else the process does. */
const BATCH_BYTES = 1024 * 1024;

/** What a waiting frame costs beside its text. */
const ENTRY_BYTES = 100;

/** What a line that is no frame takes, at about. */
const LINE_BYTES = 200;

/** How long a stop waits for what is queued. */
const DRAIN_MS = 3000;

/** As {@link RecordedConnection}, with what hides its login. */
export type TappedConnection = RecordedConnection & { readonly mask: (text: string) => string };

/** Who sees the frames of one connection. */
export type FrameRecorder = {
  onReceived(data: string | ArrayBuffer): void;
  onSent(text: string): void;
  onEnd(reason: string): void;
};

/** `onWritten` is called once it is in a file. */
type Waiting = ClockReadings & {
  readonly line: () => string;
  readonly bytes: number;
  readonly isFrame: boolean;
  readonly onWritten?: () => void;
};

/** How much was recorded since the start. */
export type RecorderCounts = {
  frames: number;
  missing: number;
  bytes: number;
  files: number;
  removed: number;
};

/** Takes frames at once; writes while {@link run} does. */
export class Recorder {
  readonly counts: RecorderCounts = { frames: 0, missing: 0, bytes: 0, files: 0, removed: 0 };
  readonly #options: RecorderOptions;
  readonly #limits: RecorderLimits;
  readonly #run = crypto.randomUUID().slice(0, 8);
  /** The connections that are open where the files end. */
  readonly #open = new Map<number, RecordedConnection>();
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  /** What is left out and not marked yet. */
  #missing: { frames: number; bytes: number; since: number } | undefined;
  #conns = 0;
  #wake: (() => void) | undefined;
  #files: RecordingFile[] = [];
  #number = 0;
  #writer: FileWriter | undefined;
  #lock: FolderLock | undefined;
  #trouble = "";

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
  }

  /** Whether the last attempt to write failed, and why; empty: it did not. */
  get trouble(): string {
    return this.#trouble;
  }

  /** Makes the folder ready; rejects where it cannot be used. Without it the first attempt of {@link run} does. */
  async prepare(): Promise<void> {
    const { folder } = this.#options;
    await prepareFolder(folder, Date.now());
    this.#lock ??= await FolderLock.take(folder);
    this.#files = await listFiles(folder);
  }

  /** Shows it a connection that is open now. */
  open({ mask, url, ...rest }: TappedConnection): FrameRecorder {
    const conn = ++this.#conns;
    const of: RecordedConnection = { ...rest, url: redactText(url, mask) };
    const open = (clocks: ClockReadings) => formatEntry({ ...clocks, kind: "open", conn, of });
    this.#push(open, LINE_BYTES, () => this.#open.set(conn, of));
    let isOver = false;
    const frame = (size: number, data: () => FrameData, isSent: boolean) => {
      const line = (clocks: ClockReadings) =>
        formatEntry({ ...clocks, kind: "frame", conn, isSent, ...data() });
      if (this.#push(line, size)) this.counts.frames += 1;
    };
    return {
      onReceived: (data) => {
        if (typeof data === "string") frame(data.length, () => ({ text: mask(data) }), false);
        else frame(data.byteLength, () => packed(data, mask), false);
      },
      onSent: (text) => frame(text.length, () => ({ text: mask(redactSent(text)) }), true),
      onEnd: (reason) => {
        if (isOver) return;
        isOver = true;
        const close = (clocks: ClockReadings) =>
          formatEntry({ ...clocks, kind: "close", conn, reason: redactText(reason, mask) });
        this.#push(close, LINE_BYTES, () => this.#open.delete(conn));
      },
    };
  }

  /** Writes until the signal is aborted, then what waits. Never rejects: what goes wrong is said, and tried again. */
  async run(signal: AbortSignal): Promise<void> {
    const { flushMs, retryMs } = this.#limits;
    while (!signal.aborted) {
      await this.#untilDue(this.#trouble === "" ? flushMs : retryMs, signal);
      await this.#attempt();
    }
    const until = performance.now() + DRAIN_MS;
    while (this.#waiting.length > 0 && performance.now() < until) {
      if (!await this.#attempt()) break;
    }
    this.#giveUp();
    await this.#end().catch((error) => this.#onTrouble(error));
    await this.#letGo();
  }

  async #letGo(): Promise<void> {
    await this.#lock?.release();
    this.#lock = undefined;
  }

  /** What could not be written until the end is missing. */
  #giveUp(): void {
    const frames = this.#waiting.filter(({ isFrame }) => isFrame).length;
    if (frames === 0) return;
    this.counts.frames -= frames;
    this.counts.missing += frames;
    this.#options.events.onMissing({ frames, reason: this.#trouble === "" ? SLOW : this.#trouble });
  }

  /** Queues a line; returns whether there was room. */
  #push(line: (clocks: ClockReadings) => string, size: number, onWritten?: () => void): boolean {
    const bytes = size + ENTRY_BYTES;
    const at = Date.now();
    // Connections are few, and without them the frames that follow are nobody's.
    if (this.#waitingBytes + bytes > this.#limits.queueBytes && onWritten === undefined) {
      this.#missing ??= { frames: 0, bytes: 0, since: at };
      this.#missing.frames += 1;
      this.#missing.bytes += size;
      this.counts.missing += 1;
      return false;
    }
    this.#markMissing();
    const clocks = { at, mono: performance.now() };
    this.#waiting.push({
      ...clocks,
      bytes,
      line: () => line(clocks),
      isFrame: onWritten === undefined,
      ...(onWritten === undefined ? {} : { onWritten }),
    });
    this.#waitingBytes += bytes;
    if (this.#waitingBytes > BATCH_BYTES) this.#wake?.();
    return true;
  }

  /** What was left out stands where it is missing. */
  #markMissing(): void {
    if (this.#missing === undefined) return;
    const missing = this.#missing;
    this.#missing = undefined;
    const reason = this.#trouble === "" ? SLOW : this.#trouble;
    const clocks = { at: Date.now(), mono: performance.now() };
    const entry: RecordedEntry = { ...clocks, kind: "missing", missing, reason };
    this.#waiting.push({ ...clocks, bytes: ENTRY_BYTES, isFrame: false, line: () => formatEntry(entry) });
    this.#waitingBytes += ENTRY_BYTES;
    this.#options.events.onMissing({ frames: missing.frames, reason });
  }

  async #untilDue(ms: number, signal: AbortSignal): Promise<void> {
    const early = new AbortController();
    if (this.#trouble === "") {
      this.#wake = () => early.abort();
      if (this.#waitingBytes > BATCH_BYTES) early.abort();
    }
    await sleep(ms, AbortSignal.any([signal, early.signal]));
    this.#wake = undefined;
  }

  /** Writes what waits; returns whether that was possible. What could not be written waits on. */
  async #attempt(): Promise<boolean> {
    try {
      await this.#lock?.keep();
      await this.#writeWaiting();
      await this.#rotate();
      if (this.#trouble !== "") {
        this.#trouble = "";
        this.#options.events.onRecovered();
      }
      return true;
    } catch (error) {
      await this.#writer?.abandon();
      this.#keepFile();
      // It may have been taken away with its folder.
      if (await this.#lock?.isOwn() === false) await this.#letGo();
      this.#onTrouble(error);
      return false;
    }
  }

  #onTrouble(error: unknown): void {
    const isNew = this.#trouble === "";
    this.#trouble = englishOf(fileReason(error, "write"));
    if (isNew) this.#options.events.onTrouble(error);
  }

  async #writeWaiting(): Promise<void> {
    if (this.#waitingBytes < this.#limits.queueBytes / 2) this.#markMissing();
    if (this.#waiting.length === 0 && this.#writer === undefined) return;
    const writer = this.#writer ??= await this.#begin();
    const count = this.#countBatch();
    if (count === 0) return;
    const batch = this.#waiting.slice(0, count);
    const before = writer.bytes;
    await writer.write(batch.map(({ line }) => `${line()}\n`).join(""));
    for (const { onWritten } of batch) onWritten?.();
    this.counts.bytes += writer.bytes - before;
    this.#waiting = this.#waiting.slice(count);
    this.#waitingBytes -= batch.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Returns how many lines are written at once. */
  #countBatch(): number {
    let bytes = 0;
    const end = this.#waiting.findIndex((each) => (bytes += each.bytes) > BATCH_BYTES);
    return end < 0 ? this.#waiting.length : end + 1;
  }

  async #begin(): Promise<FileWriter> {
    const { folder, packing } = this.#options;
    await this.prepare();
    // Files that were taken away are still somewhere: none gets the number of another.
    this.#number = Math.max(this.#number, this.#files.at(-1)?.number ?? 0) + 1;
    const number = this.#number;
    const writer = await FileWriter.create(folder, { number, nowMs: Date.now(), packing });
    // Of what waits the first line is the oldest: the file begins with what was open before it.
    const clocks = this.#waiting[0] ?? { at: Date.now(), mono: performance.now() };
    const open = [...this.#open];
    try {
      await writer.write(
        `${formatEntry({ at: clocks.at, mono: clocks.mono, kind: "begin", run: this.#run, open })}\n`,
      );
    } catch (error) {
      await writer.abandon();
      throw error;
    }
    this.counts.files += 1;
    return writer;
  }

  /** Ends a file that is large or old enough, and deletes the oldest ones. */
  async #rotate(): Promise<void> {
    const { maxBytes, fileMs } = this.#options;
    const writer = this.#writer;
    if (writer === undefined) return;
    const fileBytes = Math.min(this.#options.fileBytes, maxBytes / 4);
    if (writer.bytes >= fileBytes || hasPassed(writer.openedAt, fileMs, Date.now())) await this.#end();
    const files = this.#writer === undefined ? this.#files : [...this.#files, writer.entry];
    const removed = await removeOldest(files, maxBytes);
    if (removed.length === 0) return;
    this.#files = this.#files.slice(removed.length);
    this.counts.removed += removed.length;
    this.#options.events.onRemoved(removed);
  }

  async #end(): Promise<void> {
    const writer = this.#writer;
    if (writer === undefined) return;
    const end: RecordedEntry = { kind: "end", at: Date.now(), mono: performance.now() };
    await writer.close(`${formatEntry(end)}\n`);
    this.#keepFile();
  }

  #keepFile(): void {
    if (this.#writer !== undefined && this.#writer.bytes > 0) this.#files.push(this.#writer.entry);
    this.#writer = undefined;
  }
}

const SLOW = "the disk is slower than the exchange";

/** Bytes as they came, unless a login is repeated in them. */
function packed(data: ArrayBuffer, mask: (text: string) => string): FrameData {
  try {
    const text = inflateRawSync(new Uint8Array(data), { maxOutputLength: MAX_INFLATED }).toString();
    const shown = mask(text);
    if (shown !== text) return { text: shown };
  } catch {
    // Not what v3 sends; recorded all the same, but for what is secret in it.
    const text = Buffer.from(data).toString();
    const shown = mask(text);
    if (shown !== text) return { text: shown };
  }
  return { base64: Buffer.from(data).toString("base64") };
}
