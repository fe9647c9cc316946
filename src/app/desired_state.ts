/**
 * What is wanted of the exchange, whoever asked for it: the configuration file, which may be read again, and commands,
 * which are remembered across restarts. Brings each change to the sessions and to the register in Redis.
 */
import { difference, topicsByServer } from "../config/difference.ts";
import { type Config, parseServer, type ServerConfig, topicFault } from "../config/schema.ts";
import type { ReloadReport, ServerPaths } from "../control/command.ts";
import type { Persisted, PersistedSubscriptions } from "../control/persisted_subscriptions.ts";
import { CODES, CommandError, ConfigError } from "../shared/errors.ts";
import { roomLogger } from "../logging/log.ts";
import type { Topic, TopicFault } from "../okx/topic.ts";
import { parseAnyTopic, parseTopicOf } from "../okx/v3/topic.ts";
import type { ResumePoint } from "../session/recovery/series_resume.ts";
import { type HeldEvents, isHoldable } from "../session/standby/held_events.ts";
import type { Predecessor } from "../session/server.ts";
import type { ServerRegistry, WrittenUntil } from "../session/server_registry.ts";
import type { ResumeReader } from "./resume_reader.ts";
import { isRefusal } from "../store/redis/redis_errors.ts";
import { sleep } from "../shared/async/sleep.ts";
import type { Write } from "../store/write/write.ts";
import { message } from "../shared/messages/message.ts";

/** What is wanted is brought here. */
export type DesiredStateOptions = {
  readonly config: Config;
  /** Reads the configuration again; rejects with ConfigError. Undefined: there is no file. */
  readonly load: (() => Promise<Config>) | undefined;
  readonly sessions: ServerRegistry;
  readonly register: PersistedSubscriptions;
  readonly write: (writes: Write[]) => void;
  readonly resume: ResumeReader;
};

const log = roomLogger("service");

/** Between two attempts to read what has to be known before anything is written. */
const RETRY_MS = 300;

/** What is desired of every server, by the file and by commands. Members throw CommandError where they refuse. */
export class DesiredState {
  readonly #options: DesiredStateOptions;
  readonly #servers = new Map<string, ServerConfig>();
  /** Commands about a server that have not come to their end, the last of them. */
  readonly #underWay = new Map<string, Promise<void>>();
  #config: Config;
  #reloading: Promise<unknown> = Promise.resolve();

  constructor(options: DesiredStateOptions) {
    this.#options = options;
    this.#config = options.config;
  }

  /** What the file and earlier commands want, by server. Rejects with StoreError. */
  async desired(): Promise<Map<string, Set<string>>> {
    const { servers, subscribes } = this.#config;
    const desired = new Map(servers.map(({ name }) => [name, new Set<string>()]));
    for (const { server, topics } of subscribes) {
      for (const { path } of topics) desired.get(server)?.add(path);
    }
    const remembered = await this.#options.register.load([...desired.keys()]).catch(nothingIfRefused);
    for (const { name } of remembered.servers) if (!desired.has(name)) desired.set(name, new Set());
    for (const { server, paths } of remembered.paths) {
      for (const path of paths) {
        const topic = parseAnyTopic(path);
        if (topic.kind === "topic") desired.get(server)?.add(topic.path);
      }
    }
    return desired;
  }

