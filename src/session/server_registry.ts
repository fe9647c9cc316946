/** The named servers: opens, closes and finds them, and waits for the exchange's answers. */
import { createPacer, type Pacer } from "../shared/async/pacer.ts";
import { withDeadline } from "../shared/async/with_deadline.ts";
import { CODES, CommandError } from "../shared/errors.ts";
import type { EventSink, Owner, SessionEvent, SubscriptionState } from "../model/events.ts";
import { createMask, type Mask } from "../okx/redact.ts";
import { withSuggestion } from "../okx/suggest.ts";
import type { Topic } from "../okx/topic.ts";
import type { AdmitDial, FrameRecorder } from "./connection/reconnecting_connection.ts";
import type { NamedRow } from "../model/named_row.ts";
import type { Stats } from "../model/stats.ts";
import type { PathStatus, ServerStatus } from "../model/status.ts";
import type { ResumePoint } from "./recovery/series_resume.ts";
import type { StandbyBuffer } from "./standby/standby_buffer.ts";
import { DIAL_WINDOW_MS, DIALS } from "./placement.ts";
import { RestPace } from "./recovery/rest_pace.ts";
import { Server } from "./server.ts";
import type { Predecessor } from "./server_parts.ts";
import type { ServerSpec } from "./server_spec.ts";
import { DEFAULT_TIMING, type Timing } from "./connection/timing.ts";
import { message } from "../shared/messages/message.ts";
import { MAX_SERVERS } from "../shared/limits.ts";

/**
 * Until when a path of a server was surely received and written by the service that wrote before, Unix ms; 0: that is not
 * known.
 */
export type WrittenUntil = (server: string) => (path: string) => number;

/** Settings of {@link ServerRegistry}. */
export type ServerRegistryOptions = {
  readonly stats: Stats;
  /** Called with every event of every server, in order, one after the other. */
  readonly sinks: readonly EventSink<string>[];
  /** Called when a connection ended by a fault of our own; it is not made again. */
  readonly onBroken: (error: unknown) => void;
  readonly timing?: Timing;
  /** Whether what is received piles up behind Redis. */
  readonly congested?: (server: string) => boolean;
  readonly room?: (server: string) => Promise<void> | undefined;
  /** Rows that are kept of a series. */
  readonly maxRow?: number;
  /** Rows that are fetched of a series that is subscribed for the first time; none unless given. */
  readonly history?: number;
  /** Services that share the work, and with it what an address may do; 1 unless given. */
  readonly shards?: number;
  /** What they have to ask each other before each dial. */
  readonly admitDial?: AdmitDial | undefined;
  /** Is shown every connection; nothing is recorded without. */
  readonly recorder?: FrameRecorder | undefined;
};

/** A command that waits for the exchange's answer to some paths. */
type Waiter = {
  readonly server: string;
  readonly paths: ReadonlySet<string>;
  readonly open: Set<string>;
  readonly resolve: () => void;
};

/** REST calls per second over all connections; the exchange takes 40 in 2 s of the cheapest kind (`/market/books`). */
const REST_PER_SECOND = 10;

/** The servers that are open, by their names. */
export class ServerRegistry implements EventSink<string> {
  readonly #options: ServerRegistryOptions;
  readonly #servers = new Map<string, Server>();
  readonly #dials: Pacer & { readonly admit?: AdmitDial | undefined };
  readonly #restPacer: Pacer;
  readonly #restPace: RestPace;
  readonly #waiters = new Set<Waiter>();
  /** Hides the logins of all servers from what any connection brings: nobody knows what an exchange repeats where. */
  #mask: Mask = createMask([]);

  constructor(options: ServerRegistryOptions) {
    const { shards = 1, admitDial: admit } = options;
    this.#options = options;
    this.#dials = { ...createPacer(DIALS, DIAL_WINDOW_MS), admit };
    this.#restPacer = createPacer(REST_PER_SECOND, 1000 * shards);
    this.#restPace = new RestPace(this.#restPacer, shards);
  }

