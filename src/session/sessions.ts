/**
 * The named servers and their connections: one per endpoint in use, with logged-in traffic on a connection of its own.
 * Owns every connection's controller and end.
 */
import { createPacer, type Pacer } from "../async/pacer.ts";
import { CODES, CommandError } from "../errors.ts";
import {
  type ConnectionName,
  connectionOf,
  type Refusal,
  type SessionEvent,
  type SubscriptionState,
} from "../event.ts";
import { CODECS, type Protocol } from "../okx/codec.ts";
import { type Exchange, socketUrl } from "../okx/endpoints.ts";
import { createSigner, type Credentials } from "../okx/sign.ts";
import { findChannel } from "../okx/channels.ts";
import { roomLogger } from "../log.ts";
import type { Topic } from "../okx/topic.ts";
import type { Stats } from "../stats.ts";
import { DEFAULT_TIMING, type Timing } from "./timing.ts";
import { Session, type SessionView } from "./session.ts";
import { type Change, Subscriptions } from "./subscriptions.ts";

/** One server as it is opened. */
export type ServerSpec = {
  readonly name: string;
  readonly exchange: Exchange;
  readonly protocol: Protocol;
  readonly credentials: Credentials | undefined;
};

/** What is known of one path. */
export type PathState = {
  readonly path: string;
  readonly state: SubscriptionState;
  readonly error: Refusal | null;
};

/** What is known of one server. */
export type ServerView = {
  readonly name: string;
  readonly connections: readonly SessionView[];
  readonly subscriptions: readonly PathState[];
};

/** Settings of {@link Sessions}. */
export type SessionsOptions = {
  readonly stats: Stats;
  /** Hears every event of every server, in order. */
  readonly sink: (server: string, event: SessionEvent) => void;
  /** Hears of a connection that ended by a fault of our own; it is not made again. */
  readonly onBroken: (error: unknown) => void;
  readonly timing?: Timing;
  /** Whether what is received piles up behind Redis. */
  readonly congested?: () => boolean;
};

type Link = {
  readonly session: Session;
  readonly subscriptions: Subscriptions;
  readonly done: Promise<void>;
};

type Server = {
  readonly spec: ServerSpec;
  readonly controller: AbortController;
  readonly links: Map<ConnectionName, Link>;
  readonly topics: Map<string, Topic>;
  /** Paths that were moved to another endpoint already. */
  readonly moved: Set<string>;
};

/** New connections per second and IP (OKX v5 documentation, "Connect"). */
const DIALS_PER_SECOND = 3;

/** REST calls per second over all connections; the exchange takes 40 in 2 s of the cheapest kind (`/market/books`). */
const REST_PER_SECOND = 10;

const log = roomLogger("session");

