/**
 * What is desired of the exchange: the configuration file, which may be read again, and commands,
 * which are remembered across restarts. Brings each change to the servers and to what is persisted in Redis.
 */
import { isEqual } from "../config/difference.ts";
import { type Config, parseServer, type ServerConfig, topicFault } from "../config/schema.ts";
import {
  NOTHING_PERSISTED,
  type Persisted,
  type PersistedSubscriptions,
} from "../control/persisted_subscriptions.ts";
import type { Owner } from "../model/events.ts";
import { withDeadline } from "../shared/async/with_deadline.ts";
import { CODES, CommandError } from "../shared/errors.ts";
import { roomLogger } from "../logging/log.ts";
import type { TopicFault } from "../okx/path_text.ts";
import { parseTopicOf, type Topic } from "../okx/topic.ts";
import type { ResumePoint } from "../session/recovery/series_resume.ts";
import type { StandbyBuffer } from "../session/standby/standby_buffer.ts";
import type { Predecessor } from "../session/server_parts.ts";
import type { ServerRegistry, WrittenUntil } from "../session/server_registry.ts";
import type { ResumeReader } from "./resume_reader.ts";
import {
  type DesiredServer,
  type DesiredTarget,
  desiredTarget,
  ownTarget,
  parsePersisted,
  pathsOfTarget,
} from "./desired_target.ts";
import type { Share } from "./share.ts";
import { isRefusal } from "../shared/redis_errors.ts";
import { sleep } from "../shared/async/sleep.ts";
import type { Write } from "../store/write/write.ts";
import { undefinedIfAway } from "./undefined_if_away.ts";

/** What the desired state acts on. */
export type DesiredStateOptions = {
  readonly config: Config;
  readonly registry: ServerRegistry;
  readonly persisted: PersistedSubscriptions;
  readonly write: (writes: Write[]) => void;
  readonly resume: ResumeReader;
  /** Undefined: this process has all of the work. */
  readonly share?: Pick<Share, "owns"> | undefined;
};

type Seen = ReadonlyMap<string, ResumePoint> | undefined;

const log = roomLogger("service");

/**
 * How long a standby that connects only now waits for a Redis that has just given it the lease: what the exchange says again
 * at a subscription is known by what is there.
 */
const TERM_READ_MS = 10_000;

/** Between two attempts to read what has to be known before anything is written. */
const RETRY_MS = 300;

/** How long one attempt may take. */
const LOAD_MS = 2000;

/** What is desired of every server, by the file and by commands. Members throw CommandError where they refuse. */
export class DesiredState {
  readonly #options: DesiredStateOptions;
  readonly #servers = new Map<string, ServerConfig>();
  /** Commands about a server that have not come to their end, the last of them. */
  readonly #underWay = new Map<string, Promise<void>>();
  #config: Config;

  constructor(options: DesiredStateOptions) {
    this.#options = options;
    this.#config = options.config;
  }

  /** The file as it was read last. */
  get config(): Config {
    return this.#config;
  }

  /**
   * Whether what commands took away of the file counts on at a start: in a service that replaces another, and where the others of a
   * shard go on meanwhile.
   */
  get isStandby(): boolean {
    return this.#config.settings.STANDBY !== "false" || this.#options.share !== undefined;
  }

