/**
 * Server-sent events to a bounded number of readers. A reader that does not keep up is cut off rather than waited for
 * or buffered without end; a browser comes back by itself and gets everything again.
 */

/** One reader. Sending to one that has gone does nothing. */
export type EventStream = {
  readonly response: Response;
  /** `data` is JSON, so that it has no line breaks. */
  send(event: string, data: string): void;
  close(): void;
  /** Calls once when the reader has gone or was cut off; at once when it has already. */
  onClose(action: () => void): void;
};

/** All readers of one service. */
export type Streams = Disposable & {
  /** Undefined when there are too many already, and once disposed of. */
  open(): EventStream | undefined;
  readonly size: number;
};

/** Bounds of {@link createStreams}. */
export type StreamLimits = {
  readonly maxStreams: number;
  /** Bytes that may wait for one reader. */
  readonly maxBytes: number;
  /** A comment after this long keeps proxies and readers from giving up. */
  readonly heartbeatMs: number;
};

/** A page with a chart, a ladder, a tape and the overview takes four; a start with thousands of paths some 500 kB. */
const LIMITS: StreamLimits = { maxStreams: 48, maxBytes: 4 * 1024 * 1024, heartbeatMs: 10_000 };

/** How long a browser waits before it comes back. */
const RETRY = new TextEncoder().encode("retry: 1000\n\n");

const HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store",
  // Proxies of the nginx kind hold events back otherwise.
  "x-accel-buffering": "no",
};

/** Creates streams that nobody reads yet. */
export function createStreams(limits: StreamLimits = LIMITS): Streams {
  const encoder = new TextEncoder();
  const writers = new Map<EventStream, (bytes: Uint8Array) => void>();
  let heartbeat: ReturnType<typeof setInterval> | undefined;
  let isOver = false;
  const beat = () => {
    const bytes = encoder.encode(":\n\n");
    for (const write of [...writers.values()]) write(bytes);
  };

  const open = (): EventStream | undefined => {
    if (isOver || writers.size >= limits.maxStreams) return undefined;
    let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
    const actions: (() => void)[] = [];
    const end = () => {
      if (!writers.delete(stream)) return;
      if (writers.size === 0) clearInterval(heartbeat);
      for (const action of actions) action();
    };
    const write = (bytes: Uint8Array) => {
      if (controller === undefined || !writers.has(stream)) return;
      controller.enqueue(bytes);
      if ((controller.desiredSize ?? 0) > 0) return;
      controller.error(new Error("The reader does not keep up"));
      end();
    };
    const body = new ReadableStream<Uint8Array>({
      start: (own) => void (controller = own),
      cancel: end,
    }, new ByteLengthQueuingStrategy({ highWaterMark: limits.maxBytes }));
    const stream: EventStream = {
      response: new Response(body, { headers: HEADERS }),
      send: (event, data) => write(encoder.encode(`event: ${event}\ndata: ${data}\n\n`)),
      close() {
        if (!writers.has(stream)) return;
        controller?.close();
        end();
      },
      onClose(action) {
        if (writers.has(stream)) actions.push(action);
        else action();
      },
    };
    if (writers.size === 0) heartbeat = setInterval(beat, limits.heartbeatMs);
    writers.set(stream, write);
    write(RETRY);
    return stream;
  };

  return {
    open,
    get size() {
      return writers.size;
    },
    [Symbol.dispose]() {
      isOver = true;
      for (const stream of [...writers.keys()]) stream.close();
    },
  };
}
