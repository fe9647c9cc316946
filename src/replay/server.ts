/** A recording as an exchange: the WebSocket endpoints of v5 and v3, and of REST the time alone. */
import { acceptWebSocket } from "../shared/accept_websocket.ts";
import { withDeadline } from "../shared/async/with_deadline.ts";
import type { Protocol } from "../okx/codec.ts";
import type { Arg } from "../okx/frame.ts";
import { sleep } from "../shared/async/sleep.ts";
import type { Message } from "../shared/messages/message.ts";
import { message } from "../shared/messages/message.ts";
import { RecordingError } from "../shared/errors.ts";
import { readFrames, type Recorded, type RecordedPush } from "../recording/frames.ts";
import { readRecording } from "../recording/reader.ts";
import { summarize, type Summary } from "../recording/summary.ts";
import { matches, ReplayClient } from "./client.ts";
import { whyNothing } from "../recording/why_nothing.ts";
import { Latest } from "./latest.ts";
import { Playback, type PlaybackOptions } from "./playback.ts";

/** What is played, and where. */
export type ReplayOptions = {
  readonly path: string;
  readonly port: number;
  /** Recorded seconds in a second. */
  readonly speed: number;
  /** Unix milliseconds. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** The server whose frames are played, where several were recorded. */
  readonly server?: string | undefined;
  /** Frames a second of a file that says no times. */
  readonly rate?: number | undefined;
  /** Called with what cannot be read. */
  readonly onNote: (note: Message) => void;
  /** Called now and then while the recording is read for the first time. */
  readonly onRead?: (frames: number) => void;
  /** As {@link PlaybackOptions} says. */
  readonly begin?: PlaybackOptions["begin"];
};

const HOSTNAME = "127.0.0.1";

const PATHS: ReadonlyMap<string, Protocol> = new Map([
  ["/ws/v5/public", "v5"],
  ["/ws/v5/private", "v5"],
  ["/ws/v5/business", "v5"],
  ["/ws/v3", "v3"],
]);

/** A client that has more than this to read holds up the recording. */
const MAX_BUFFERED = 8 * 1024 * 1024;
const BUFFER_LOOK_MS = 5;

/** How long a client may take to answer a close. */
const CLOSE_WAIT_MS = 250;

/** Reads the recording once, to know what is in it, and begins to listen. Throws RecordingError where nothing can be played. */
export async function startReplay(options: ReplayOptions): Promise<Replay> {
  const { path, from, to, server, rate, onNote, onRead = () => {} } = options;
  const frames = readRecording(path, { from, to, rate, onNote });
  const summary = await summarize(readFrames(frames, server), (_, count) => onRead(count));
  const servers = new Set([...summary.subscriptions.values()].map((each) => each.server));
  if (summary.pushes === 0) throw new RecordingError(await whyNothing(path, { server, rate }));
  if (servers.size > 1) {
    throw new RecordingError(message("recording.several_servers", { list: [...servers].join(", ") }));
  }
  const again = readFrames(readRecording(path, { to, rate, onNote: () => {} }), server);
  try {
    return new Replay(options, { summary, ...await passOver(again, from ?? -Infinity) });
  } catch (error) {
    await again.return(undefined);
    throw error;
  }
}

/** What is played, and what is known of the time before it. */
type Material = {
  readonly summary: Summary;
  readonly latest: Latest;
  readonly frames: AsyncIterable<Recorded>;
};

/** Reads what is before `from`, of which only the end counts: order books as they stood, and last pushes. */
async function passOver(
  frames: AsyncGenerator<Recorded>,
  from: number,
): Promise<Pick<Material, "latest" | "frames">> {
  const latest = new Latest();
  let next = await frames.next();
  while (!next.done && next.value.at < from) {
    if (next.value.kind === "push") latest.apply(next.value);
    next = await frames.next();
  }
  const first = next;
  async function* rest(): AsyncGenerator<Recorded> {
    try {
      if (first.done) return;
      yield first.value;
      yield* frames;
    } finally {
      await frames.return(undefined);
    }
  }
  return { latest, frames: rest() };
}

/** A recording that is played. */
export class Replay implements AsyncDisposable {
  readonly summary: Summary;
  readonly port: number;
  /** `ws://127.0.0.1:port`, which okws takes as an endpoint. */
  readonly url: string;
  /** Resolves when the recording was played to its end, or was ended; rejects where it cannot be read any more. */
  readonly done: Promise<void>;
  readonly #clients = new Map<WebSocket, ReplayClient>();
  /** Who takes what, until somebody changes his mind. */
  readonly #takers = new Map<string, readonly ReplayClient[]>();
  readonly #latest: Latest;
  readonly #playback: Playback;
  readonly #aborter = new AbortController();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #closing: Promise<void> | undefined;