  /** Stands by: opens what the file names, and subscribes what can be held until {@link begin}. */
  warm(held: () => HeldEvents): void {
    for (const server of this.#config.servers) this.#open(server, undefined, held());
    for (const [server, topics] of topicsByServer(this.#config)) {
      // Paths of one subscription are held together, or not at all.
      const others = new Set([...topics.values()].filter((topic) => !isHoldable(topic)).map(upstreamOf));
      const holdable = [...topics.values()].filter((topic) => !others.has(upstreamOf(topic)));
      this.#subscribe(server, holdable, { owner: "file", seen: undefined });
    }
  }

  /**
   * Opens and subscribes what the file names; what was held is passed on then. `writtenUntil` is as in
   * `ServerRegistry.resume`.
   */
  async begin(signal: AbortSignal, writtenUntil: WrittenUntil = () => () => 0): Promise<void> {
    const { servers, subscribes } = this.#config;
    const { sessions, resume } = this.#options;
    // What was held while Redis was written by another would be written twice.
    const isHeld = sessions.names().length > 0;
    const seen = await Promise.all(
      subscribes.map(async ({ server, topics }) => {
        if (!isHeld) return await resume.readOrLater(server, topics);
        let read = await resume.readAtLeisure(server, topics);
        while (read === undefined && !signal.aborted) {
          await sleep(RETRY_MS, signal);
          read = await resume.readAtLeisure(server, topics);
        }
        return read;
      }),
    );
    if (isHeld && signal.aborted) return;
    sessions.resume(writtenUntil);
    for (const server of servers) if (!sessions.has(server.name)) this.#open(server);
    for (const [i, { server, topics }] of subscribes.entries()) {
      this.#subscribe(server, topics, { owner: "file", seen: seen[i] });
    }
    sessions.release();
  }

  /** Wants again what commands had asked for before the last stop. Rejects with StoreError. */
  async restore(): Promise<void> {
    const { register, sessions } = this.#options;
    const { servers, paths } = await register.load(this.#config.servers.map(({ name }) => name));
    for (const { name, endpoint, protocol } of servers) {
      if (sessions.has(name)) continue;
      const open = () => this.open(name, { endpoint, protocol });
      this.#orForget(name, open, () => register.forgetServer(name));
    }
    let restored = 0;
    for (const { server, paths: kept } of paths) {
      const topics = kept.map((path) => this.#parseKept(server, path));
      const known = topics.filter((topic) => topic.kind === "topic");
      const seen = await this.#options.resume.readOrLater(server, known);
      for (const [i, path] of kept.entries()) {
        this.#orForget(`${server} ${path}`, () => {
          const topic = topics[i] as Topic | TopicFault;
          if (topic.kind === "fault") throw new CommandError(CODES.unknownPath, topic.text);
          this.subscribe(server, [topic], seen);
          // Persisted in another spelling: by an earlier version, or by hand.
          if (topic.path !== path) this.#options.write(register.forgetPath(server, path));
          restored += 1;
        }, () => register.forgetPath(server, path));
      }
    }
    if (restored > 0) log.info("Commands' subscriptions are wanted again", { subscriptions: restored });
  }

  /** A command opens a server; one without a login is remembered. */
  open(name: string, args: unknown): void {
    const { ENDPOINT, PROTOCOL } = this.#config.settings;
    const server = parseServer(name, args, ENDPOINT, PROTOCOL);
    this.#open(server);
    if (server.credentials === undefined) this.#options.write(this.#options.register.opened(server));
    else log.info("Opened with a login, which is not remembered after a restart", { server: name });
  }

  async close(name: string): Promise<void> {
    const { sessions, register, write } = this.#options;
    await this.#inOrder(name, async () => {
      await sessions.close(name);
      this.#servers.delete(name);
      this.#options.resume.forget(name);
      write(register.closed(name));
    });
  }

  /** Reads a path or an argument object as this server takes it. */
  parse(name: string, arg: unknown): Topic | TopicFault {
    return parseTopicOf(this.#servers.get(name)?.protocol ?? this.#config.settings.PROTOCOL, arg);
  }

  /** As {@link parse}, for what was subscribed before: a bare name may be a channel that is in no table. */
  #parseKept(name: string, path: string): Topic | TopicFault {
    const topic = this.parse(name, path);
    return topic.kind === "fault" && /^[A-Za-z0-9_-]+$/.test(path)
      ? this.parse(name, { channel: path })
      : topic;
  }