  /** Returns what this process has to have of all that is desired. */
  target(persisted: Persisted = this.#options.persisted.current()): DesiredTarget {
    const target = desiredTarget(this.#config, persisted);
    const { share } = this.#options;
    return share === undefined ? target : ownTarget(target, share.owns);
  }

  /** Replaces the file; settings stay those of the start. */
  setFile(next: Config): void {
    this.#config = { ...next, settings: this.#config.settings };
  }

  /** Returns what the file and earlier commands ask for, by server. Rejects with StoreError. */
  async desired(): Promise<Map<string, Set<string>>> {
    const persisted = await this.#load();
    const target = desiredTarget(
      this.#config,
      this.isStandby ? persisted : withoutMarks(persisted, this.#config),
    );
    return pathsOfTarget(target);
  }

  /**
   * Makes exactly this desired; for a service that stands by, of which nothing is written. Where `later` has topics that need a
   * login, that is done now.
   */
  async assume(target: DesiredTarget, later: DesiredTarget, buffer?: () => StandbyBuffer): Promise<void> {
    const { registry } = this.#options;
    for (const name of registry.names()) {
      const next = target.get(name);
      if (next !== undefined && isEqual(next.server, this.#servers.get(name))) continue;
      this.#servers.delete(name);
      await registry.discard(name);
    }
    for (const [name, { server, topics }] of target) {
      try {
        if (!registry.has(name)) this.openServer(server, { buffer: buffer?.() });
        this.dropOthers(name, topics);
        for (const owner of ["file", "command"] as const) {
          const before = this.pathsOf(name, owner);
          const asked = [...topics.values()].filter(({ topic, owners }) =>
            owners.has(owner) && !before.has(topic.path)
          );
          this.subscribeFor(owner, name, asked.map(({ topic }) => topic));
        }
        registry.prepare(name, [...later.get(name)?.topics.values() ?? []].map(({ topic }) => topic));
      } catch (error) {
        // More than can be had; the one that writes says so.
        if (!(error instanceof CommandError)) throw error;
      }
    }
  }

  /**
   * Opens and subscribes what the file names, and in a service that replaces another what commands asked for, too; what was buffered is
   * passed on then. `writtenUntil` is as in `ServerRegistry.resume`.
   */
  async begin(signal: AbortSignal, writtenUntil: WrittenUntil = () => () => 0): Promise<void> {
    const { registry, resume, persisted } = this.#options;
    // What was buffered while Redis was written by another would be written twice.
    const isBuffered = registry.names().length > 0;
    const read = async <T>(what: () => Promise<T | undefined>): Promise<T | undefined> => {
      let found = await what();
      while (isBuffered && found === undefined && !signal.aborted) {
        await sleep(RETRY_MS, signal);
        found = await what();
      }
      return found;
    };
    if (this.isStandby) {
      await read(() => withDeadline(this.#load().catch(undefinedIfAway), LOAD_MS, () => undefined));
    }
    const target = this.target(this.isStandby ? persisted.current() : NOTHING_PERSISTED);
    const seen = new Map(
      await Promise.all([...target].map(async ([name, { topics }]): Promise<[string, Seen]> => {
        const list = [...topics.values()].map(({ topic }) => topic);
        return [
          name,
          isBuffered
            ? await read(() => resume.readAtLeisure(name, list))
            : await resume.readOrLater(name, list, this.isStandby ? TERM_READ_MS : undefined),
        ];
      })),
    );
    if (isBuffered && signal.aborted) return;
    for (const name of registry.names()) {
      const next = target.get(name);
      if (next === undefined || !isEqual(next.server, this.#servers.get(name))) await registry.discard(name);
      else this.dropOthers(name, next.topics);
    }
    registry.resume(writtenUntil);
    for (const [name, { server, topics }] of target) {
      const askedBy = (owner: Owner) =>
        [...topics.values()].filter(({ owners }) => owners.has(owner)).map(({ topic }) => topic);
      // What commands asked for and cannot be had is forgotten when it is restored.
      const isOfFile = this.#isOfFile(name);
      if (!registry.has(name)) unlessRefused(() => this.openServer(server), isOfFile);
      if (!registry.has(name)) continue;
      this.subscribeFor("file", name, askedBy("file"), seen.get(name));
      unlessRefused(() => this.subscribeFor("command", name, askedBy("command"), seen.get(name)), false);
    }
    registry.release();
  }

  /** Opens a server for a command; one without a login is remembered. */
  open(name: string, args: unknown): void {
    const server = this.parseServer(name, args);
    this.openServer(server);
    if (server.credentials === undefined) this.#options.write(this.#options.persisted.opened(server));
    else log.info("Opened with a login, which is not remembered after a restart", { server: name });
  }

  async close(name: string): Promise<void> {
    const { persisted, write } = this.#options;
    await this.#inOrder(name, async () => {
      await this.closeServer(name);
      write(persisted.closed(name, this.#isOfFile(name)));
    });
  }

  /** Closes a server, of which nothing is remembered. */
  async closeServer(name: string): Promise<void> {
    const { registry, resume } = this.#options;
    await registry.close(name);
    this.#servers.delete(name);
    resume.forget(name);
  }

  /** Reads a path or an argument object as this server takes it. */
  parse(name: string, arg: unknown): Topic | TopicFault {
    return parseTopicOf(this.#protocolOf(name), arg);
  }

  /** Reads as {@link parse} does, what was subscribed before. */
  parsePersisted(name: string, path: string): Topic | TopicFault {
    return parsePersisted(this.#protocolOf(name), path);
  }

  /** Reads what a server is opened with. */
  parseServer(name: string, args: unknown): ServerConfig {
    const { ENDPOINT, PROTOCOL } = this.#config.settings;
    return parseServer(name, args, ENDPOINT, PROTOCOL);
  }

  /** Subscribes topics for a command. */
  subscribe(name: string, topics: readonly Topic[], seen?: Seen): void {
    this.subscribeFor("command", name, topics, seen);
    if (!this.isRemembered(name)) return;
    const { persisted, write } = this.#options;
    write(persisted.subscribed(name, topics.map(({ path }) => path), Date.now()));
  }

  /**
   * Subscribes as {@link subscribe} does, but what is in Redis of a series that this process has not had is read first:
   * whatever the exchange repeats at a subscription must not be taken twice.
   */
  request(name: string, topics: readonly Topic[]): void | Promise<void> {
    const { registry } = this.#options;
    return this.#inOrder(name, () => {
      const fresh = registry.has(name) ? topics.filter((topic) => !registry.isResumed(name, topic)) : [];
      if (fresh.length === 0) return this.subscribe(name, topics);
      return this.#options.resume.read(name, fresh).then((seen) => this.subscribe(name, topics, seen));
    });
  }

  /** Ends subscriptions for a command, also those of the file; returns the paths that were subscribed. */
  unsubscribe(name: string, topics: readonly Topic[]): string[] | Promise<string[]> {
    const { registry, persisted, write } = this.#options;
    return this.#inOrder(name, () => {
      const gone = registry.unsubscribe(name, topics);
      const ofFile = new Set(this.topicsOfFile(name).map(({ path }) => path));
      write(persisted.unsubscribed(name, gone, (path) => ofFile.has(path)));
      return gone;
    });
  }

  /** Desires these topics of the file again, unless they are for it anyway. */
  async resubscribeFile(name: string, topics: readonly Topic[]): Promise<void> {
    const before = this.pathsOf(name, "file");
    const missing = topics.filter(({ path }) => !before.has(path));
    if (missing.length === 0) return;
    // What is there already must not be taken again.
    const seen = await this.#options.resume.readOrLater(name, missing);
    if (this.#options.registry.has(name)) this.subscribeFor("file", name, missing, seen);
  }

  /** Returns what the file subscribes of a server, each path once. */
  topicsOfFile(name: string): Topic[] {
    const topics = this.#config.subscribes.filter(({ server }) => server === name).flatMap((each) =>
      each.topics
    );
    return [...new Map(topics.map((topic) => [topic.path, topic])).values()];
  }

  /** Returns whether a server will be there again after a restart: one of the file, or one that needs no login. */
  isRemembered(name: string): boolean {
    return this.#isOfFile(name) || this.#servers.get(name)?.credentials === undefined;
  }

  /** Returns a server as it is open. */
  serverOf(name: string): ServerConfig | undefined {
    return this.#servers.get(name);
  }

  #isOfFile(name: string): boolean {
    return this.#config.servers.some((server) => server.name === name);
  }

  /** At once, or behind what a command before it has not finished on the same server. */
  #inOrder<T>(name: string, work: () => T | Promise<T>): T | Promise<T> {
    const before = this.#underWay.get(name);
    const result = before === undefined ? work() : before.then(work);
    if (!(result instanceof Promise)) return result;
    const ended = result.then(() => {}, () => {}).then(() => {
      if (this.#underWay.get(name) === ended) this.#underWay.delete(name);
    });
    this.#underWay.set(name, ended);
    return result;
  }

  /** Closes a server and opens it as it is now, with all that was desired of it. */
  async reopen(server: ServerConfig): Promise<void> {
    const { registry } = this.#options;
    const { name } = server;
    const desired = registry.has(name) ? [...registry.desired(name)] : [];
    const before = registry.has(name) ? await registry.close(name, { reopening: true }) : undefined;
    this.openServer(server, { before });
    for (const { topic, owners } of desired) {
      const again = this.parse(name, topic.path);
      if (again.kind === "fault" || topicFault(again, server) !== undefined) continue;
      for (const owner of owners) registry.subscribe(name, [again], owner);
    }
  }

  /** Opens a server, of which nothing is remembered. */
  openServer(
    server: ServerConfig,
    { before, buffer }: { before?: Predecessor | undefined; buffer?: StandbyBuffer | undefined } = {},
  ): void {
    this.#options.registry.open(server, before, buffer);
    this.#servers.set(server.name, server);
  }

  /** Subscribes topics, of which nothing is remembered. */
  subscribeFor(owner: Owner, name: string, topics: readonly Topic[], seen?: Seen): void {
    const server = this.#servers.get(name);
    for (const topic of topics) {
      const fault = topicFault(topic, server);
      if (fault !== undefined) {
        throw new CommandError(topic.login ? CODES.notAllowed : CODES.unknownPath, fault);
      }
    }
    this.#options.registry.subscribe(name, topics, owner, seen);
  }

  /** Ends what is not among these, for each of their owners. */
  dropOthers(name: string, topics: DesiredServer["topics"]): void {
    const { registry } = this.#options;
    for (const { topic, owners } of [...registry.desired(name)]) {
      for (const owner of [...owners]) {
        if (topics.get(topic.path)?.owners.has(owner) !== true) registry.unsubscribe(name, [topic], owner);
      }
    }
  }

  /** Returns what is desired of a server for an owner. */
  pathsOf(name: string, owner: Owner): Set<string> {
    const desired = [...this.#options.registry.desired(name)];
    return new Set(desired.filter(({ owners }) => owners.has(owner)).map(({ topic }) => topic.path));
  }

  #protocolOf(name: string): ServerConfig["protocol"] {
    return this.#servers.get(name)?.protocol ?? this.#config.settings.PROTOCOL;
  }

  /**
   * What is persisted and cannot be read says nothing new; `restoreDesired()` reports it. Rejects with every other StoreError.
   */
  async #load(): Promise<Persisted> {
    const { persisted } = this.#options;
    try {
      return await persisted.load(this.#config.servers.map(({ name }) => name));
    } catch (error) {
      if (isRefusal(error)) return persisted.current();
      throw error;
    }
  }
}

/** What counts of it at a start that reads the file: nothing against the file. */
function withoutMarks(persisted: Persisted, { servers }: Config): Persisted {
  const ofFile = new Set(servers.map(({ name }) => name));
  return {
    ...{ closed: new Set<string>(), unsubscribed: new Map(), paths: persisted.paths },
    servers: persisted.servers.filter(({ name }) => !ofFile.has(name)),
  };
}

/** A refusal of what a command asked for changes nothing else. */
function unlessRefused(work: () => void, isOfFile: boolean): void {
  try {
    work();
  } catch (error) {
    if (isOfFile || !(error instanceof CommandError)) throw error;
  }
}
