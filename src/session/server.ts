/**
 * One named server: what is desired of it and by whom, and what is known of that. Its connections and what becomes of
 * their events have files of their own.
 */
import { groupOf, type Owner } from "../model/events.ts";
import type { NamedRow } from "../model/named_row.ts";
import type { PathStatus, ServerStatus } from "../model/status.ts";
import { canMissRows, type Topic } from "../okx/topic.ts";
import { CODES, CommandError } from "../shared/errors.ts";
import { MAX_PATHS } from "../shared/limits.ts";
import { message } from "../shared/messages/message.ts";
import type { DesiredSubscription } from "./desired_subscription.ts";
import { firstGroup } from "./placement.ts";
import type { ResumePoint } from "./recovery/series_resume.ts";
import { createServerParts, type Predecessor, type ServerOptions, type ServerParts } from "./server_parts.ts";
import type { ServerSpec } from "./server_spec.ts";
import { viewPaths } from "./server_view.ts";
import type { WrittenUntilOf } from "./standby/resumed_series.ts";

const NOTHING_SEEN: ReadonlyMap<string, ResumePoint> = new Map();

/** Dials the public endpoint, or the only one of v3, at once, so that an unreachable exchange shows. */
export class Server {
  readonly spec: ServerSpec;
  readonly #desired = new Map<string, DesiredSubscription>();
  readonly #controller = new AbortController();
  readonly #parts: ServerParts;
  /** What runs beside the connections until the end. */
  readonly #jobs: readonly Promise<void>[];

  constructor(spec: ServerSpec, options: ServerOptions) {
    this.spec = spec;
    this.#parts = createServerParts(spec, options, this.#desired);
    const { events, jobs, pool } = this.#parts;
    events.emit({ kind: "opened", at: Date.now() });
    this.#jobs = jobs.map((job) => job.run(this.#controller.signal).catch(options.onBroken));
    pool.open(firstGroup(spec.protocol));
  }

  /**
   * Desires topics for somebody. Throws CommandError, and desires none of them, when one cannot be had here. `seen`: where
   * series stood when an earlier process ended, by upstream subscription.
   */
  subscribe(
    topics: readonly Topic[],
    owner: Owner,
    seen: ReadonlyMap<string, ResumePoint> = NOTHING_SEEN,
  ): void {
    this.#refuseUnfit(topics);
    const { events, gaps, history, openRows, resumed } = this.#parts;
    for (const each of topics) {
      // A path that was moved to another endpoint stays there.
      const { topic, owners, connection } = this.#desired.get(each.path) ?? this.#place(each);
      owners.add(owner);
      const before = resumed.pointOf(topic, seen.get(topic.upstream));
      if (!resumed.isWaiting) {
        if (!gaps.knows(topic) && !hasRows(before)) history.want(topic);
        gaps.want(topic, before);
        if (before !== undefined) openRows.resumeFrom(topic, before.rows, before.ended);
      }
      events.onChanges(connection, connection.add(topic));
      connection.scheduleRequests();
    }
  }

  /**
   * Begins to write: what is subscribed next goes on where it stood. `writtenUntil` is until when the one that
   * did before is known to have received and written what came on a path, in Unix milliseconds.
   */
  resume(writtenUntil: WrittenUntilOf): void {
    this.#parts.resumed.begin(writtenUntil);
  }

  /** Connects and logs in where these topics are going to be subscribed, so that a login that is refused shows before. */
  prepare(topics: readonly Topic[]): void {
    this.#parts.pool.keep(new Set(topics.filter(({ login }) => login).map(groupOf)));
  }

  /** Passes on what was buffered. */
  release(): void {
    const { events, pool, resumed } = this.#parts;
    pool.keep(new Set());
    events.release((event) => resumed.newer(event));
    resumed.end();
  }

  /** Returns whether where the series of a topic stands is known here, or is nothing that anybody has to know. */
  isResumed(topic: Topic): boolean {
    return !canMissRows(topic) || this.#parts.gaps.has(topic);
  }

  /** Takes where series stood when an earlier process ended, which is known only now that they have begun. */
  resumeFrom(seen: ReadonlyMap<string, ResumePoint>): void {
    const { events, gaps, history, openRows } = this.#parts;
    const done = new Set<string>();
    for (const { topic, connection } of this.#desired.values()) {
      const before = seen.get(topic.upstream);
      if (before === undefined || done.has(topic.upstream)) continue;
      done.add(topic.upstream);
      if (hasRows(before)) history.forget(topic);
      gaps.resumeFrom(topic, before);
      if (!openRows.resumeFrom(topic, before.rows, before.ended)) continue;
      // Lists that are there already were not asked about these rows.
      const changes = connection.subscriptions.onRecalled(topic.upstream, performance.now());
      events.onChanges(connection, changes);
      connection.scheduleRequests();
    }
  }