  /** A command subscribes topics. */
  subscribe(name: string, topics: readonly Topic[], seen?: ReadonlyMap<string, ResumePoint>): void {
    this.#subscribe(name, topics, { owner: "command", seen });
    if (!this.#isRemembered(name)) return;
    const { register, write } = this.#options;
    write(register.subscribed(name, topics.map(({ path }) => path), Date.now()));
  }

  /**
   * As {@link subscribe}, but what is in Redis of a series that this process has not had is read first: whatever the exchange
   * repeats at a subscription must not be taken twice.
   */
  request(name: string, topics: readonly Topic[]): void | Promise<void> {
    const { sessions } = this.#options;
    return this.#inOrder(name, () => {
      const fresh = sessions.has(name) ? topics.filter((topic) => !sessions.isResumed(name, topic)) : [];
      if (fresh.length === 0) return this.subscribe(name, topics);
      return this.#options.resume.read(name, fresh).then((seen) => this.subscribe(name, topics, seen));
    });
  }

  /** A command ends subscriptions, whoever asked for them; answers which there were. */
  unsubscribe(name: string, topics: readonly Topic[]): string[] | Promise<string[]> {
    const { sessions, register, write } = this.#options;
    return this.#inOrder(name, () => {
      const gone = sessions.unsubscribe(name, topics);
      write(register.unsubscribed(name, gone));
      return gone;
    });
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

  /** Reads the file again and applies what differs. A faulty file changes nothing. */
  reload(): Promise<ReloadReport> {
    const work = this.#reloading.then(() => this.#reload());
    this.#reloading = work.catch(() => {});
    return work;
  }

  async #reload(): Promise<ReloadReport> {
    const { load } = this.#options;
    if (load === undefined) {
      throw new CommandError(CODES.notAllowed, message("command.no_file"));
    }
    let next: Config;
    try {
      next = await load();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      log.error("The configuration has faults, nothing is changed", { reason: error.message });
      throw new CommandError(CODES.unreadable, message("command.nothing_changed", { reason: error.message }));
    }
    const report = await this.#apply(next);
    log.info("The configuration was read again", summary(report));
    return report;
  }

  async #apply(next: Config): Promise<ReloadReport> {
    const { sessions } = this.#options;
    const { opened, closed, changed, removed, settings } = difference(this.#config, next);
    // Settings stay those of the start.
    this.#config = { ...next, settings: this.#config.settings };
    const gone = closed.filter((name) => sessions.has(name));
    for (const name of gone) await this.close(name);
    // A server that a command had opened under the name of one in the file becomes the file's.
    const again = [...changed, ...opened.filter(({ name }) => sessions.has(name))];
    for (const server of again) await this.#reopen(server);
    // What commands took away of the file comes back, too.
    const fresh = next.servers.filter(({ name }) => !sessions.has(name));
    for (const server of fresh) this.#open(server);
    const unsubscribed: ServerPaths[] = [];
    for (const { server, topics } of removed) {
      if (!sessions.has(server)) continue;
      const paths = sessions.unsubscribe(server, topics, "file");
      if (paths.length > 0) unsubscribed.push({ server, paths });
    }
    const subscribed: ServerPaths[] = [];
    for (const [server, topics] of topicsByServer(next)) {
      const missing = this.#missing(server, [...topics.values()]);
      if (missing.length === 0) continue;
      // What is there already must not be taken again.
      const seen = await this.#options.resume.readOrLater(server, missing);
      if (!sessions.has(server)) continue;
      this.#subscribe(server, missing, { owner: "file", seen });
      subscribed.push({ server, paths: missing.map(({ path }) => path) });
    }
    return {
      opened: fresh.map(({ name }) => name),
      closed: gone,
      reopened: again.map(({ name }) => name),
      subscribed,
      unsubscribed,
      restart: settings,
    };
  }

  /** Those of the file's topics that are not wanted for it yet. */
  #missing(server: string, topics: readonly Topic[]): Topic[] {
    const ofFile = new Set(
      [...this.#options.sessions.desired(server)].filter(({ owners }) => owners.has("file"))
        .map(({ topic }) => topic.path),
    );
    return topics.filter(({ path }) => !ofFile.has(path));
  }

  /** Closes a server and opens it as it is now, with all that was wanted of it. */
  async #reopen(server: ServerConfig): Promise<void> {
    const { sessions } = this.#options;
    const { name } = server;
    const wanted = sessions.has(name) ? [...sessions.desired(name)] : [];
    const before = sessions.has(name) ? await sessions.close(name, { reopening: true }) : undefined;
    this.#open(server, before);
    for (const { topic, owners } of wanted) {
      const again = this.parse(name, topic.path);
      if (again.kind === "fault" || topicFault(again, server) !== undefined) continue;
      for (const owner of owners) sessions.subscribe(name, [again], owner);
    }
  }

  #open(server: ServerConfig, before?: Predecessor, held?: HeldEvents): void {
    this.#options.sessions.open(server, before, held);
    this.#servers.set(server.name, server);
  }

  #subscribe(
    name: string,
    topics: readonly Topic[],
    { owner, seen }: { owner: "file" | "command"; seen: ReadonlyMap<string, ResumePoint> | undefined },
  ): void {
    const server = this.#servers.get(name);
    for (const topic of topics) {
      const fault = topicFault(topic, server);
      if (fault !== undefined) {
        throw new CommandError(topic.login ? CODES.notAllowed : CODES.unknownPath, fault);
      }
    }
    this.#options.sessions.subscribe(name, topics, owner, seen);
  }

  /** A server that will be there again after a restart: one of the file, or one that needs no login. */
  #isRemembered(name: string): boolean {
    return this.#config.servers.some((server) => server.name === name) ||
      this.#servers.get(name)?.credentials === undefined;
  }

  /** What was remembered and cannot be had any more is forgotten, with a line in the log. */
  #orForget(what: string, action: () => void, forget: () => Write[]): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      log.warn("What an earlier command asked for cannot be had any more, it is forgotten", {
        what,
        reason: error.message,
      });
      this.#options.write(forget());
    }
  }
}

function upstreamOf({ upstream }: Topic): string {
  return upstream;
}

/** A register that cannot be read wants nothing; whoever restores from it says so. */
function nothingIfRefused(error: unknown): Persisted {
  if (isRefusal(error)) return { servers: [], paths: [] };
  throw error;
}

function summary(report: ReloadReport): Record<string, unknown> {
  const { subscribed, unsubscribed, ...lists } = report;
  const total = (list: readonly ServerPaths[]) => list.reduce((sum, { paths }) => sum + paths.length, 0);
  return { ...lists, subscribed: total(subscribed), unsubscribed: total(unsubscribed) };
}