/** See the module comment. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #servers = new Map<string, Server>();
  readonly #dials: Pacer = createPacer(DIALS_PER_SECOND, 1000);
  readonly #restPacer: Pacer = createPacer(REST_PER_SECOND, 1000);
  readonly #waiters = new Set<() => void>();

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  names(): string[] {
    return [...this.#servers.keys()];
  }

  /** Opens a server and dials its public endpoint, or the only one of v3. Throws CommandError when the name is taken. */
  open(spec: ServerSpec): void {
    if (this.#servers.has(spec.name)) {
      throw new CommandError(CODES.openAlready, `${spec.name} is open already`);
    }
    const server: Server = {
      spec,
      controller: new AbortController(),
      links: new Map(),
      topics: new Map(),
      moved: new Set(),
    };
    this.#servers.set(spec.name, server);
    this.#emit(server, { kind: "opened", at: Date.now() });
    this.#link(server, spec.protocol === "v3" ? "v3" : "public");
  }

  /** Closes a server, forgets its subscriptions and waits for its connections to end. */
  async close(name: string): Promise<void> {
    const server = this.#find(name);
    const topics = [...server.topics.values()];
    await this.#end(server);
    for (const topic of topics) {
      this.#emit(server, { kind: "subscription", topic, state: "gone", refusal: undefined, at: Date.now() });
    }
    this.#emit(server, { kind: "closed", at: Date.now() });
  }

  /** Ends every server for a stop of the service: what was live is left marked as stale. */
  async closeAll(): Promise<void> {
    await Promise.all([...this.#servers.values()].map(async (server) => {
      await this.#end(server);
      this.#emit(server, { kind: "closed", at: Date.now() });
    }));
  }

  /** Wants topics. Throws CommandError, and wants none of them, when one cannot be had here. */
  subscribe(name: string, topics: readonly Topic[]): void {
    const server = this.#find(name);
    for (const topic of topics) {
      if (topic.login && server.spec.credentials === undefined) {
        throw new CommandError(CODES.notAllowed, `${topic.path} needs a login, and ${name} has no apiKey`);
      }
    }
    for (const wanted of topics) {
      // A path that was moved to another endpoint stays there.
      const topic = server.topics.get(wanted.path) ?? wanted;
      server.topics.set(topic.path, topic);
      const link = this.#link(server, connectionOf(topic));
      this.#tell(server, link.subscriptions.add(topic));
      link.session.poke();
    }
  }

  /** No longer wants topics; answers which of them were wanted. */
  unsubscribe(name: string, topics: readonly Topic[]): string[] {
    const server = this.#find(name);
    const gone: string[] = [];
    for (const { path } of topics) {
      // What is held may have been moved to another endpoint.
      const topic = server.topics.get(path);
      if (topic === undefined) continue;
      server.topics.delete(path);
      gone.push(path);
      const link = this.#link(server, connectionOf(topic));
      this.#tell(server, link.subscriptions.remove(topic.path));
      link.session.forget(topic.upstream);
      link.session.poke();
    }
    return gone;
  }

  /** The states of these paths as soon as the exchange has answered for each, or when the time is up. */
  async answers(name: string, paths: readonly string[], timeoutMs: number): Promise<PathState[]> {
    const look = () => this.#states(name).filter(({ path }) => paths.includes(path));
    const settled = () => look().every(({ state }) => state === "live" || state === "refused");
    if (settled()) return look();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let waiter: (() => void) | undefined;
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
      waiter = () => settled() && resolve();
      this.#waiters.add(waiter);
    });
    clearTimeout(timer);
    if (waiter !== undefined) this.#waiters.delete(waiter);
    return look();
  }

  /** Throws CommandError when there is no such server. */
  view(name: string): ServerView {
    const server = this.#find(name);
    return {
      name,
      connections: [...server.links.values()].map((link) => link.session.view()),
      subscriptions: this.#states(name),
    };
  }

  #states(name: string): PathState[] {
    const links = [...this.#servers.get(name)?.links.values() ?? []];
    return links.flatMap((link) => [...link.subscriptions.list()])
      .map(({ topic, state, refusal }) => ({ path: topic.path, state, error: refusal ?? null }));
  }

  #link(server: Server, name: ConnectionName): Link {
    const existing = server.links.get(name);
    if (existing !== undefined) return existing;
    const { exchange, credentials, protocol } = server.spec;
    const subscriptions = new Subscriptions();
    const [endpoint, suffix] = name.split("+") as [Topic["endpoint"], string | undefined];
    const login = endpoint === "v3" || suffix !== undefined;
    const session = new Session({
      endpoint: name,
      server: server.spec.name,
      url: socketUrl(exchange, endpoint),
      rest: exchange.rest,
      codec: CODECS[protocol],
      subscriptions,
      signer: login && credentials !== undefined ? createSigner(credentials) : undefined,
      stats: this.#options.stats,
      timing: this.#options.timing ?? DEFAULT_TIMING,
      restPacer: this.#restPacer,
      congested: this.#options.congested ?? (() => false),
      eager: name === "public" || name === "v3",
      dials: this.#dials,
    });
    const link: Link = {
      session,
      subscriptions,
      done: this.#pump(server, session).catch(this.#options.onBroken),
    };
    server.links.set(name, link);
    return link;
  }

  #pump(server: Server, session: Session): Promise<void> {
    return session.run(server.controller.signal, (event) => {
      if (!this.#moves(server, event)) this.#emit(server, event);
    });
  }

  /**
   * A channel that the exchange has on another endpoint than our table says is moved there, once, with a line in the
   * log: the table ages, the exchange's answer does not.
   */
  #moves(server: Server, event: SessionEvent): boolean {
    if (event.kind !== "subscription" || event.state !== "refused" || event.refusal === undefined) {
      return false;
    }
    const { topic, refusal } = event;
    const endpoint = otherEndpoint(topic, refusal.code);
    if (endpoint === undefined || server.moved.has(topic.path)) return false;
    server.moved.add(topic.path);
    log.warn("The exchange has a channel elsewhere, moving there", {
      server: server.spec.name,
      path: topic.path,
      from: topic.endpoint,
      to: endpoint,
      code: refusal.code,
    });
    server.links.get(connectionOf(topic))?.subscriptions.remove(topic.path);
    const moved = { ...topic, endpoint };
    server.topics.set(topic.path, moved);
    const link = this.#link(server, connectionOf(moved));
    this.#tell(server, link.subscriptions.add(moved));
    link.session.poke();
    return true;
  }

  async #end(server: Server): Promise<void> {
    this.#servers.delete(server.spec.name);
    server.controller.abort();
    await Promise.all([...server.links.values()].map((link) => link.done));
    // Whoever waits for an answer of this server gets none.
    for (const waiter of this.#waiters) waiter();
  }

  #tell(server: Server, changes: readonly Change[]): void {
    for (const change of changes) this.#emit(server, { kind: "subscription", ...change, at: Date.now() });
  }

  #emit(server: Server, event: SessionEvent): void {
    this.#options.sink(server.spec.name, event);
    if (event.kind === "subscription") { for (const waiter of this.#waiters) waiter(); }
  }

  #find(name: string): Server {
    const server = this.#servers.get(name);
    if (server === undefined) throw new CommandError(CODES.noServer, `There is no server ${name}`);
    return server;
  }
}

/** Where else a refused channel may be: what the code says, and for a channel unknown to the table the business endpoint. */
function otherEndpoint(topic: Topic, code: string): Topic["endpoint"] | undefined {
  if (code === "64001") return "business";
  if (code === "64002") return topic.login ? "private" : "public";
  return code === "60018" && findChannel(topic.arg.channel) === undefined ? "business" : undefined;
}