  constructor({ port, speed, begin }: ReplayOptions, { summary, latest, frames }: Material) {
    this.summary = summary;
    this.#latest = latest;
    const { signal } = this.#aborter;
    this.#playback = new Playback({
      ...{ speed, begin },
      firstAt: summary.firstAt,
      deliver: (frame) => this.#deliver(frame),
      drained: (signal) => this.#drained(signal),
    });
    this.#server = Deno.serve(
      { hostname: HOSTNAME, port, signal, onListen: () => {} },
      (request) => this.#handle(request),
    );
    this.port = this.#server.addr.port;
    this.url = `ws://${HOSTNAME}:${this.port}`;
    this.done = this.#playback.run(frames, signal);
    this.done.catch(() => {});
  }

  /** How far it is. */
  get progress(): { readonly frames: number; readonly nowMs: number; readonly clients: number } {
    const { frames, nowMs } = this.#playback;
    return { frames, nowMs, clients: this.#clients.size };
  }

  close(): Promise<void> {
    return this.#closing ??= this.#end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #end(): Promise<void> {
    const closed = [...this.#clients.keys()].map((socket) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      socket.addEventListener("close", () => resolve(), { once: true });
      if (socket.readyState === WebSocket.OPEN) socket.close(1001, "Going away");
      else if (socket.readyState === WebSocket.CLOSED) resolve();
      return promise;
    });
    await withDeadline(Promise.all(closed), CLOSE_WAIT_MS, () => {});
    this.#aborter.abort();
    await this.#server.finished;
    await this.done.catch(() => {});
  }

  #handle(request: Request): Response {
    const { pathname } = new URL(request.url);
    const protocol = PATHS.get(pathname);
    if (protocol === undefined) return this.#answerRest(pathname);
    return acceptWebSocket(request, {
      onOpen: (socket) => this.#clients.set(socket, this.#connect(socket, protocol)),
      onText: (socket, text) => this.#clients.get(socket)?.receive(text),
      onClose: (socket) => {
        this.#clients.delete(socket);
        this.#takers.clear();
      },
    });
  }

  #connect(socket: WebSocket, protocol: Protocol): ReplayClient {
    return new ReplayClient({
      protocol,
      connId: crypto.randomUUID().slice(0, 8),
      isRecorded: (desired, clientProtocol) => this.#isRecorded(desired, clientProtocol),
      send: (payload) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(payload);
      },
      onChange: (client, added) => this.#onChange(client, added),
    });
  }

  #isRecorded(desired: Arg, clientProtocol: Protocol): boolean {
    return [...this.summary.subscriptions.values()].some(({ arg, protocol }) =>
      protocol === clientProtocol && matches(arg, desired)
    );
  }

  #onChange(client: ReplayClient, added: Arg | undefined): void {
    this.#takers.clear();
    if (added === undefined) return;
    this.#playback.onSubscribed();
    const isOfIt = (push: RecordedPush) => client.takes(push) && matches(push.arg, added);
    for (const first of this.#latest.firstFrames(isOfIt)) client.send(first);
  }

  #deliver(frame: Recorded): void {
    if (frame.kind !== "push") return;
    this.#latest.apply(frame);
    let takers = this.#takers.get(frame.key);
    if (takers === undefined) {
      takers = [...this.#clients.values()].filter((client) => client.takes(frame));
      this.#takers.set(frame.key, takers);
    }
    for (const client of takers) client.send(frame.raw);
  }

  async #drained(signal: AbortSignal): Promise<void> {
    const isBehind = (socket: WebSocket) =>
      socket.readyState === WebSocket.OPEN && socket.bufferedAmount > MAX_BUFFERED;
    while (!signal.aborted && [...this.#clients.keys()].some(isBehind)) await sleep(BUFFER_LOOK_MS, signal);
  }

  #answerRest(pathname: string): Response {
    if (pathname === "/api/v5/public/time") {
      return Response.json({ code: "0", msg: "", data: [{ ts: String(this.#playback.nowMs) }] });
    }
    if (pathname.startsWith("/api/")) {
      return Response.json({ code: "50001", msg: "A recording has no REST", data: [] }, { status: 503 });
    }
    return new Response("Not found\n", { status: 404 });
  }
}
