/**
 * One connection replacing another: takes the events of both, passes on what their merge lets through, and ends when
 * everything has flowed on the new one for a while, when the old one is lost, or when it has taken too long.
 */
import type { SessionEvent } from "../../model/events.ts";
import { RowMerge } from "./row_merge.ts";
import type { ReconnectingConnection } from "../connection/reconnecting_connection.ts";
import type { Timing } from "../connection/timing.ts";

/** The two connections of a replacement, and who is called. */
export type ReplacementOptions = {
  readonly old: ReconnectingConnection;
  readonly fresh: ReconnectingConnection;
  readonly timing: Timing;
  /** Called with what is passed on. */
  readonly emit: (connection: ReconnectingConnection, event: SessionEvent) => void;
  /** Called once: from now on the new connection is authoritative for everything. */
  readonly onDone: () => void;
};

/** For so long afterwards the new connection may bring what the old one brought before it. */
const LATE_MS = 5000;

/** How often it is looked at. */
const REVIEW_MS = 50;

/** Begins at once; its owner ends it where it has not ended by itself. */
export class Replacement {
  readonly old: ReconnectingConnection;
  readonly fresh: ReconnectingConnection;
  readonly #options: ReplacementOptions;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #merge: RowMerge;
  /** By the monotonic clock: since when it is connected, and since when everything flows on it. */
  #connectedAt: number | undefined;
  #flowingAt: number | undefined;
  #finishedAt = Infinity;

  constructor(options: ReplacementOptions) {
    this.old = options.old;
    this.fresh = options.fresh;
    this.#options = options;
    this.#merge = new RowMerge(
      options.old.topics.keys(),
      (key) => options.old.bookSeqId(key),
    );
    this.#timer = setInterval(() => this.#review(), REVIEW_MS);
  }

  /** Returns whether this one of the two connections is authoritative for an upstream subscription. */
  isAuthoritative(connection: ReconnectingConnection, key: string): boolean {
    return (connection === this.fresh) === this.#merge.isSwitched(key);
  }

  /** Takes an event of one of the two connections. */
  onEvent(connection: ReconnectingConnection, event: SessionEvent): void {
    if (event.kind === "down") return this.#lost(connection, event);
    const side = connection === this.old ? "old" : "new";
    for (const passed of this.#merge.pass(side, event)) this.#options.emit(connection, passed);
  }

  /** Returns what of an event of the new connection is passed on after the end; undefined: whatever it is, from now on. */
  late(event: SessionEvent): readonly SessionEvent[] | undefined {
    return performance.now() - this.#finishedAt > LATE_MS ? undefined : this.#merge.late(event);
  }

  /** Leaves things as they are. */
  end(): void {
    clearInterval(this.#timer);
  }

  #review(): void {
    if (!this.fresh.connected) return;
    const now = performance.now();
    const { overlapMs, handoverMs } = this.#options.timing;
    this.#connectedAt ??= now;
    const flowing = [...this.fresh.topics.keys()].every((key) => this.#flows(key));
    this.#flowingAt = flowing ? this.#flowingAt ?? now : undefined;
    const flowed = this.#flowingAt !== undefined && now - this.#flowingAt >= overlapMs;
    if (flowed || now - this.#connectedAt >= handoverMs) this.#finish();
  }

  /** Returns whether nothing more is to be waited for: what was silent on the old connection may be so for ever. */
  #flows(key: string): boolean {
    const state = this.fresh.subscriptions.stateOf(key)?.state;
    if (this.#merge.isSwitched(key) || state === "live" || state === "refused") return true;
    return (state === "stale" || state === "syncing") &&
      this.old.subscriptions.stateOf(key)?.state !== "live";
  }

  /** One of the two is lost. While one of them lives, no connection is missed. */
  #lost(connection: ReconnectingConnection, event: SessionEvent & { kind: "down" }): void {
    const desired = connection === this.fresh && !this.old.connected;
    this.#options.emit(connection, { ...event, desired });
    if (connection === this.old) return this.#finish();
    this.#merge.restart();
    this.#connectedAt = undefined;
    this.#flowingAt = undefined;
  }

  #finish(): void {
    this.end();
    this.#finishedAt = performance.now();
    const { events, behind } = this.#merge.finish();
    for (const event of events) this.#options.emit(this.fresh, event);
    this.#options.onDone();
    // A book never goes back: it is syncing until the new connection has what was passed on last.
    for (const [key, seqId] of behind) this.fresh.waitForBook(key, seqId);
  }
}
