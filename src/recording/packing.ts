/** Packing and unpacking in a stream: what was flushed can be read even where the rest of a file is missing. */
import { Buffer } from "node:buffer";
import * as zlib from "node:zlib";
import { message } from "../shared/messages/message.ts";
import { RecordingError } from "../shared/errors.ts";
import type { Packing } from "./format.ts";

/** Packs text; what comes out is to be written at once. */
export type Packer = {
  /** Returns bytes from which everything up to here can be read again. */
  flush(text: string): Promise<Uint8Array>;
  /** Returns the last bytes. */
  end(): Promise<Uint8Array>;
};

/** What newer runtimes have beside the types that are known here. */
type Zstd = { createZstdCompress?: () => zlib.Gzip; createZstdDecompress?: () => zlib.Gunzip };

/** Whether this runtime can pack and unpack with zstd; Deno 2.4 cannot, 2.9 can. */
export const HAS_ZSTD: boolean = typeof (zlib as Zstd).createZstdCompress === "function";

const encoder = new TextEncoder();

/** Throws RecordingError where the runtime cannot. */
export function createPacker(packing: Packing): Packer {
  if (packing === "none") {
    return {
      flush: (text) => Promise.resolve(encoder.encode(text)),
      end: () => Promise.resolve(new Uint8Array()),
    };
  }
  const stream = packing === "gzip" ? zlib.createGzip() : zstd().createZstdCompress();
  let out: Uint8Array[] = [];
  let failed: ((error: Error) => void) | undefined;
  stream.on("data", (chunk: Uint8Array) => out.push(chunk));
  stream.on("error", (error: Error) => failed?.(error));
  const take = () => {
    const bytes = Buffer.concat(out);
    out = [];
    return bytes;
  };
  const collect = (begin: (done: () => void) => void) =>
    new Promise<Uint8Array>((resolve, reject) => {
      failed = reject;
      begin(() => resolve(take()));
    });
  return {
    flush: (text) => collect((done) => void stream.write(Buffer.from(text), () => stream.flush(done))),
    end: () => collect((done) => void stream.on("end", done).end()),
  };
}

/** Yields the unpacked pieces of a file, and returns why there is no more; undefined: it is whole. */
export async function* unpack(
  packed: AsyncIterable<Uint8Array>,
  packing: Packing,
): AsyncGenerator<Uint8Array, string | undefined> {
  if (packing === "none") {
    for await (const bytes of packed) yield bytes;
    return undefined;
  }
  const stream = packing === "gzip" ? zlib.createGunzip() : zstd().createZstdDecompress();
  let ready: Uint8Array[] = [];
  let fault: string | undefined;
  let wake = () => {};
  stream.on("data", (chunk: Uint8Array) => ready.push(chunk));
  stream.on("error", (error: Error) => {
    fault ??= error.message;
    wake();
  });
  const step = (begin: (done: () => void) => void) =>
    new Promise<void>((resolve) => {
      wake = resolve;
      if (fault !== undefined) resolve();
      else begin(resolve);
    });
  try {
    for await (const bytes of packed) {
      await step((done) => void stream.write(bytes, () => done()));
      const pieces = ready;
      ready = [];
      yield* pieces;
      if (fault !== undefined) return fault;
    }
    await step((done) => void stream.on("end", done).end());
    yield* ready;
    return fault;
  } finally {
    stream.destroy();
  }
}

function zstd(): Required<Zstd> {
  const { createZstdCompress, createZstdDecompress } = zlib as Zstd;
  if (createZstdCompress === undefined || createZstdDecompress === undefined) {
    throw new RecordingError(message("recording.no_zstd", { deno: Deno.version.deno }));
  }
  return { createZstdCompress, createZstdDecompress };
}
