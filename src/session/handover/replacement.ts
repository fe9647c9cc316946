/**
 * One connection taking the place of another: hears both, passes on what their handover lets through, and ends when
 * everything has flowed on the new one for a while, when the old one is lost, or when it has taken too long.
 */
import type { SessionEvent } from "../../model/events.ts";
import { RowMerge } from "./row_merge.ts";
import type { Link } from "../connection/link.ts";
import type { Timing } from "../timing.ts";

/** What a replacement is of, and whom it tells. */
export type ReplacementOptions = {
  readonly old: Link;
  readonly fresh: Link;
  readonly timing: Timing;
  /** Hears what is passed on. */
  readonly emit: (link: Link, event: SessionEvent) => void;
  /** Called once: from now on the new connection speaks for everything. */
  readonly onDone: () => void;
};

/** For so long afterwards the new connection may bring what the old one brought before it. */
const LATE_MS = 5000;

/** How often it is looked at. */
const REVIEW_MS = 50;

/** See the module comment. Begins at once; whoever made it ends it where it has not ended by itself. */
export class Replacement {
  readonly old: Link;
  readonly fresh: Link;
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
      (key) => options.old.session.bookSeqId(key),
    );
    this.#timer = setInterval(() => this.#review(), REVIEW_MS);
  }

  /** Whether this one of the two connections is to be heard about an upstream subscription. */
  isAuthoritative(link: Link, key: string): boolean {
    return (link === this.fresh) === this.#merge.isSwitched(key);
  }

  /** An event of one of the two connections. */
  onEvent(link: Link, event: SessionEvent): void {
    if (event.kind === "down") return this.#lost(link, event);
    const side = link === this.old ? "old" : "new";
    for (const passed of this.#merge.pass(side, event)) this.#options.emit(link, passed);
  }

  /** What of an event of the new connection is passed on after the end; undefined: whatever it is, from now on. */
  late(event: SessionEvent): readonly SessionEvent[] | undefined {
    return performance.now() - this.#finishedAt > LATE_MS ? undefined : this.#merge.late(event);
  }

  /** Leaves things as they are. */
  end(): void {
    clearInterval(this.#timer);
  }

  #review(): void {
    if (!this.fresh.session.connected) return;
    const now = performance.now();
    const { overlapMs, handoverMs } = this.#options.timing;
    this.#connectedAt ??= now;
    const flowing = [...this.fresh.topics.keys()].every((key) => this.#flows(key));
    this.#flowingAt = flowing ? this.#flowingAt ?? now : undefined;
    const flowed = this.#flowingAt !== undefined && now - this.#flowingAt >= overlapMs;
    if (flowed || now - this.#connectedAt >= handoverMs) this.#finish();
  }

  /** Whether nothing more is to be waited for: what was silent on the old connection may be so for ever. */
  #flows(key: string): boolean {
    const state = this.fresh.subscriptions.stateOf(key)?.state;
    if (this.#merge.isSwitched(key) || state === "live" || state === "refused") return true;
    return (state === "stale" || state === "syncing") &&
      this.old.subscriptions.stateOf(key)?.state !== "live";
  }

  /** One of the two is lost. While one of them lives, no connection is missed. */
  #lost(link: Link, event: SessionEvent & { kind: "down" }): void {
    const wanted = link === this.fresh && !this.old.session.connected;
    this.#options.emit(link, { ...event, wanted });
    if (link === this.old) return this.#finish();
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
    for (const [key, seqId] of behind) this.fresh.session.holdBook(key, seqId);
  }
}