  names(): string[] {
    return [...this.#servers.keys()];
  }

  has(name: string): boolean {
    return this.#servers.has(name);
  }

  /**
   * Opens a server and dials its public endpoint, or the only one of v3. Throws CommandError when the name is taken. `before`:
   * the server that it replaces, see {@link close}; `buffer`: what it brings waits in it until {@link release}.
   */
  open(spec: ServerSpec, before?: Predecessor, buffer?: StandbyBuffer): void {
    if (this.#servers.has(spec.name)) {
      throw new CommandError(CODES.openAlready, message("command.open_already", { name: spec.name }));
    }
    if (this.#servers.size >= MAX_SERVERS) {
      throw new CommandError(
        CODES.notAllowed,
        message("command.too_many_servers", { count: MAX_SERVERS }),
      );
    }
    const {
      stats,
      sinks,
      onBroken,
      timing = DEFAULT_TIMING,
      congested = () => false,
      room = () => undefined,
      maxRow,
      history,
      recorder,
    } = this.#options;
    const logins = [spec, ...[...this.#servers.values()].map((other) => other.spec)];
    this.#mask = createMask(logins.flatMap(({ credentials }) => Object.values(credentials ?? {})));
    const server = new Server(spec, {
      stats,
      timing,
      congested: () => congested(spec.name),
      room: () => room(spec.name),
      onBroken,
      recorder,
      dials: this.#dials,
      restPacer: this.#restPacer,
      mask: (text) => this.#mask(text),
      restPace: this.#restPace,
      before,
      buffer,
      maxRow,
      history,
      sinks: [...sinks, this],
    });
    this.#servers.set(spec.name, server);
  }

  /**
   * Closes a server, forgets its subscriptions and waits for its connections to end. What its series have missed is settled
   * as it is, unless another server replaces it (`reopening`): that one goes on from what this answers.
   */
  async close(name: string, { reopening = false } = {}): Promise<Predecessor> {
    const server = this.#find(name);
    const topics = [...server.desired()].map(({ topic }) => topic);
    await this.#end(server);
    if (!reopening) server.closeGaps();
    const at = Date.now();
    for (const topic of topics) {
      this.#emit(name, { kind: "subscription", topic, state: "gone", refusal: undefined, at });
    }
    this.#emit(name, { kind: "closed", at, forGood: true });
    return server.handoverState;
  }

  /** Ends a server of which nothing was passed on, without a word. */
  async discard(name: string): Promise<void> {
    await this.#end(this.#find(name));
  }

  /** Ends every server for a stop of the service: what was live is left marked as stale. */
  async closeAll(): Promise<void> {
    await Promise.all([...this.#servers.values()].map(async (server) => {
      await this.#end(server);
      this.#emit(server.spec.name, { kind: "closed", at: Date.now() });
    }));
  }

  /** Does what {@link Server.resume} does, for all servers. */
  resume(writtenUntil: WrittenUntil): void {
    for (const [name, server] of this.#servers) server.resume(writtenUntil(name));
  }

  /** Does what {@link Server.release} does, for all servers. */
  release(): void {
    for (const server of this.#servers.values()) server.release();
  }

  /** As {@link Server.prepare}. */
  prepare(name: string, topics: readonly Topic[]): void {
    this.#servers.get(name)?.prepare(topics);
  }

  /** As {@link Server.subscribe}. */
  subscribe(
    name: string,
    topics: readonly Topic[],
    owner: Owner,
    seen?: ReadonlyMap<string, ResumePoint>,
  ): void {
    this.#find(name).subscribe(topics, owner, seen);
  }

  /** Returns whether where a topic's series stands is known in this process, or is nothing that anybody has to know. */
  isResumed(name: string, topic: Topic): boolean {
    return this.#find(name).isResumed(topic);
  }

  /** As {@link Server.resumeFrom}; nothing where there is no such server any more. */
  resumeFrom(name: string, seen: ReadonlyMap<string, ResumePoint>): void {
    this.#servers.get(name)?.resumeFrom(seen);
  }

  /** Drops topics for every owner or for one; returns those that are gone by that. */
  unsubscribe(name: string, topics: readonly Topic[], owner?: Owner): string[] {
    return this.#find(name).unsubscribe(topics, owner);
  }

  /** As {@link Server.named}; undefined also where there is no such server any more. */
  named(name: string, path: string): NamedRow[] | undefined {
    return this.#servers.get(name)?.named(path);
  }

  /** As {@link Server.onGone}. */
  onGone(name: string, path: string, names: readonly string[], from: number): void {
    this.#servers.get(name)?.onGone(path, names, from);
  }

  /** Returns what is desired of a server, with the owners of each topic. */
  desired(name: string): ReturnType<Server["desired"]> {
    return this.#find(name).desired();
  }

  /** Returns the states of these paths as soon as the exchange has answered for each, or when the time is up. */
  async answers(name: string, paths: readonly string[], timeoutMs: number): Promise<PathStatus[]> {
    const asked = new Set(paths);
    const look = () => (this.#servers.get(name)?.states() ?? []).filter(({ path }) => asked.has(path));
    const open = new Set(look().filter(({ state }) => !isAnswer(state)).map(({ path }) => path));
    if (open.size === 0) return look();
    const answered = Promise.withResolvers<void>();
    const waiter: Waiter = { server: name, paths: asked, open, resolve: answered.resolve };
    this.#waiters.add(waiter);
    await withDeadline(answered.promise, timeoutMs, () => {});
    this.#waiters.delete(waiter);
    return look();
  }

  /** Throws CommandError when there is no such server. */
  view(name: string): ServerStatus {
    return this.#find(name).view();
  }

  #emit(server: string, event: SessionEvent): void {
    for (const sink of this.#options.sinks) sink.onEvent(server, event);
  }

  async #end(server: Server): Promise<void> {
    this.#servers.delete(server.spec.name);
    await server.end();
    // A command that waits for an answer of this server gets none.
    for (const waiter of this.#waiters) if (waiter.server === server.spec.name) waiter.resolve();
  }

  /** Resolves the waits for the exchange's answer to a path. */
  onEvent(server: string, event: SessionEvent): void {
    if (event.kind !== "subscription") return;
    const { topic: { path }, state } = event;
    for (const waiter of this.#waiters) {
      if (waiter.server !== server || !waiter.paths.has(path)) continue;
      if (isAnswer(state)) waiter.open.delete(path);
      else waiter.open.add(path);
      if (waiter.open.size === 0) waiter.resolve();
    }
  }

  #find(name: string): Server {
    const server = this.#servers.get(name);
    if (server !== undefined) return server;
    throw new CommandError(
      CODES.noServer,
      withSuggestion(message("command.no_server", { name }), name, [...this.#servers.keys()]),
    );
  }
}

/** Returns whether the exchange has answered, or the answer no longer matters. */
function isAnswer(state: SubscriptionState): boolean {
  return state === "live" || state === "refused" || state === "gone";
}