  /** Removes topics, for every owner or for one; returns the paths that are gone by that. */
  unsubscribe(topics: readonly Topic[], owner?: Owner): string[] {
    const { events, gaps, history, pool } = this.#parts;
    const gone: string[] = [];
    for (const { path } of topics) {
      const subscription = this.#desired.get(path);
      if (subscription === undefined) continue;
      const { topic, owners, connection } = subscription;
      if (owner === undefined) owners.clear();
      else owners.delete(owner);
      if (owners.size > 0) continue;
      gone.push(path);
      const changes = pool.remove(subscription);
      this.#desired.delete(path);
      gaps.forget(topic);
      history.forget(topic);
      this.#forgetOpen(topic);
      for (const change of changes) events.emit({ kind: "subscription", ...change, at: Date.now() });
      connection.scheduleRequests();
      pool.retireIfSpare(connection);
    }
    return gone;
  }

  /** Returns the topics that are desired, with their owners. */
  *desired(): Iterable<{ readonly topic: Topic; readonly owners: ReadonlySet<Owner> }> {
    for (const { topic, owners } of this.#desired.values()) yield { topic, owners };
  }

  view(): ServerStatus {
    const { name, protocol, endpoint } = this.spec;
    const { clock, pool } = this.#parts;
    return {
      name,
      protocol,
      endpoint,
      clockSkewMs: clock.skewMs ?? null,
      connections: pool.all().map((connection) => connection.view()),
      subscriptions: this.states(),
    };
  }

  /** Returns what {@link GapTracker.named} does. */
  named(path: string): NamedRow[] | undefined {
    const topic = this.#desired.get(path)?.topic;
    return topic === undefined ? undefined : this.#parts.gaps.named(topic);
  }

  /** Does what {@link GapTracker.onGone} does. */
  onGone(path: string, names: readonly string[], from: number): void {
    const topic = this.#desired.get(path)?.topic;
    if (topic !== undefined) this.#parts.gaps.onGone(topic, names, from);
  }

  /** What it leaves to a server that replaces it. */
  get handoverState(): Predecessor {
    const { gaps, bookMarks } = this.#parts;
    return { endpoint: this.spec.endpoint, series: gaps, bookMarks };
  }

  /** Settles as it is what its series have missed; for the last end of all. */
  closeGaps(): void {
    for (const { topic } of this.#desired.values()) this.#parts.gaps.forget(topic);
  }

  /** Returns what is known of every path. */
  states(): PathStatus[] {
    return viewPaths(this.#parts.pool, this.#desired);
  }

  /** Ends every connection; what was live is left marked as stale. */
  async end(): Promise<void> {
    this.#controller.abort();
    await Promise.all([this.#parts.pool.end(), ...this.#jobs]);
  }

  /** Throws CommandError when one of these topics cannot be had here, or all of them are too many. */
  #refuseUnfit(topics: readonly Topic[]): void {
    const { name, credentials } = this.spec;
    const needsLogin = credentials === undefined ? topics.find(({ login }) => login) : undefined;
    if (needsLogin !== undefined) {
      const { path } = needsLogin;
      throw new CommandError(CODES.notAllowed, message("command.needs_login", { path, name }));
    }
    const added = topics.filter(({ path }) => !this.#desired.has(path)).length;
    if (this.#desired.size + added <= MAX_PATHS) return;
    throw new CommandError(
      CODES.notAllowed,
      message("command.too_many_subscriptions", { name, most: MAX_PATHS }),
    );
  }

  /** What was open is of no interest to anybody once the last path of its subscription is gone. */
  #forgetOpen({ upstream }: Topic): void {
    const isDesired = [...this.#desired.values()].some(({ topic }) => topic.upstream === upstream);
    if (!isDesired) this.#parts.openRows.forget(upstream);
  }

  #place(topic: Topic): DesiredSubscription {
    const subscription = { topic, owners: new Set<Owner>(), connection: this.#parts.pool.pick(topic) };
    this.#desired.set(topic.path, subscription);
    return subscription;
  }
}

/** Returns whether an earlier process has left rows of a series. */
function hasRows(before: ResumePoint | undefined): boolean {
  return before !== undefined && before.rows.length + before.bars.length > 0;
}
